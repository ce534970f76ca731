/**
 * The mesh as the roles see it (`Network` of core/ports.ts), over libp2p.
 *
 * DEV NOTE. A neighbour is a peer that is connected and identified; the roles hear of it once. A peer cut off is
 * disconnected and refused in both directions until its time is over. Bounded: connections by libp2p's manager, streams a
 * protocol and connection, 4 MiB a frame, the peer book at 512 peers.
 */
import { TopicValidatorResult } from '@chainsafe/libp2p-gossipsub'
import type { ConnectionGater, IdentifyResult, PeerId as Libp2pPeerId } from '@libp2p/interface'
import { peerIdFromString } from '@libp2p/peer-id'
import { type Multiaddr, multiaddr } from '@multiformats/multiaddr'
import { fromBase64, toBase64 } from '../core/bytes.ts'
import { MeshError, reasonOf } from '../core/errors.ts'
import type { PeerId } from '../core/ids.ts'
import type {
  Clock,
  Logger,
  Neighbour,
  Network,
  Random,
  Records,
  TopicHandler,
} from '../core/ports.ts'
import { SECOND_MS } from '../core/time.ts'
import { createAllowance } from './allowance.ts'
import { privateKeyOf } from './identity.ts'
import { type Libp2pInit, type MeshLibp2p, meshPeers, startLibp2p } from './libp2p.ts'
import { openPeerBook, type PeerBook } from './peer-book.ts'
import { startRedial } from './redial.ts'
import { openStream, serveStreams } from './streams.ts'

/** Connections one peer may have at once; more would multiply every bound that is one connection's. */
const CONNECTIONS_A_PEER = 4
/** Peers refused at once; the one refused longest is forgotten first. */
const CUT_OFF_LIMIT = 8192
/** A dial waits for each in turn. */
const RELAYS_TRIED = 4
const DIAL_TIMEOUT_MS = 8 * SECOND_MS
const STOP_TIMEOUT_MS = 5 * SECOND_MS

export interface NetworkInit extends Omit<Libp2pInit, 'privateKey' | 'gater'> {
  /** 32 bytes of the node's Ed25519 key. */
  readonly seed: Uint8Array
  /** Multiaddrs with `/p2p/` of peers to stay connected with. */
  readonly bootstrap: readonly string[]
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
  const { clock, logger } = init
  const cutOff = new Map<string, number>()
  let countConnections: (peer: Libp2pPeerId) => number = () => 0
  const isCutOff = (peer: { toString(): string }): boolean =>
    (cutOff.get(peer.toString()) ?? 0) > clock.now()
  const gater: ConnectionGater = {
    denyDialPeer: isCutOff,
    denyInboundEncryptedConnection: isCutOff,
    denyOutboundEncryptedConnection: isCutOff,
    denyDialMultiaddr: () => false,
    denyInboundUpgradedConnection: (peer) => countConnections(peer) >= CONNECTIONS_A_PEER,
  }
  const privateKey = await privateKeyOf(init.seed)
  const book = await openPeerBook({ records: init.peers, clock, logger })
  const node = await startLibp2p({ ...init, privateKey, gater }).catch((cause: unknown) => {
    throw new MeshError(
      { code: 'CONFIG_INVALID', file: 'config', path: 'listen', reason: reasonOf(cause) },
      { cause },
    )
  })
  countConnections = (peer) => node.getConnections(peer).length
  const allowance = createAllowance(clock)
  const meeting = watchNeighbours(node, book)
  let stopRedial = (): void => undefined

  const self = node.peerId.toString() as PeerId
  // Not closed but broken off: a graceful end waits for streams, and a liar would go on meanwhile.
  const breakOff = (peer: PeerId): void => {
    for (const connection of node.getConnections(peerIdFromString(peer)))
      connection.abort(new Error('cut off'))
  }

