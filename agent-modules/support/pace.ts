/** Keeps a long synchronous run polite: gives the event loop a turn every few milliseconds, so that an abort is heard. */
import { setImmediate as nextTurn } from 'node:timers/promises'

/** A module stops within 100 ms of an abort; one turn in 20 leaves room for the slowest single step. */
const TURN_EVERY_MS = 20

export class Pace {
  #lastTurnMs = performance.now()

  /** True when it is time to `await turn()`. */
  isDue(): boolean {
    return performance.now() - this.#lastTurnMs >= TURN_EVERY_MS
  }

  async turn(): Promise<void> {
    await nextTurn()
    this.#lastTurnMs = performance.now()
  }
}
