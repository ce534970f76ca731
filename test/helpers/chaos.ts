/** What a rough world does to a mesh: partitions, and peers that hold the mesh secret and mean harm, or hold none. */
import { lpStream } from '@libp2p/utils'
import { multiaddr } from '@multiformats/multiaddr'
import type { Stream } from '@libp2p/interface'
import { fromBase64url } from '../../node/core/bytes.ts'
import type { Network } from '../../node/core/ports.ts'
import { HOUR_MS } from '../../node/core/time.ts'
import {
  decodeFrame,
  encodeFrame,
  type Fate,
  FRAME_SIZE_LIMIT,
  type Protocol,
  PROTOCOLS,
  syncReply,
} from '../../node/core/wire.ts'
import { systemRandom } from '../../node/host/system.ts'
import { privateKeyOf } from '../../node/net/identity.ts'
import { type MeshLibp2p, startLibp2p } from '../../node/net/libp2p.ts'
import type { MeshHomes } from './mesh-homes.ts'

/** Cuts every link between two sides, and refuses new ones until it is healed. */
export function sever(one: readonly Network[], other: readonly Network[]): { heal(): void } {
  const refuse = (ms: number): void => {
    for (const left of one)
      for (const right of other) {
        left.cutOff(right.self, ms)
        right.cutOff(left.self, ms)
      }
  }
  refuse(HOUR_MS)
  return {
    heal: () => {
      refuse(0)
    },
  }
}

interface RawFrames {
  write(frame: Uint8Array): Promise<void>
  /** @throws when the stream ends first */
  read(): Promise<Uint8Array>
  close(): Promise<void>
}

export interface Hostile extends AsyncDisposable {
  readonly node: MeshLibp2p
  /** A raw stream: whatever is sent is sent as it is. */
  stream(address: string, protocol: Protocol): Promise<Stream>
  /** A stream of whole frames. */
  frames(address: string, protocol: Protocol): Promise<RawFrames>
  /** Hands documents to a peer as a neighbour would, and returns what became of them. */
  put(address: string, envelopes: readonly string[]): Promise<readonly Fate[]>
}

/** A peer that speaks the protocols and obeys nobody; `secret` of 32 bytes, the mesh's own by default. */
export async function openHostile(
  mesh: Pick<MeshHomes, 'policy'>,
  secret = fromBase64url(mesh.policy.mesh.secret)!,
): Promise<Hostile> {
  const node = await startLibp2p({
    privateKey: await privateKeyOf(systemRandom.bytes(32)),
    meshSecret: secret,
    listen: [],
    announce: [],
    maxConnections: 512,
    mdns: false,
    relay: false,
    gater: { denyDialMultiaddr: () => false },
  })
  const stream: Hostile['stream'] = (address, protocol) =>
    node.dialProtocol(multiaddr(address), protocol, { maxOutboundStreams: 512 })
  const frames: Hostile['frames'] = async (address, protocol) => {
    const opened = await stream(address, protocol)
    const framed = lpStream(opened, { maxDataLength: FRAME_SIZE_LIMIT })
    return {
      write: (frame) => framed.write(frame),
      read: async () => (await framed.read()).subarray(),
      close: () => opened.close(),
    }
  }
  return {
    node,
    stream,
    frames,
    async put(address, envelopes) {
      const { write, read, close } = await frames(address, PROTOCOLS.sync)
      await write(encodeFrame({ type: 'put', envelopes }))
      const reply = decodeFrame(syncReply, await read())
      await close()
      return reply.type === 'fates' ? reply.fates : []
    },
    [Symbol.asyncDispose]: async () => {
      await node.stop()
    },
  }
}
