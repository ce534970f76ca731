/** When a node that was alone knows what its neighbours know, so that it may act. Not for how they compare (sync-exchange.ts). */
import type { Clock } from '../core/ports.ts'
import { SECOND_MS } from '../core/time.ts'

/** Neighbours come one after another: a revocation that only the second one knows must be seen as well. */
const GATHERING_MS = SECOND_MS
/** A neighbour that never finishes a round must not keep a host from answering. */
const LIMIT_MS = 5 * SECOND_MS

export interface CatchUp {
  /**
   * Resolves when every neighbour of the first second, and of the time that their rounds took, has finished a round or failed,
   * and one has finished; or 5 s after the first.
   */
  readonly over: () => Promise<void>
  /** The round with a neighbour that has just come. */
  meet(round: Promise<void>): void
  /** The last neighbour is gone. Whoever still waits goes on to wait for the next. */
  isolate(): void
}

export function createCatchUp(clock: Pick<Clock, 'after'>): CatchUp {
  let gate = createGate()
  let spell: Spell | undefined

  function settle(of: Spell): void {
    if (of === spell && of.hasGathered && of.underWay === 0 && of.isAnyWhole) gate.open()
  }

  /** Begins with the first neighbour. */
  function begin(): Spell {
    const begun = { hasGathered: false, underWay: 0, isAnyWhole: false }
    clock.after(GATHERING_MS, () => {
      begun.hasGathered = true
      settle(begun)
    })
    clock.after(LIMIT_MS, () => {
      if (begun === spell) gate.open()
    })
    return begun
  }

  return {
    over: () => gate.passed,
    meet(round) {
      if (gate.isOpen()) return
      const current = (spell ??= begin())
      current.underWay += 1
      const finish = (isWhole: boolean): void => {
        current.underWay -= 1
        current.isAnyWhole ||= isWhole
        settle(current)
      }
      round.then(
        () => {
          finish(true)
        },
        () => {
          finish(false)
        },
      )
    },
    isolate() {
      spell = undefined
      if (gate.isOpen()) gate = createGate()
    },
  }
}

/** Rounds with the neighbours of one time between being alone and being alone again. */
interface Spell {
  hasGathered: boolean
  underWay: number
  isAnyWhole: boolean
}

interface Gate {
  readonly passed: Promise<void>
  readonly open: () => void
  readonly isOpen: () => boolean
}

function createGate(): Gate {
  const { promise, resolve } = Promise.withResolvers<undefined>()
  let isOpen = false
  return {
    passed: promise,
    isOpen: () => isOpen,
    open() {
      isOpen = true
      resolve(undefined)
    },
  }
}
