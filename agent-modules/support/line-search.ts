/** Asks of one file, chunk by chunk, whether some line or every line matches. Lines have any length; they are those of Go's bufio.ScanLines. */
import { MATCHED, START, type LineAutomaton } from './line-automaton.ts'
import { LiteralHits } from './literal-hits.ts'

const NEWLINE = 0x0a

export interface LineSearchInit {
  readonly quantifier: 'some' | 'every'
  /** One of these occurs in every line that matches; empty when unknown. */
  readonly literals: readonly Buffer[]
}

export class LineSearch {
  readonly #automaton: LineAutomaton
  readonly #init: LineSearchInit
  /** Where the automaton stands in a line that the last chunk left unfinished. */
  #state = START
  /** The unfinished line already matched. */
  #lineDone = false
  /** Undefined while more of the file could change it. */
  verdict: boolean | undefined

  constructor(automaton: LineAutomaton, init: LineSearchInit) {
    this.#automaton = automaton
    this.#init = init
  }

  /** Takes the next bytes of the file; `isLast` when none follow. */
  feed(chunk: Buffer, isLast: boolean): void {
    if (this.verdict !== undefined) return
    if (this.#init.quantifier === 'every') this.#feedEvery(chunk)
    else this.#feedSome(chunk, isLast)
    if (isLast) this.verdict ??= this.#verdictAtEnd()
  }

  #verdictAtEnd(): boolean {
    const isOpen = this.#state !== START && !this.#lineDone
    if (this.#init.quantifier === 'some') return isOpen && this.#automaton.endsMatching(this.#state)
    return !isOpen || this.#automaton.endsMatching(this.#state)
  }

  /** Each line must match before its newline. */
  #feedEvery(chunk: Buffer): void {
    let from = 0
    while (from < chunk.length) {
      const newline = chunk.indexOf(NEWLINE, from)
      const to = newline < 0 ? chunk.length : newline + 1
      if (!this.#lineDone) {
        this.#state = this.#automaton.run(chunk, { from, to }, this.#state)
        this.#lineDone = this.#state === MATCHED
      }
      if (newline >= 0 && !this.#lineDone) {
        this.verdict = false
        return
      }
      if (newline >= 0) this.#beginLine()
      from = to
    }
  }

  #beginLine(): void {
    this.#state = START
    this.#lineDone = false
  }

  #feedSome(chunk: Buffer, isLast: boolean): void {
    if (this.#init.literals.length === 0) {
      this.#run(chunk, 0, chunk.length)
      return
    }
    const from = this.#state === START ? 0 : this.#finishLine(chunk)
    const newline = isLast ? chunk.length - 1 : chunk.lastIndexOf(NEWLINE)
    const to = Math.max(from, newline + 1)
    this.#searchWholeLines(chunk, from, to)
    this.#run(chunk, to, chunk.length)
  }

  /** The rest of the line that the last chunk left unfinished; returns where the next one begins. */
  #finishLine(chunk: Buffer): number {
    const newline = chunk.indexOf(NEWLINE)
    const to = newline < 0 ? chunk.length : newline + 1
    this.#run(chunk, 0, to)
    return to
  }

  /** Only lines that hold a literal can match: finding it is far cheaper than running the automaton. */
  #searchWholeLines(chunk: Buffer, from: number, to: number): void {
    const hits = new LiteralHits(this.#init.literals, chunk)
    let lineStart = from
    while (this.verdict === undefined) {
      const hit = hits.next(lineStart)
      if (hit >= to) return
      const newline = chunk.indexOf(NEWLINE, hit)
      const end = newline < 0 ? to : newline + 1
      lineStart = Math.max(lineStart, chunk.lastIndexOf(NEWLINE, hit) + 1)
      this.#run(chunk, lineStart, end)
      lineStart = end
    }
  }

  #run(chunk: Buffer, from: number, to: number): void {
    if (this.verdict !== undefined || from >= to) return
    this.#state = this.#automaton.run(chunk, { from, to }, this.#state)
    if (this.#state === MATCHED) this.verdict = true
  }
}
