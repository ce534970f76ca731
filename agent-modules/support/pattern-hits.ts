/**
 * Finds all places in a long stream of bytes, as memory is, where a pattern matches within a line. Not for one yes or no (line-search.ts).
 *
 * DEV NOTE. Memory has lines of megabytes, so a pattern with a literal that every match needs is not run over them: only around the places of the
 * literal, from WINDOW bytes before to at least WINDOW behind. A match whose literal lies farther from its ends may be missed; all others are found as if
 * every line was run from its beginning. Without such a literal all bytes are run, and nothing is missed. Offsets named `...At` count from where
 * the stream began, all others from where a piece begins.
 */
import { MATCHED, START, type LineAutomaton } from './line-automaton.ts'
import { LiteralHits } from './literal-hits.ts'

const NEWLINE = 0x0a
/** As far as MIG's own buffer let it see. */
export const WINDOW = 4096

/** What comes next of a stream. */
export interface Piece {
  /** Before `fresh` stands again what came last: 8 KiB, or all since the stream began. */
  readonly bytes: Buffer
  readonly fresh: number
}

/** Takes the last byte of a match, or the one behind it; ascending. Returns the offset before which no further hit is of interest. */
export type HitListener = (offset: number) => number

export class PatternHits {
  readonly #automaton: LineAutomaton
  readonly #literals: readonly Buffer[]
  /** A literal that begins before a piece ends at most so many bytes before it. */
  readonly #overlap: number
  #state = START
  /** How much of the stream came. */
  #fedAt = 0
  /** The automaton stands here; it did not run over all before it. */
  #ranAt = 0
  /** The automaton is to run up to here. */
  #wantedAt = 0

  /** `literals`: one of these occurs in every match; empty when unknown. */
  constructor(automaton: LineAutomaton, literals: readonly Buffer[]) {
    this.#automaton = automaton
    this.#literals = literals
    this.#overlap = Math.max(0, ...literals.map(({ length }) => length - 1))
  }

  feed({ bytes, fresh }: Piece, hit: HitListener): void {
    const baseAt = this.#fedAt - fresh
    this.#fedAt += bytes.length - fresh
    if (this.#literals.length === 0) this.#wantedAt = this.#fedAt
    this.#run(bytes, baseAt, hit)
    if (this.#literals.length === 0) return
    const places = new LiteralHits(this.#literals, bytes)
    let place = places.next(Math.max(0, fresh - this.#overlap))
    while (place < bytes.length) {
      this.#moveTo(place, bytes, baseAt)
      this.#run(bytes, baseAt, hit)
      // What begins in the first half has half of the run behind it.
      place = places.next(place + WINDOW)
    }
  }

  /** Nothing follows what came: whether the unfinished line matches. What is fed next begins anew. */
  end(): boolean {
    const isOpen = this.#ranAt === this.#fedAt && this.#state !== START
    const matches = isOpen && this.#automaton.endsMatching(this.#state)
    this.#state = START
    this.#fedAt = this.#ranAt = this.#wantedAt = 0
    return matches
  }

  /** Stands where a match with a literal at `place` may begin; stays where that has been run over already. */
  #moveTo(place: number, bytes: Buffer, baseAt: number): void {
    this.#wantedAt = baseAt + place + 2 * WINDOW
    const ran = this.#ranAt - baseAt
    const earliest = Math.max(0, place - WINDOW)
    if (ran >= earliest) return
    const lineStart = earliest + bytes.subarray(earliest, place).lastIndexOf(NEWLINE) + 1
    this.#ranAt = baseAt + lineStart
    this.#state = this.#stateBefore(lineStart, bytes)
  }

  /** Runs up to where it is to run, or the piece ends. */
  #run(bytes: Buffer, baseAt: number, hit: HitListener): void {
    const to = Math.min(bytes.length, this.#wantedAt - baseAt)
    let from = this.#ranAt - baseAt
    let again = -1
    while (from < to) {
      this.#state = this.#automaton.run(bytes, { from, to }, this.#state)
      from = this.#automaton.position
      if (this.#state !== MATCHED) break
      const last = from - 1
      hit(last)
      // The byte at which a match was noticed may be the first of another one: it is taken twice, but not thrice.
      if (last !== again && bytes[last] !== NEWLINE) from = again = last
      this.#state = this.#stateBefore(from, bytes)
    }
    this.#ranAt = Math.max(this.#ranAt, baseAt + from)
  }

  #stateBefore(offset: number, bytes: Buffer): number {
    return this.#automaton.stateBehind(offset === 0 ? NEWLINE : (bytes[offset - 1] ?? NEWLINE))
  }
}
