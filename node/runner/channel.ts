/**
 * DEV NOTE. What parent and child say to each other. The parent owns the child and believes nothing it says: every
 * message is size-checked before it is parsed, and a broken one ends the run. The request goes down stdin, whose end
 * tells the child that its parent died; answers come up file descriptor 3, so that a module, or an engine it wraps,
 * may print to stdout without breaking a frame. A frame is a 4-byte big-endian length, then that many bytes of JSON.
 */
import { z } from 'zod'
import { MeshError } from '../core/errors.ts'

/** The child's end of the channel of answers. */
export const ANSWERS_FD = 3
/** The longest frame: one finding, or the parameters (an action has at most 256 KiB). */
export const FRAME_LIMIT = 4 * 1024 * 1024
const LENGTH_BYTES = 4

export const runRequest = z.strictObject({
  module: z.string(),
  parameters: z.unknown(),
  /** Milliseconds since the epoch. */
  startedAtMs: z.number(),
  /** With so many findings, or bytes of them, a run ends and says that there may be more. Its parent kills it for more than its own bounds. */
  room: z.strictObject({ findings: z.number(), bytes: z.number() }),
})
export type RunRequest = z.infer<typeof runRequest>

export const runAnswer = z.discriminatedUnion('kind', [
  /** The child waits. `dataBytes`: the size of its data segment (RLIMIT_DATA's measure), 0 where unknown. */
  z.strictObject({ kind: z.literal('ready'), dataBytes: z.number() }),
  z.strictObject({ kind: z.literal('finding'), finding: z.unknown() }),
  z.strictObject({ kind: z.literal('error'), message: z.string() }),
  z.strictObject({ kind: z.literal('statistics'), statistics: z.unknown() }),
  z.strictObject({ kind: z.literal('done') }),
  z.strictObject({
    kind: z.literal('failed'),
    status: z.enum(['failed', 'killed', 'unsupported']),
    reason: z.string(),
  }),
])
export type RunAnswer = z.infer<typeof runAnswer>

export interface Frame {
  /** What it took on the wire. */
  readonly bytes: number
  readonly message: unknown
}

/** @throws MeshError TOO_LARGE */
export function encodeFrame(message: RunRequest | RunAnswer): Buffer {
  const body = Buffer.from(JSON.stringify(message))
  if (body.length > FRAME_LIMIT) throw tooLarge(body.length)
  const frame = Buffer.allocUnsafe(LENGTH_BYTES + body.length)
  frame.writeUInt32BE(body.length)
  body.copy(frame, LENGTH_BYTES)
  return frame
}

/**
 * Frames out of a byte stream. A frame cut short by the end of the stream is dropped: its writer died.
 * @throws MeshError TOO_LARGE, FRAME_INVALID
 */
export async function* decodeFrames(chunks: AsyncIterable<Buffer>): AsyncGenerator<Frame, void> {
  let pending = Buffer.alloc(0)
  for await (const chunk of chunks) {
    pending = Buffer.concat([pending, chunk])
    let end = frameEnd(pending)
    while (end !== undefined && end <= pending.length) {
      yield { bytes: end, message: parseJson(pending.subarray(LENGTH_BYTES, end)) }
      pending = pending.subarray(end)
      end = frameEnd(pending)
    }
  }
}

function frameEnd(pending: Buffer): number | undefined {
  if (pending.length < LENGTH_BYTES) return undefined
  const length = pending.readUInt32BE()
  if (length > FRAME_LIMIT) throw tooLarge(length)
  return LENGTH_BYTES + length
}

function parseJson(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString())
  } catch (error) {
    throw new MeshError({ code: 'FRAME_INVALID', reason: 'not JSON' }, { cause: error })
  }
}

const tooLarge = (size: number): MeshError =>
  new MeshError({ code: 'TOO_LARGE', what: 'one message of the module', size, limit: FRAME_LIMIT })
