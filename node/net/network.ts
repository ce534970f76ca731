/**
 * The mesh as the roles see it (`Network` of core/ports.ts), over libp2p.
 *
 * DEV NOTE. A neighbour is a peer that is connected and identified; the roles hear of it once. A peer cut off is
 * disconnected and refused in both directions until its time is over. Bounded: connections by libp2p's manager, streams a
 * protocol and connection, 4 MiB a frame, the peer book at 512 peers.
 */
import { TopicValidatorResult } from '@chainsafe/libp2p-gossipsub'
import type { ConnectionGater, IdentifyResult } from '@libp2p/interface'
import { peerIdFromString } from '@libp2p/peer-id'
import { type Multiaddr, multiaddr } from '@multiformats/multiaddr'
import { fromBase64, toBase64 } from '../core/bytes.ts'
import { MeshError, reasonOf } from '../core/errors.ts'
import type { PeerId } from '../core/ids.ts'
import type { Clock, Logger, Neighbour, Network, Random, Records, TopicHandler } from '../core/ports.ts'
import { SECOND_MS } from '../core/time.ts'
import { openFrames } from './frames.ts'
import { privateKeyOf } from './identity.ts'
import { type Libp2pInit, type MeshLibp2p, startLibp2p } from './libp2p.ts'
import { openPeerBook, type PeerBook } from './peer-book.ts'
import { startRedial } from './redial.ts'

const STREAMS_LIMIT = 64
const RESULT_STREAMS_LIMIT = 256
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
  const isCutOff = (peer: { toString(): string }): boolean => (cutOff.get(peer.toString()) ?? 0) > clock.now()
  const gater: ConnectionGater = {
    denyDialPeer: isCutOff,
    denyInboundEncryptedConnection: isCutOff,
    denyOutboundEncryptedConnection: isCutOff,
    denyDialMultiaddr: () => false,
  }
  const privateKey = await privateKeyOf(init.seed)
  const book = await openPeerBook(init.peers, clock)
  const node = await startLibp2p({ ...init, privateKey, gater }).catch((cause: unknown) => {
    throw new MeshError({ code: 'CONFIG_INVALID', file: 'config', path: 'listen', reason: reasonOf(cause) }, { cause })
  })
  const meeting = watchNeighbours(node, book)
  let stopRedial = (): void => undefined

  const self = node.peerId.toString() as PeerId
  const disconnect = (peer: PeerId): void => {
    // It may be gone already, which is what we want.
    node.hangUp(peerIdFromString(peer)).catch(() => undefined)
  }

  return {
    self,
    addresses: () => node.getMultiaddrs().map(String),
    ...meeting,
    join(topic, handler) {
      node.services.pubsub.topicValidators.set(topic, validator(handler))
      node.services.pubsub.subscribe(topic)
    },
    leave(topic) {
      node.services.pubsub.unsubscribe(topic)
      node.services.pubsub.topicValidators.delete(topic)
    },
    subscribers: (topic) => node.services.pubsub.getSubscribers(topic).map((peer) => peer.toString() as PeerId),
    async publish(topic, bytes) {
      await node.services.pubsub.publish(topic, bytes).catch((error: unknown) => {
        // Gossip is the fast path only; offers and sync carry the document as well.
        logger.log('gossip-failed', { topic, reason: reasonOf(error) })
      })
    },
    handle(protocol, handler) {
      const maxInboundStreams = protocol === '/mig/result/1' ? RESULT_STREAMS_LIMIT : STREAMS_LIMIT
      const serve = (stream: Parameters<typeof openFrames>[0], connection: { remotePeer: unknown }): void =>
        void handler(openFrames(stream, String(connection.remotePeer) as PeerId))
      void node.handle(protocol, serve, { maxInboundStreams, runOnLimitedConnection: true })
    },
    open: (peer, protocol, { signal, addresses = [] }) =>
      openStream(node, { peer, protocol, signal, addresses: [...addresses, ...book.addressesOf(peer)] }),
    peerRecords: (limit) => peerRecords(node, meeting.neighbours(), limit),
    learnPeers: (records) => learnPeers(node, book, records),
    cutOff(peer, ms) {
      cutOff.set(peer, clock.now() + ms)
      disconnect(peer)
    },
    start() {
      stopRedial = startRedial(init.bootstrap, {
        ...init,
        isConnected: (address) => node.getConnections(peerOf(address)).length > 0,
        neighbourCount: () => meeting.neighbours().length,
        candidates: () => (init.topUp ? candidates(node, book, init.bootstrap) : []),
        dial: async (address) =>
          void (await node.dial(multiaddr(address), { signal: AbortSignal.timeout(DIAL_TIMEOUT_MS) })),
      })
    },
    async close() {
      stopRedial()
      // Measured: stop() may never settle when a peer dies meanwhile.
      await Promise.race([node.stop(), clock.sleep(STOP_TIMEOUT_MS)])
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
    if (neighbour.listening) void book.add(peer, addresses)
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
    void book.add(peer, reachable(detail.multiaddrs, peer))
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

/** Addresses with their peer id, so that a dial proves who is there. */
const reachable = (addresses: readonly Multiaddr[], peer: PeerId): string[] =>
  addresses.map(String).map((each) => (each.includes('/p2p/') ? each : `${each}/p2p/${peer}`))

const peerOf = (address: string): ReturnType<typeof peerIdFromString> =>
  peerIdFromString(address.slice(address.lastIndexOf('/') + 1))

function candidates(node: MeshLibp2p, book: PeerBook, bootstrap: readonly string[]): readonly string[] {
  return book
    .all()
    .filter(({ peer }) => peer !== node.peerId.toString() && node.getConnections(peerIdFromString(peer)).length === 0)
    .flatMap(({ addresses }) => addresses.slice(0, 1))
    .filter((address) => !bootstrap.includes(address))
}

const validator =
  (handler: TopicHandler) =>
  async (from: { toString(): string }, message: { data: Uint8Array }): Promise<TopicValidatorResult> => {
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

interface StreamInit {
  readonly peer: PeerId
  readonly protocol: string
  readonly signal: AbortSignal
  readonly addresses: readonly string[]
}

async function openStream(node: MeshLibp2p, init: StreamInit): Promise<ReturnType<typeof openFrames>> {
  const { peer, protocol, signal } = init
  const options = { signal, runOnLimitedConnection: true, maxOutboundStreams: RESULT_STREAMS_LIMIT }
  const id = peerIdFromString(peer)
  try {
    const isConnected = node.getConnections(id).length > 0
    const suffix = `/p2p/${peer}`
    const addresses = init.addresses.map((each) => multiaddr(each.endsWith(suffix) ? each : `${each}${suffix}`))
    const target = isConnected || addresses.length === 0 ? id : addresses
    return openFrames(await node.dialProtocol(target, protocol, options), peer)
  } catch (cause) {
    throw new MeshError({ code: 'PEER_UNREACHABLE', peer, reason: reasonOf(cause) }, { cause })
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
    const isGood = await node.peerStore.consumePeerRecord(bytes, { expectedPeer }).catch(() => false)
    if (!isGood) continue
    const known = await node.peerStore.get(expectedPeer)
    await book.add(peer, reachable(known.addresses.map((each) => each.multiaddr), peer))
  }
}
