/** Children that cannot be killed, because they wait in the kernel: they hold no slot any more, but a module that has left too many is not run. */
import type { Child } from './start-child.ts'

/** Of one module: the question that met what does not answer may be asked once more, with that left out. */
const STUCK_LIMIT = 2

export interface Stuck {
  isFull(module: string): boolean
  /** A child that lives on though it was killed gives its slot back, and counts until it is gone. */
  add(module: string, child: Pick<Child, 'exited' | 'isAlive'>, release: () => void): void
}

export function createStuck(): Stuck {
  const counts = new Map<string, number>()
  const countOf = (module: string): number => counts.get(module) ?? 0
  return {
    isFull: (module) => countOf(module) >= STUCK_LIMIT,
    add: (module, { exited, isAlive }, release) => {
      if (!isAlive()) return
      release()
      counts.set(module, countOf(module) + 1)
      void exited.then(() => counts.set(module, countOf(module) - 1))
    },
  }
}
