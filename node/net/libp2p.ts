/**
 * One libp2p node, set up for a mesh of agents. Every option that is not libp2p's default says why.
 *
 * DEV NOTE. From outside in: TCP, the private network (every byte under the mesh secret), Noise, yamux. Gossip carries
 * opaque bytes: its messages are not signed by the sending peer, since every document carries its own signatures. Scores
 * punish invalid messages only; honest peers may share an address, be slow, or say little.
 */
import { type GossipSub, gossipsub } from '@chainsafe/libp2p-gossipsub'
import {
  defaultPeerScoreParams,
  defaultTopicScoreParams,
  type PeerScoreParams,
} from '@chainsafe/libp2p-gossipsub/score'
import { noise } from '@chainsafe/libp2p-noise'
import { circuitRelayServer, circuitRelayTransport } from '@libp2p/circuit-relay-v2'
import { type Identify, identify } from '@libp2p/identify'
import type { ConnectionGater, Libp2p, PrivateKey } from '@libp2p/interface'
import { mdns } from '@libp2p/mdns'
import { type Ping, ping } from '@libp2p/ping'
import { tcp } from '@libp2p/tcp'
import { yamux } from '@libp2p/yamux'
import { createLibp2p } from 'libp2p'
import { createHash, hkdfSync } from 'node:crypto'
import { TOPICS } from '../core/facet.ts'
import { HOUR_MS, MINUTE_MS, SECOND_MS } from '../core/time.ts'
import { privateNetwork } from './private-network.ts'

const MONITOR_PERIOD_MS = MINUTE_MS
/** Gossip's housekeeping: it repairs what offers and sync repair as well, so it need not be quick. */
const HEARTBEAT_MS = 5 * SECOND_MS
/** yamux lets a stream's window grow to 16 MiB, its read buffer only to 4: a reader who pauses would lose the stream. */
const STREAM_WINDOW_SIZE = 1024 * 1024

// A type, not an interface: libp2p's service map wants an index signature.
type Services = { pubsub: GossipSub; identify: Identify; ping: Ping }
export type MeshLibp2p = Libp2p<Services>

export interface Libp2pInit {
  readonly privateKey: PrivateKey
  /** 32 bytes; the private network's key is derived from it. */
  readonly meshSecret: Uint8Array
  /** Where to listen (`/ip4/0.0.0.0/tcp/4100`); none: dial out only. */
  readonly listen: readonly string[]
  /** Addresses to tell others beside those listened on (behind a port forward). */
  readonly announce: readonly string[]
  readonly maxConnections: number
  /** Finds peers on the local network by itself. */
  readonly mdns: boolean
  /** Relays connections for peers that cannot be reached. */
  readonly relay: boolean
  /** How often every connection is asked whether it is alive; default 60 s: either end asks, and TCP gives up after 120 s of silence. */
  readonly monitorPeriodMs?: number
  readonly gater: ConnectionGater
}

export async function startLibp2p(init: Libp2pInit): Promise<MeshLibp2p> {
  return createLibp2p<Services>({
    privateKey: init.privateKey,
    addresses: { listen: [...init.listen], appendAnnounce: [...init.announce] },
    transports: [tcp(), circuitRelayTransport()],
    connectionProtector: privateNetwork(init.meshSecret),
    connectionEncrypters: [noise()],
    streamMuxers: [
      yamux({
        streamOptions: { maxStreamWindowSize: STREAM_WINDOW_SIZE },
        // Its first ping measures the round trip; that the other side lives is the monitor's to find out.
        keepAliveInterval: HOUR_MS,
      }),
    ],
    connectionGater: init.gater,
    connectionManager: {
      maxConnections: init.maxConnections,
      // The default of 5 a second from one address refuses whole offices behind one NAT.
      inboundConnectionThreshold: 500,
      maxIncomingPendingConnections: 500,
      // Our own redial loop knows better: libp2p's gives up after five tries.
      reconnectRetries: 0,
    },
    // The default of 10 s is three quarters of an idle node's CPU time; a link cut without a word is noticed within about a minute.
    connectionMonitor: { pingInterval: init.monitorPeriodMs ?? MONITOR_PERIOD_MS },
    ...(init.mdns ? { peerDiscovery: [mdns({ serviceTag: serviceTag(init.meshSecret) })] } : {}),
    services: {
      identify: identify(),
      ping: ping(),
      pubsub: gossipsub(gossipOptions()),
      ...(init.relay ? { relay: relayServer() } : {}),
    },
  })
}

function gossipOptions(): Parameters<typeof gossipsub>[0] {
  return {
    // The document's own signatures are the authority; signing again costs 80 % more CPU a message.
    globalSignaturePolicy: 'StrictNoSign',
    msgIdFn: (message) => createHash('sha256').update(message.data).digest().subarray(0, 20),
    allowedTopics: [...TOPICS],
    allowPublishToZeroTopicPeers: true,
    heartbeatInterval: HEARTBEAT_MS,
    fallbackToFloodsub: false,
    floodPublish: true,
    // One decodes an RPC before its topics are known: bound what it may hold.
    decodeRpcLimits: {
      maxSubscriptions: 64,
      maxMessages: 64,
      maxIhaveMessageIDs: 1024,
      maxIwantMessageIDs: 1024,
      maxIdontwantMessageIDs: 512,
      maxControlMessages: 256,
      maxPeerInfos: 16,
    },
    runOnLimitedConnection: true,
    scoreParams: scoreParams(),
  }
}

/** Explicit on every topic. Mesh delivery rates (P3) are off: most topics are silent for hours. */
function scoreParams(): PeerScoreParams {
  const topic = {
    ...defaultTopicScoreParams,
    topicWeight: 1 / TOPICS.length,
    meshMessageDeliveriesWeight: 0,
    meshFailurePenaltyWeight: 0,
    // Ten invalid messages pass the graylist threshold of -80; it takes minutes to decay.
    invalidMessageDeliveriesWeight: -30,
    invalidMessageDeliveriesDecay: 0.95,
  }
  return {
    ...defaultPeerScoreParams,
    decayInterval: HEARTBEAT_MS,
    // Thirty honest laptops behind one address scored -2000 with the default, and heard nothing.
    IPColocationFactorWeight: 0,
    topics: Object.fromEntries(TOPICS.map((name) => [name, topic])),
  }
}

function relayServer(): ReturnType<typeof circuitRelayServer> {
  return circuitRelayServer({
    reservations: {
      maxReservations: 1024,
      reservationTtl: 60 * MINUTE_MS,
      // The default of 128 KiB ends most answers in the middle.
      defaultDataLimit: BigInt(256 * 1024 * 1024),
      defaultDurationLimit: 30 * MINUTE_MS,
    },
  })
}

/** Two meshes on one network do not call each other; the secret stays secret. */
function serviceTag(meshSecret: Uint8Array): string {
  const tag = Buffer.from(hkdfSync('sha256', meshSecret, '', 'mig mdns v1', 6)).toString('hex')
  return `_mig${tag}._tcp.local`
}