  return {
    self,
    addresses: () => node.getMultiaddrs().map(String),
    onAddresses: (listener) => watchAddresses(node, listener),
    ...meeting,
    join(topic, handler) {
      node.services.pubsub.topicValidators.set(topic, validator(handler))
      node.services.pubsub.subscribe(topic)
    },
    subscribers: (topic) =>
      node.services.pubsub.getSubscribers(topic).map((peer) => peer.toString() as PeerId),
    pushesTo: (topic) => meshPeers(node.services.pubsub, topic),
    async publish(topic, bytes) {
      await node.services.pubsub.publish(topic, bytes).catch((error: unknown) => {
        // Gossip is the fast path only; offers and sync carry the document as well.
        logger.log('gossip-failed', { topic, reason: reasonOf(error) })
      })
    },
    handle(protocol, handler) {
      serveStreams(node, { protocol, handler, allowance })
    },
    open: (peer, protocol, { signal, addresses = [] }) =>
      openStream(node, {
        peer,
        protocol,
        signal,
        addresses: [...addresses, ...book.addressesOf(peer), ...relaysTo(peer, init.bootstrap)],
        allowance,
      }),
    peerRecords: (limit) => peerRecords(node, meeting.neighbours(), limit),
    learnPeers: (records) => learnPeers(node, book, records),
    cutOff(peer, ms) {
      cutOff.delete(peer)
      cutOff.set(peer, clock.now() + ms)
      const oldest = cutOff.size > CUT_OFF_LIMIT ? cutOff.keys().next().value : undefined
      if (oldest !== undefined) cutOff.delete(oldest)
      breakOff(peer)
    },
    start() {
      stopRedial = startRedial(init.bootstrap, {
        ...init,
        isConnected: (address) => node.getConnections(peerOf(address)).length > 0,
        neighbourCount: () => meeting.neighbours().length,
        candidates: () => (init.topUp ? candidates(node, book, init.bootstrap) : []),
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

type Watch = Pick<Network, 'neighbours' | 'onNeighbour' | 'onGone'>

function watchNeighbours(node: MeshLibp2p, book: PeerBook): Watch {
  const neighbours = new Map<PeerId, Neighbour>()
  const onMeet = new Set<(neighbour: Neighbour) => void>()
  const onLose = new Set<(peer: PeerId) => void>()
  node.addEventListener('peer:identify', ({ detail }: CustomEvent<IdentifyResult>) => {
    const peer = detail.peerId.toString() as PeerId
    const addresses = reachable(detail.listenAddrs, peer)
    const neighbour = { peer, listening: addresses.length > 0 }
    if (neighbour.listening) void book.meet(peer, addresses)
    if (node.getConnections(detail.peerId).length === 0) return
    const isNew = !neighbours.has(peer)
    neighbours.set(peer, neighbour)
    if (isNew) for (const listener of onMeet) listener(neighbour)
  })
  node.addEventListener('peer:disconnect', ({ detail }) => {
    const peer = detail.toString() as PeerId
    if (!neighbours.delete(peer)) return
    for (const listener of onLose) listener(peer)
  })
  node.addEventListener('peer:discovery', ({ detail }) => {
    const peer = detail.id.toString() as PeerId
    void book.hear(peer, reachable(detail.multiaddrs, peer))
  })
  return {
    neighbours: () => [...neighbours.values()],
    onNeighbour(listener) {
      onMeet.add(listener)
      for (const neighbour of neighbours.values()) listener(neighbour)
      return () => onMeet.delete(listener)
    },
    onGone(listener) {
      onLose.add(listener)
      return () => onLose.delete(listener)
    },
  }
}

/** libp2p tells of every change to itself, protocols included, at most once a second. */
function watchAddresses(node: MeshLibp2p, listener: () => void): () => void {
  const addresses = (): string => node.getMultiaddrs().map(String).toSorted().join(' ')
  let before = addresses()
  const compare = (): void => {
    const now = addresses()
    if (now === before) return
    before = now
    listener()
  }
  node.addEventListener('self:peer:update', compare)
  return () => {
    node.removeEventListener('self:peer:update', compare)
  }
}

/** Addresses with their peer id, so that a dial proves who is there. A relayed one names its relay before that. */
const reachable = (addresses: readonly Multiaddr[], peer: PeerId): string[] =>
  addresses
    .map(String)
    .map((each) => (each.endsWith(`/p2p/${peer}`) ? each : `${each}/p2p/${peer}`))

/** Ways to a peer that listens through a relay, wherever nobody has said so yet: bootstrap peers relay. libp2p tries them last. */
const relaysTo = (peer: PeerId, bootstrap: readonly string[]): readonly string[] =>
  bootstrap
    .filter((each) => !each.endsWith(`/p2p/${peer}`))
    .slice(0, RELAYS_TRIED)
    .map((each) => `${each}/p2p-circuit`)

const peerOf = (address: string): ReturnType<typeof peerIdFromString> =>
  peerIdFromString(address.slice(address.lastIndexOf('/') + 1))

function candidates(
  node: MeshLibp2p,
  book: PeerBook,
  bootstrap: readonly string[],
): readonly string[] {
  return book
    .all()
    .filter(
      ({ peer }) =>
        peer !== node.peerId.toString() && node.getConnections(peerIdFromString(peer)).length === 0,
    )
    .flatMap(({ addresses }) => addresses.slice(0, 1))
    .filter((address) => !bootstrap.includes(address))
}

const validator =
  (handler: TopicHandler) =>
  async (
    from: { toString(): string },
    message: { data: Uint8Array },
  ): Promise<TopicValidatorResult> => {
    const verdict = await handler(from.toString() as PeerId, message.data)
    switch (verdict.kind) {
      case 'accept':
        return TopicValidatorResult.Accept
      case 'ignore':
        return TopicValidatorResult.Ignore
      case 'reject':
        return TopicValidatorResult.Reject
    }
  }

async function peerRecords(
  node: MeshLibp2p,
  neighbours: readonly Neighbour[],
  limit: number,
): ReturnType<Network['peerRecords']> {
  const listening = neighbours.filter((each) => each.listening).slice(0, limit)
  const records = await Promise.all(
    listening.map(async ({ peer }) => {
      const known = await node.peerStore.get(peerIdFromString(peer)).catch(() => undefined)
      const record = known?.peerRecordEnvelope
      return record === undefined ? [] : [{ peer, record: toBase64(record) }]
    }),
  )
  return records.flat()
}

async function learnPeers(
  node: MeshLibp2p,
  book: PeerBook,
  records: Parameters<Network['learnPeers']>[0],
): Promise<void> {
  for (const { peer, record } of records) {
    const bytes = fromBase64(record)
    if (bytes === undefined || peer === node.peerId.toString()) continue
    const expectedPeer = peerIdFromString(peer)
    // A record that its peer did not sign is left out.
    const isGood = await node.peerStore
      .consumePeerRecord(bytes, { expectedPeer })
      .catch(() => false)
    if (!isGood) continue
    const known = await node.peerStore.get(expectedPeer)
    await book.hear(
      peer,
      reachable(
        known.addresses.map((each) => each.multiaddr),
        peer,
      ),
    )
  }
}
