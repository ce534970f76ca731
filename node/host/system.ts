/** Time and randomness of this machine: the only home of `Date.now`, `Math.random` and `setTimeout`. */
import { randomBytes } from 'node:crypto'
import type { Clock, Random } from '../core/ports.ts'

/** What one timer of Node can wait; a longer delay would fire at once, so it is waited for in pieces. */
const TIMER_LIMIT_MS = 2 ** 31 - 1

export const systemClock: Clock = {
  now: () => Date.now(),

  async sleep(ms, signal) {
    signal?.throwIfAborted()
    await new Promise<void>((resolve) => {
      const finish = (): void => {
        stop()
        signal?.removeEventListener('abort', finish)
        resolve()
      }
      const stop = arm(ms, finish, true)
      signal?.addEventListener('abort', finish, { once: true })
    })
    signal?.throwIfAborted()
  },

  after: (ms, task) => arm(ms, task, false),
}

export const systemRandom: Random = {
  bytes: (size) => randomBytes(size),
  fraction: () => Math.random(),
}

/** Starts a timer of any length; `keepAlive` holds the process open until it fires. The result calls it off. */
function arm(ms: number, task: () => void, keepAlive: boolean): () => void {
  let timer: NodeJS.Timeout
  const wait = (leftMs: number): void => {
    const piece = Math.min(leftMs, TIMER_LIMIT_MS)
    timer = setTimeout(() => {
      if (leftMs > piece) wait(leftMs - piece)
      else task()
    }, piece)
    if (!keepAlive) timer.unref()
  }
  wait(Math.max(0, ms))
  return () => {
    clearTimeout(timer)
  }
}
