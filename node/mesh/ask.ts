/** One question to one neighbour on a stream of its own, and its one answer. Not for conversations (sync-link.ts). */
import type { z } from 'zod'
import { MeshError } from '../core/errors.ts'
import type { PeerId } from '../core/ids.ts'
import type { Network } from '../core/ports.ts'
import { decodeFrame, encodeFrame, type Protocol } from '../core/wire.ts'

export interface Question<T> {
  readonly protocol: Protocol
  readonly message: unknown
  readonly reply: z.ZodType<T>
  /** Ends the wait, for the stream as for the answer. */
  readonly signal: AbortSignal
}

/** @throws MeshError PEER_UNREACHABLE, STREAM_CLOSED (also when the signal ended it), FRAME_INVALID */
export async function ask<T>(
  peer: PeerId,
  { protocol, message, reply, signal }: Question<T>,
  network: Pick<Network, 'open'>,
): Promise<T> {
  const stream = await network.open(peer, protocol, { signal })
  const stop = (): void => {
    stream.abort('no answer in time')
  }
  signal.addEventListener('abort', stop)
  if (signal.aborted) stop()
  try {
    await stream.write(encodeFrame(message))
    const frame = await stream.read()
    if (frame === undefined) throw new MeshError({ code: 'STREAM_CLOSED', reason: 'by the peer' })
    return decodeFrame(reply, frame)
  } finally {
    signal.removeEventListener('abort', stop)
    await stream.close()
  }
}
