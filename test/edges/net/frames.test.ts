/** Frames on real streams over loopback: a slow reader stops the writer, and nobody waits for ever. */
import type { Stream } from '@libp2p/interface'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { PeerId } from '../../../node/core/ids.ts'
import type { PeerStream } from '../../../node/core/ports.ts'
import { systemClock, systemRandom } from '../../../node/host/system.ts'
import { createAllowance } from '../../../node/net/allowance.ts'
import { openFrames } from '../../../node/net/frames.ts'
import { privateKeyOf } from '../../../node/net/identity.ts'
import { type MeshLibp2p, startLibp2p } from '../../../node/net/libp2p.ts'
import { until } from '../../helpers/until.ts'

const MIB = 1024 * 1024
const FRAME_SIZE = MIB
/** Far more than yamux's largest window (16 MiB) and any socket buffer. */
const FRAMES = 48
const PROTOCOL = '/test/1'

let near: MeshLibp2p
let far: MeshLibp2p
const secret = systemRandom.bytes(32)

async function openNode(listen: readonly string[]): Promise<MeshLibp2p> {
  return startLibp2p({
    privateKey: await privateKeyOf(systemRandom.bytes(32)),
    meshSecret: secret,
    listen,
    announce: [],
    maxConnections: 8,
    mdns: false,
    relay: false,
    gater: { denyDialMultiaddr: () => false },
  })
}

beforeAll(async () => {
  ;[near, far] = await Promise.all([openNode([]), openNode(['/ip4/127.0.0.1/tcp/0'])])
})
afterAll(async () => {
  await Promise.all([near.stop(), far.stop()])
})

/** Both ends of one stream; the far end as it is, or as frames. */
async function pair(): Promise<{ stream: Stream; frames: PeerStream; far: Stream }> {
  const arrived = Promise.withResolvers<Stream>()
  await far.unhandle(PROTOCOL).catch(() => undefined)
  await far.handle(PROTOCOL, (stream) => {
    arrived.resolve(stream)
  })
  const stream = await near.dialProtocol(far.getMultiaddrs(), PROTOCOL)
  return { stream, frames: framesOn(stream), far: await arrived.promise }
}

const framesOn = (stream: Stream, allowance = createAllowance(systemClock)): PeerStream =>
  openFrames(stream, {
    peer: 'somebody' as PeerId,
    sizeLimit: FRAME_SIZE,
    idleMs: 30_000,
    allowance,
    isServing: false,
  })

describe('a slow reader', () => {
  it('stops the writer, who holds one frame at most, and gets everything in the end', async () => {
    const { stream, frames, far: reader } = await pair()
    reader.pause()
    let written = 0
    let most = 0
    const writing = (async () => {
      for (let index = 0; index < FRAMES; index += 1) {
        await frames.write(Buffer.alloc(FRAME_SIZE, index))
        written += 1
        most = Math.max(most, stream.writeBufferLength)
      }
    })()
    await until(() => stream.writeBufferLength > 0)
    const before = written
    expect(before).toBeLessThan(FRAMES)
    expect(stream.writeBufferLength).toBeLessThanOrEqual(FRAME_SIZE + 4)
    const slow = framesOn(reader)
    for (let index = 0; index < FRAMES; index += 1) {
      const frame = await slow.read()
      expect([frame?.length, frame?.[0]]).toEqual([FRAME_SIZE, index])
      // The writer is never ahead by more than the window and the frame it holds.
      expect(stream.writeBufferLength).toBeLessThanOrEqual(FRAME_SIZE + 4)
    }
    await writing
    expect(most).toBe(0)
  })

  it('that goes away ends the write', async () => {
    const { stream, frames, far: reader } = await pair()
    reader.pause()
    const writing = (async () => {
      for (;;) await frames.write(Buffer.alloc(FRAME_SIZE))
    })()
    const ended = expect(writing).rejects.toMatchObject({ code: 'STREAM_CLOSED' })
    await until(() => stream.writeBufferLength > 0)
    reader.abort(new Error('enough'))
    await ended
  })
})

describe('frames', () => {
  it('of many streams on one connection all arrive', async () => {
    const pairs = []
    for (let count = 0; count < 4; count += 1) pairs.push(await pair())
    await Promise.all(
      pairs.map(async ({ frames, far: reader }) => {
        const reading = framesOn(reader)
        const writing = (async () => {
          for (let index = 0; index < 8; index += 1)
            await frames.write(Buffer.alloc(FRAME_SIZE, index))
        })()
        for (let index = 0; index < 8; index += 1) expect((await reading.read())?.[0]).toBe(index)
        await writing
      }),
    )
  })
})

describe('a large frame', () => {
  const announced = (size: number): Uint8Array =>
    Uint8Array.from([(size & 0x7f) | 0x80, ((size >> 7) & 0x7f) | 0x80, size >> 14])

  it('that brings few octets ends its read soon, its sender pays, and the place is free', async () => {
    const allowance = createAllowance(systemClock)
    const { stream, far: reader } = await pair()
    const reading = framesOn(reader, allowance).read()
    stream.send(announced(FRAME_SIZE))
    stream.send(new Uint8Array(50))
    const again = await pair()
    const next = framesOn(again.far, allowance).read()
    void again.frames.write(Buffer.alloc(FRAME_SIZE, 1))
    await expect(reading).rejects.toMatchObject({ code: 'FRAME_INVALID' })
    expect((await next)?.length).toBe(FRAME_SIZE)
  }, 12_000)

  it('whose octets come slowly but come is read', async () => {
    const { stream, far: reader } = await pair()
    const reading = framesOn(reader).read()
    stream.send(announced(FRAME_SIZE))
    const EIGHTH = FRAME_SIZE / 8
    for (let part = 0; part < 8; part += 1) {
      stream.send(new Uint8Array(EIGHTH))
      await systemClock.sleep(1000)
    }
    expect((await reading)?.length).toBe(FRAME_SIZE)
  }, 20_000)
})
