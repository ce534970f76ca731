import { describe, expect, it } from 'vitest'
import { FRAME_LIMIT, decodeFrames, encodeFrame } from '../../../node/runner/channel.ts'
import type { Frame } from '../../../node/runner/channel.ts'

async function* inPieces(bytes: Buffer, size: number): AsyncGenerator<Buffer> {
  for (let start = 0; start < bytes.length; start += size) yield bytes.subarray(start, start + size)
}

const decode = (bytes: Buffer, size = 1): Promise<Frame[]> =>
  Array.fromAsync(decodeFrames(inPieces(bytes, size)))

const done = encodeFrame({ kind: 'done' })
const error = encodeFrame({ kind: 'error', message: 'naïve' })

describe('frames', () => {
  it.each([1, 3, 7, 1000])('come out as they went in, in pieces of %d bytes', async (size) => {
    expect(await decode(Buffer.concat([error, done]), size)).toEqual([
      { bytes: error.length, message: { kind: 'error', message: 'naïve' } },
      { bytes: done.length, message: { kind: 'done' } },
    ])
  })

  it('drop what was cut short', async () => {
    expect(await decode(done.subarray(0, -1))).toEqual([])
  })

  it('are refused by their length alone, before their bytes arrive', async () => {
    const header = Buffer.alloc(4)
    header.writeUInt32BE(FRAME_LIMIT + 1)
    await expect(decode(header)).rejects.toMatchObject({ code: 'TOO_LARGE' })
  })

  it('are refused when they are not JSON', async () => {
    await expect(decode(Buffer.from([0, 0, 0, 1, 0x7b]))).rejects.toMatchObject({
      code: 'FRAME_INVALID',
    })
  })

  it('cannot be made longer than they may be', () => {
    expect(() => encodeFrame({ kind: 'error', message: 'x'.repeat(FRAME_LIMIT) })).toThrow(/bytes/)
  })
})
