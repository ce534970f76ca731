/**
 * The mesh as the roles see it (`Network` of core/ports.ts), over libp2p.
 *
 * DEV NOTE. A neighbour is a peer that is connected and identified; the roles hear of it once. A peer cut off is
 * disconnected and refused in both directions until its time is over. Bounded: connections by libp2p's manager and 4 a peer,
 * streams by protocol and peer, 4 MiB a frame, the peer book at 512 peers.
 */
import { peerIdFromString } from '@libp2p/peer-id'
import { multiaddr } from '@multiformats/multiaddr'
import { MeshError, reasonOf } from '../core/errors.ts'
import type { PeerId } from '../core/ids.ts'
import type { Clock, Logger, Network, Random, Records } from '../core/ports.ts'
import { SECOND_MS } from '../core/time.ts'
import { peerOf, relaysTo, requireDialable, watchAddresses } from './addresses.ts'
import { createAllowance } from './allowance.ts'
import { createCutOff } from './cut-off.ts'
import { openGossip } from './gossip.ts'
import { privateKeyOf } from './identity.ts'
import { learnPeers, peerRecords } from './introductions.ts'
import { type Libp2pInit, type MeshLibp2p, startLibp2p } from './libp2p.ts'
import { watchNeighbours } from './neighbours.ts'
import { openPeerBook, type PeerBook } from './peer-book.ts'
import { startRedial } from './redial.ts'
import { openStream, serveStreams } from './streams.ts'

const DIAL_TIMEOUT_MS = 8 * SECOND_MS
const STOP_TIMEOUT_MS = 5 * SECOND_MS

export interface NetworkInit extends Omit<Libp2pInit, 'privateKey' | 'gater'> {
  /** 32 bytes of the node's Ed25519 key. */
  readonly seed: Uint8Array
  /** Multiaddrs with `/p2p/` of peers to stay connected with. */
  readonly bootstrap: readonly string[]
  /** How long a peer may take to say who it is; default 15 s. */
  readonly identifyLimitMs?: number
  /** Looks for more neighbours than the bootstrap peers. */
  readonly topUp: boolean
  readonly peers: Records
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
}

export interface OpenNetwork extends Network {
  /** Begins to dial. Handlers and listeners are in place by then. */
  start(): void
  close(): Promise<void>
}

/** Opens a node that listens; it dials nobody before `start`. @throws MeshError CONFIG_INVALID for addresses it cannot use */
export async function openNetwork(init: NetworkInit): Promise<OpenNetwork> {
  const { clock, logger, bootstrap } = init
  requireDialable(bootstrap)
  let countConnections: Parameters<typeof createCutOff>[1] = () => 0
  const cutOff = createCutOff(clock, (peer) => countConnections(peer))
  const privateKey = await privateKeyOf(init.seed)
  const book = await openPeerBook({ records: init.peers, clock, logger })
  const node = await startLibp2p({ ...init, privateKey, gater: cutOff.gater }).catch(refuseListen)
  countConnections = (peer) => node.getConnections(peer).length
  // What others push must not hold up what this node itself has asked for: each has places of its own.
  const pushed = createAllowance(clock)
  const replies = createAllowance(clock)
  const meeting = watchNeighbours(node, { ...init, book })
  let stopRedial = (): void => undefined

  return {
    self: node.peerId.toString() as PeerId,
    addresses: () => node.getMultiaddrs().map(String),
    onAddresses: (listener) => watchAddresses(node, listener),
    ...meeting,
    ...openGossip(node, logger),
    handle(protocol, handler) {
      serveStreams(node, { protocol, handler, allowance: pushed, logger })
    },
    open: (peer, protocol, { signal, addresses = [] }) =>
      openStream(node, {
        peer,
        protocol,
        signal,
        addresses: [...addresses, ...book.addressesOf(peer), ...relaysTo(peer, bootstrap)],
        allowance: replies,
      }),
    peerRecords: (limit) => peerRecords(node, meeting.neighbours(), limit),
    learnPeers: (records) => learnPeers(node, book, records),
    cutOff(peer, ms) {
      cutOff.refuse(peer, ms)
      // Not closed but broken off: a graceful end waits for streams, and a liar would go on meanwhile.
      for (const connection of node.getConnections(peerIdFromString(peer)))
        connection.abort(new Error('cut off'))
    },
    start() {
      stopRedial = startRedial(bootstrap, {
        ...init,
        isConnected: (address) => node.getConnections(peerOf(address)).length > 0,
        neighbourCount: () => meeting.neighbours().length,
        candidates: () => (init.topUp ? candidates(node, book, bootstrap) : []),
        dial: async (address) => {
          await node.dial(multiaddr(address), { signal: AbortSignal.timeout(DIAL_TIMEOUT_MS) })
        },
      })
    },
    async close() {
      stopRedial()
      // Measured: stop() may never settle when a peer dies meanwhile. The wait must not outlast it either.
      const stopped = new AbortController()
      const patience = clock.sleep(STOP_TIMEOUT_MS, stopped.signal).catch(() => undefined)
      await Promise.race([node.stop(), patience])
      stopped.abort()
    },
  }
}

function refuseListen(cause: unknown): never {
  throw new MeshError(
    { code: 'CONFIG_INVALID', file: 'config', path: 'listen', reason: reasonOf(cause) },
    { cause },
  )
}

/** Listening peers met before that are not connected now, one address each. */
const candidates = (
  node: MeshLibp2p,
  book: PeerBook,
  bootstrap: readonly string[],
): readonly string[] =>
  book
    .all()
    .filter(
      ({ peer }) =>
        peer !== node.peerId.toString() && node.getConnections(peerIdFromString(peer)).length === 0,
    )
    .flatMap(({ addresses }) => addresses.slice(0, 1))
    .filter((address) => !bootstrap.includes(address))
