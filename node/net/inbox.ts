/** The incoming half of a stream as bytes that are taken in only as fast as they are asked for. Not for what they mean (frames.ts). */
import type { Stream } from '@libp2p/interface'

export interface Inbox {
  /** Resolves to true when `size` bytes are here, to false when the stream ended before. @throws the signal's reason, or what broke the stream */
  fill(size: number, signal: AbortSignal): Promise<boolean>
  /** One byte that is here. */
  at(index: number): number
  /** Removes bytes that are here and returns them, or drops them. */
  take(size: number): Uint8Array
  /** The other side said that it has no more to say, rather than vanish. */
  isFinished(): boolean
}

/**
 * Reads while somebody waits, and pauses the stream else: the sender's window is then used up and it stops. Bytes are copied
 * together, since a sender may cut them into pieces that each cost more than they carry.
 */
export function openInbox(stream: Stream): Inbox {
  let held = new Uint8Array(0)
  let length = 0
  let wanted = 0
  let failure: Error | undefined
  let isFinished = false
  let wake = (): void => undefined

  function hold(data: Uint8Array): void {
    if (length + data.length > held.length) {
      const larger = new Uint8Array(Math.max(1024, 2 * held.length, length + data.length))
      larger.set(held.subarray(0, length))
      held = larger
    }
    held.set(data, length)
    length += data.length
  }

  const isOver = (): boolean =>
    stream.remoteWriteStatus !== 'writable' && stream.readBufferLength === 0

  stream.addEventListener('message', ({ data }) => {
    hold(data.subarray())
    if (length < wanted) return
    if (stream.readStatus === 'readable' && stream.status === 'open') stream.pause()
    wake()
  })
  stream.addEventListener('remoteCloseWrite', () => {
    isFinished = true
    wake()
  })
  stream.addEventListener('close', ({ error }) => {
    failure = error
    wake()
  })

  return {
    async fill(size, signal) {
      wanted = size
      while (length < size) {
        if (stream.readStatus === 'paused' && stream.status === 'open') stream.resume()
        // Resuming hands over at once what came meanwhile.
        if (length >= size) break
        if (failure !== undefined) throw failure
        if (isOver() || stream.status !== 'open') return false
        await woken(signal, (resolve) => {
          wake = resolve
        })
      }
      return true
    },
    at: (index) => held[index] ?? 0,
    take(size) {
      const taken = held.slice(0, size)
      held = held.slice(size, length)
      length = held.length
      return taken
    },
    isFinished: () => isFinished,
  }
}

async function woken(signal: AbortSignal, listen: (wake: () => void) => void): Promise<void> {
  signal.throwIfAborted()
  const { promise, resolve } = Promise.withResolvers<undefined>()
  const finish = (): void => {
    resolve(undefined)
  }
  listen(finish)
  signal.addEventListener('abort', finish, { once: true })
  await promise
  signal.removeEventListener('abort', finish)
  signal.throwIfAborted()
}
