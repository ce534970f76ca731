/** Frames on a libp2p stream: an unsigned varint of length, then the bytes; the length is checked before a byte is read. */
import type { Stream } from '@libp2p/interface'
import { lpStream } from '@libp2p/utils'
import { MeshError, reasonOf } from '../core/errors.ts'
import type { PeerId } from '../core/ids.ts'
import type { PeerStream } from '../core/ports.ts'
import { FRAME_SIZE_LIMIT } from '../core/wire.ts'
import { SECOND_MS } from '../core/time.ts'

/** A stream on which nothing moves for this long is given up. */
const IDLE_LIMIT_MS = 180 * SECOND_MS
const CLOSE_TIMEOUT_MS = 2 * SECOND_MS

export function openFrames(stream: Stream, peer: PeerId): PeerStream {
  const frames = lpStream(stream, { maxDataLength: FRAME_SIZE_LIMIT, maxLengthLength: 4 })
  return {
    peer,
    async read() {
      try {
        const frame = await frames.read({ signal: AbortSignal.timeout(IDLE_LIMIT_MS) })
        return frame.subarray()
      } catch (error) {
        if (isEnd(error)) return undefined
        throw wrap(error)
      }
    },
    async write(frame) {
      try {
        await frames.write(frame, { signal: AbortSignal.timeout(IDLE_LIMIT_MS) })
      } catch (error) {
        throw wrap(error)
      }
    },
    async close() {
      // A peer that is gone already cannot be told; nothing depends on it.
      await stream.close({ signal: AbortSignal.timeout(CLOSE_TIMEOUT_MS) }).catch(() => undefined)
    },
    abort: (reason) => {
      stream.abort(new Error(reason))
    },
  }
}

const isEnd = (error: unknown): boolean => error instanceof Error && error.name === 'UnexpectedEOFError'

const isBreach = (error: unknown): boolean =>
  error instanceof Error && /^InvalidData|InvalidMessageLength/.test(error.name)

function wrap(cause: unknown): MeshError {
  const reason = reasonOf(cause)
  if (isBreach(cause)) return new MeshError({ code: 'FRAME_INVALID', reason }, { cause })
  return new MeshError({ code: 'STREAM_CLOSED', reason }, { cause })
}
