/** A regular expression in Go/RE2 syntax, for names and for lines of files. Not for finding where it matches: only whether. */
import { LineAutomaton } from './line-automaton.ts'
import { LineSearch } from './line-search.ts'
import { compileRe2, programOf } from './re2-program.ts'
import type { RE2JS } from 're2js'

export class Pattern {
  readonly source: string
  readonly #compiled: RE2JS
  readonly #automaton: LineAutomaton
  readonly #literals: readonly Buffer[]

  /** @throws PatternError */
  constructor(source: string) {
    this.source = source
    this.#compiled = compileRe2(source)
    const program = programOf(this.#compiled)
    this.#automaton = new LineAutomaton(program)
    this.#literals = program.literals
  }

  /** Whether it matches somewhere in `text`; `raw` are the bytes where the text is not UTF-8. */
  test(text: string, raw?: Uint8Array): boolean {
    if (raw !== undefined) return this.#compiled.test(raw)
    return this.#automaton.testAscii(text) ?? this.#compiled.test(text)
  }

  /** A search through the lines of one file: is there one that matches, or do all match. */
  searchLines(quantifier: 'some' | 'every'): LineSearch {
    return new LineSearch(this.#automaton, { quantifier, literals: this.#literals })
  }
}
