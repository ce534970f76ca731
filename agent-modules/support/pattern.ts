/** A regular expression in Go/RE2 syntax, for names and for lines of files. Not for finding where in a line it matches: only whether. */
import { isAscii } from 'node:buffer'
import { LineAutomaton } from './line-automaton.ts'
import { matchingLines, type Range } from './matching-lines.ts'
import { LineSearch } from './line-search.ts'
import { PatternHits } from './pattern-hits.ts'
import { compileRe2, programOf } from './re2-program.ts'
import type { RE2JS } from 're2js'

export class Pattern {
  readonly source: string
  readonly #compiled: RE2JS
  readonly #automaton: LineAutomaton
  readonly #literals: readonly Buffer[]
  /** The same as text, to test names; empty when some is not ASCII, and may be cut within a character. */
  readonly #words: readonly string[]

  /** @throws PatternError */
  constructor(source: string) {
    this.source = source
    this.#compiled = compileRe2(source)
    const program = programOf(this.#compiled)
    this.#automaton = new LineAutomaton(program)
    this.#literals = program.literals
    this.#words = program.literals.every((literal) => isAscii(literal))
      ? program.literals.map(String)
      : []
  }

  /** Whether it matches somewhere in `text`; `raw` are the bytes where the text is not UTF-8. */
  test(text: string, raw?: Uint8Array): boolean {
    if (raw !== undefined) return this.#compiled.test(raw)
    if (!this.#mayMatch(text)) return false
    return this.#automaton.testAscii(text) ?? this.#compiled.test(text)
  }

  /** Nearly all names lack the literal that they need: cheaper to see than to run the automaton. */
  #mayMatch(text: string): boolean {
    for (const word of this.#words) if (text.includes(word)) return true
    return this.#words.length === 0
  }

  /** True when no line of these bytes can match: a literal that each match needs is not there. Never says so of a pattern without one. */
  cannotMatchIn(bytes: Buffer): boolean {
    for (const literal of this.#literals) if (bytes.includes(literal)) return false
    return this.#literals.length > 0
  }

  /** A search through the lines of one file: is there one that matches, or do all match. */
  searchLines(quantifier: 'some' | 'every'): LineSearch {
    return new LineSearch(this.#automaton, { quantifier, literals: this.#literals })
  }

  /** The lines of a block of whole lines that match, in order, without their newlines. */
  matchingLines(block: Buffer): Generator<Range, void> {
    return matchingLines(block, this.#automaton, this.#literals)
  }

  /** All places in one stream where it matches. Only one of a pattern at a time: they share its automaton. */
  findAll(): PatternHits {
    return new PatternHits(this.#automaton, this.#literals)
  }
}
