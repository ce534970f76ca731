/** Turns: at most so many runs at once, in the order they came, and a bounded queue. */

export type Turn =
  | { readonly kind: 'go'; readonly release: () => void }
  | { readonly kind: 'busy' }
  | { readonly kind: 'cancelled' }

export interface Slots {
  /** Resolves when it is this caller's turn; at once with `busy` when the queue is full. */
  take(signal: AbortSignal): Promise<Turn>
  isAnyoneWaiting(): boolean
}

export function createSlots(bounds: {
  readonly concurrent: number
  readonly waiting: number
}): Slots {
  let running = 0
  const queue = new Set<() => void>()

  const go = (): Turn => {
    running += 1
    let isReleased = false
    return {
      kind: 'go',
      release: () => {
        if (isReleased) return
        isReleased = true
        running -= 1
        const [next] = queue
        next?.()
      },
    }
  }

  const wait = (signal: AbortSignal): Promise<Turn> =>
    new Promise((resolve) => {
      const leave = (turn: Turn): void => {
        queue.delete(start)
        signal.removeEventListener('abort', giveUp)
        resolve(turn)
      }
      const start = (): void => {
        leave(go())
      }
      const giveUp = (): void => {
        leave({ kind: 'cancelled' })
      }
      queue.add(start)
      signal.addEventListener('abort', giveUp, { once: true })
    })

  return {
    take: (signal) => {
      if (signal.aborted) return Promise.resolve({ kind: 'cancelled' })
      if (running < bounds.concurrent) return Promise.resolve(go())
      if (queue.size >= bounds.waiting) return Promise.resolve({ kind: 'busy' })
      return wait(signal)
    },
    isAnyoneWaiting: () => queue.size > 0,
  }
}
