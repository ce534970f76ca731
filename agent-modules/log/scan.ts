/** Goes through the blocks of one log: whole blocks by expressions, which is fast, and event by event by rules. */
import type { Pace } from '../support/pace.ts'
import type { Range } from '../support/matching-lines.ts'
import type { PatternFilter } from '../support/pattern-filter.ts'
import type { Counting } from './counting.ts'
import type { EventReader, Format } from './formats/format.ts'
import { lineRanges, textOf } from './line-blocks.ts'
import type { Block } from './log-reader.ts'

export class Scan {
  readonly #format: Format
  readonly #counting: Counting
  readonly #pace: Pace
  readonly #reader: EventReader

  constructor(format: Format, counting: Counting, pace: Pace) {
    this.#format = format
    this.#counting = counting
    this.#pace = pace
    this.#reader = format.createReader()
  }

  async feed(block: Block, signal: AbortSignal): Promise<void> {
    for (const { probe, tally } of this.#counting.regexes) {
      for (const range of wantedLines(block.bytes, probe.filter))
        tally.add(this.#format.eventOf(textOf(block.bytes, range), block.modifiedMs))
      if (this.#pace.isDue()) await this.#pace.turn()
    }
    if (this.#counting.hasRules) await this.#readEvents(block, signal)
  }

  /** Events that were not complete when the log ended. */
  end(): void {
    for (const event of this.#reader.end()) this.#counting.addToRules(event)
  }

  async #readEvents({ bytes, modifiedMs }: Block, signal: AbortSignal): Promise<void> {
    for (const range of lineRanges(bytes)) {
      for (const event of this.#reader.add(textOf(bytes, range), modifiedMs))
        this.#counting.addToRules(event)
      if (this.#pace.isDue()) await this.#pace.turn()
      if (signal.aborted) return
    }
  }
}

/** Those that match, or with `!` all others. */
function* wantedLines(block: Buffer, { pattern, inverse }: PatternFilter): Generator<Range, void> {
  if (!inverse) {
    yield* pattern.matchingLines(block)
    return
  }
  const matching = pattern.matchingLines(block)
  let next = matching.next()
  for (const range of lineRanges(block)) {
    const isMatch = next.done !== true && next.value.from === range.from
    if (isMatch) next = matching.next()
    else yield range
  }
}
