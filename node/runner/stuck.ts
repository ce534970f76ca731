/** Children that cannot be killed, because they wait in the kernel: they hold no slot any more, but a module that has left too many is not run. */
import type { Ending } from './collect.ts'
import type { Child } from './start-child.ts'

/** Of one module: the question that met what does not answer may be asked once more, with that left out. */
const STUCK_LIMIT = 2
const REFUSAL: Ending = {
  status: 'failed',
  reason:
    'earlier runs of this module cannot be ended: they wait for a file system of this host that does not answer',
}

export interface Stuck {
  /** Why this module is not run; undefined while it may be. */
  refusalOf(module: string): Ending | undefined
  /** A child that lives on though it was killed gives its slot back, and counts until it is gone. */
  add(module: string, child: Pick<Child, 'exited' | 'isAlive'>, release: () => void): void
}

export function createStuck(): Stuck {
  const counts = new Map<string, number>()
  const countOf = (module: string): number => counts.get(module) ?? 0
  return {
    refusalOf: (module) => (countOf(module) >= STUCK_LIMIT ? REFUSAL : undefined),
    add: (module, { exited, isAlive }, release) => {
      if (!isAlive()) return
      release()
      counts.set(module, countOf(module) + 1)
      void exited.then(() => counts.set(module, countOf(module) - 1))
    },
  }
}
