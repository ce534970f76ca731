/** Streams of the direct protocols over libp2p, each protocol with its own bounds. Not for framing (frames.ts). */
import { peerIdFromString } from '@libp2p/peer-id'
import { multiaddr } from '@multiformats/multiaddr'
import { MeshError, reasonOf } from '../core/errors.ts'
import type { PeerId } from '../core/ids.ts'
import type { Logger, PeerStream, StreamHandler } from '../core/ports.ts'
import { SECOND_MS } from '../core/time.ts'
import { CHUNK_SIZE, FRAME_SIZE_LIMIT, type Protocol } from '../core/wire.ts'
import type { Allowance } from './allowance.ts'
import { openFrames } from './frames.ts'
import type { MeshLibp2p } from './libp2p.ts'

const KIB = 1024
/** Neighbours keep a sync link from round to round; whoever has something to deliver or to ask goes on at once. */
const LINK_IDLE_MS = 180 * SECOND_MS
const TALK_IDLE_MS = 60 * SECOND_MS

interface Bounds {
  /** Bytes of the largest frame that the asking side may send, and the largest it may be sent. */
  readonly request: number
  readonly reply: number
  /** Streams that one peer may have open towards us. Honest nodes use one or two. */
  readonly streams: number
  /** How long a peer may keep a stream without a word. */
  readonly idleMs: number
}

const BOUNDS: Readonly<Record<Protocol, Bounds>> = {
  '/mig/sync/1': {
    request: FRAME_SIZE_LIMIT,
    reply: FRAME_SIZE_LIMIT,
    streams: 4,
    idleMs: LINK_IDLE_MS,
  },
  // An agent has one; a few peers that go slow must not hold all of a collector's bulk places.
  '/mig/result/1': { request: CHUNK_SIZE, reply: 4 * KIB, streams: 4, idleMs: TALK_IDLE_MS },
  '/mig/peers/1': { request: KIB, reply: 256 * KIB, streams: 4, idleMs: TALK_IDLE_MS },
  '/mig/presence/1': {
    request: 128 * KIB,
    reply: FRAME_SIZE_LIMIT,
    streams: 16,
    idleMs: TALK_IDLE_MS,
  },
}

export interface ServeInit {
  readonly protocol: Protocol
  readonly handler: StreamHandler
  readonly allowance: Allowance
  readonly logger: Logger
}

/** Answers a protocol from now on. */
export function serveStreams(node: MeshLibp2p, init: ServeInit): void {
  const { protocol, handler, allowance, logger } = init
  const { request: sizeLimit, streams: maxInboundStreams, idleMs } = BOUNDS[protocol]
  const open = new Map<PeerId, number>()

  /** However many connections the peer has. */
  const occupy = (peer: PeerId): boolean => {
    const count = open.get(peer) ?? 0
    if (count >= maxInboundStreams) return false
    open.set(peer, count + 1)
    return true
  }
  const vacate = (peer: PeerId): void => {
    const count = open.get(peer) ?? 0
    if (count > 1) open.set(peer, count - 1)
    else open.delete(peer)
  }
  const serve = (
    stream: Parameters<typeof openFrames>[0],
    connection: { remotePeer: unknown },
  ): void => {
    const peer = String(connection.remotePeer) as PeerId
    if (!occupy(peer)) {
      stream.abort(new Error('too many streams of this protocol'))
      return
    }
    const frames = openFrames(stream, { peer, sizeLimit, idleMs, allowance, isServing: true })
    handler(frames)
      .catch((error: unknown) => {
        logger.log('stream-failed', { peer, protocol, reason: reasonOf(error) })
        frames.abort('failed')
      })
      .finally(() => {
        vacate(peer)
      })
  }
  node
    .handle(protocol, serve, { maxInboundStreams, runOnLimitedConnection: true })
    .catch((error: unknown) => {
      logger.log('protocol-not-served', { protocol, reason: reasonOf(error) })
    })
}

export interface StreamInit {
  readonly peer: PeerId
  readonly protocol: Protocol
  readonly signal: AbortSignal
  readonly addresses: readonly string[]
  readonly allowance: Allowance
}

/** A new stream to a neighbour, or to a peer at these addresses. @throws MeshError PEER_UNREACHABLE */
export async function openStream(node: MeshLibp2p, init: StreamInit): Promise<PeerStream> {
  const { peer, protocol, signal, allowance } = init
  const { reply: sizeLimit, streams: maxOutboundStreams, idleMs } = BOUNDS[protocol]
  const options = { signal, runOnLimitedConnection: true, maxOutboundStreams }
  const id = peerIdFromString(peer)
  try {
    const isConnected = node.getConnections(id).length > 0
    const suffix = `/p2p/${peer}`
    const addresses = init.addresses.map((each) =>
      multiaddr(each.endsWith(suffix) ? each : `${each}${suffix}`),
    )
    const target = isConnected || addresses.length === 0 ? id : addresses
    const stream = await node.dialProtocol(target, protocol, options)
    return openFrames(stream, { peer, sizeLimit, idleMs, allowance, isServing: false })
  } catch (cause) {
    throw new MeshError({ code: 'PEER_UNREACHABLE', peer, reason: reasonOf(cause) }, { cause })
  }
}
