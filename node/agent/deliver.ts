/**
 * One sealed answer over one stream of `/mig/result/1`, the agent's side: header, then `send` from an offset, then chunks,
 * then `ack` by digest. Not for when (courier.ts), nor for what follows from the reply (visit.ts).
 */
import { toBase64 } from '../core/bytes.ts'
import { MeshError } from '../core/errors.ts'
import type { Clock, PeerStream } from '../core/ports.ts'
import { SECOND_MS } from '../core/time.ts'
import {
  CHUNK_SIZE,
  decodeFrame,
  encodeFrame,
  type ResultHeader,
  type ResultReply,
  resultReply,
  SMALL_RESULT_SIZE,
} from '../core/wire.ts'

/** For the reply to a header, which comes with a small answer. */
const FIRST_REPLY_TIMEOUT_MS = 15 * SECOND_MS
/** For the reply to the chunks of a large answer, the last of which may still be on their way. */
const LAST_REPLY_TIMEOUT_MS = 60 * SECOND_MS

export type Delivery =
  /** The node has it on disk. */
  | { readonly kind: 'delivered' }
  /** The node never wants it. */
  | { readonly kind: 'unwanted'; readonly reason: string }
  | { readonly kind: 'busy'; readonly retryAfterMs: number }

/** @throws MeshError STREAM_CLOSED, FRAME_INVALID */
export async function deliver(
  { sealed, ...header }: Omit<ResultHeader, 'body'> & { readonly sealed: Uint8Array },
  stream: PeerStream,
  clock: Pick<Clock, 'after'>,
): Promise<Delivery> {
  const { size, digest } = header
  const body = size <= SMALL_RESULT_SIZE ? { body: toBase64(sealed) } : {}
  await stream.write(encodeFrame({ ...header, ...body }))
  const first = await reply(stream, FIRST_REPLY_TIMEOUT_MS, clock)
  if (first.type !== 'send') return read(first, digest)
  for (let at = first.offset; at < size; at += CHUNK_SIZE)
    await stream.write(sealed.subarray(at, at + CHUNK_SIZE))
  return read(await reply(stream, LAST_REPLY_TIMEOUT_MS, clock), digest)
}

function read(last: ResultReply, digest: string): Delivery {
  switch (last.type) {
    case 'busy':
      return { kind: 'busy', retryAfterMs: last.retryAfterMs }
    case 'unwanted':
      return { kind: 'unwanted', reason: last.reason }
    case 'ack':
      if (last.digest === digest) return { kind: 'delivered' }
      throw notAcknowledged()
    case 'send':
      throw notAcknowledged()
  }
}

const notAcknowledged = (): MeshError =>
  new MeshError({ code: 'FRAME_INVALID', reason: 'not an acknowledgement of what was sent' })

async function reply(
  stream: PeerStream,
  timeoutMs: number,
  clock: Pick<Clock, 'after'>,
): Promise<ResultReply> {
  const cancel = clock.after(timeoutMs, () => {
    stream.abort('no acknowledgement in time')
  })
  try {
    const frame = await stream.read()
    if (frame === undefined)
      throw new MeshError({ code: 'STREAM_CLOSED', reason: 'before the acknowledgement' })
    return decodeFrame(resultReply, frame)
  } finally {
    cancel()
  }
}
