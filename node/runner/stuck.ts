/** Children that cannot be killed, because they wait in the kernel: they hold no slot any more, but a module that has left too many is not run. */

/** Of one module: the question that met what does not answer may be asked once more, with that left out. */
const STUCK_LIMIT = 2

export interface Stuck {
  isFull(module: string): boolean
  /** Counts the child until it is gone. */
  add(module: string, exited: Promise<unknown>): void
}

export function createStuck(): Stuck {
  const counts = new Map<string, number>()
  const countOf = (module: string): number => counts.get(module) ?? 0
  return {
    isFull: (module) => countOf(module) >= STUCK_LIMIT,
    add: (module, exited) => {
      counts.set(module, countOf(module) + 1)
      void exited.then(() => counts.set(module, countOf(module) - 1))
    },
  }
}
