/**
 * The outgoing half of a stream: waits until what was sent has left, so that a slow reader stops the writer. Not for framing
 * (frames.ts).
 *
 * DEV NOTE. libp2p's `onDrain` resolves for ever once it has resolved (@libp2p/utils 7.4, abstract-message-stream.ts: its
 * promise is made once), and a stream that needs no drain may still hold bytes back; hence the two questions here. Bounded:
 * one frame a stream, beside yamux's window and the socket's buffer.
 */
import type { Stream } from '@libp2p/interface'

const CHANGES = ['drain', 'idle', 'close'] as const

/** Resolves when the transport has taken all that was sent. @throws when the stream ends first, or the signal's reason */
export async function flushed(stream: Stream, signal: AbortSignal): Promise<void> {
  while (stream.writableNeedsDrain || stream.writeBufferLength > 0) {
    if (stream.writeStatus === 'closed') throw new Error('closed before everything was sent')
    await changed(stream, signal)
  }
}

async function changed(stream: Stream, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted()
  const { promise, resolve } = Promise.withResolvers<undefined>()
  const wake = (): void => {
    resolve(undefined)
  }
  for (const each of CHANGES) stream.addEventListener(each, wake)
  signal.addEventListener('abort', wake)
  try {
    await promise
  } finally {
    for (const each of CHANGES) stream.removeEventListener(each, wake)
    signal.removeEventListener('abort', wake)
  }
  signal.throwIfAborted()
}
