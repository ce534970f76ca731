/** Finds the lines of a block that match. Not for lines longer than a block: whether there is one that matches is LineSearch's question. */
import { MATCHED, START, type LineAutomaton } from './line-automaton.ts'
import { LiteralHits } from './literal-hits.ts'

const NEWLINE = 0x0a

/** `[from, to)` of a block. */
export interface Range {
  readonly from: number
  readonly to: number
}

/** The block begins with a line and ends with one, which may lack its newline. One of the literals occurs in every line that matches; none: unknown. */
export function* matchingLines(
  block: Buffer,
  automaton: LineAutomaton,
  literals: readonly Buffer[],
): Generator<Range, void> {
  const hits = literals.length === 0 ? undefined : new LiteralHits(literals, block)
  for (let from = 0; from < block.length;) {
    const hit = hits?.next(from)
    if (hit === Infinity) return
    const line = hit === undefined ? undefined : lineAround(block, hit)
    // Without a literal to look for, the automaton runs on from line to line until one matches.
    const range = { from: line?.from ?? from, to: line === undefined ? block.length : line.to + 1 }
    const found = firstIn(block, automaton, range)
    if (found !== undefined) yield found
    from = found === undefined || line !== undefined ? range.to : found.to + 1
  }
}

/** The first line in `range` that matches. */
function firstIn(block: Buffer, automaton: LineAutomaton, range: Range): Range | undefined {
  const to = Math.min(range.to, block.length)
  const state = automaton.run(block, { from: range.from, to }, START)
  // A match is noticed at its line's newline at the latest.
  if (state === MATCHED) return lineAround(block, automaton.position - 1)
  const isOpen = block[to - 1] !== NEWLINE
  return isOpen && automaton.endsMatching(state) ? lineAround(block, to - 1) : undefined
}

/** The line that holds this byte, which may be its newline. */
function lineAround(block: Buffer, at: number): Range {
  const newline = block.indexOf(NEWLINE, at)
  // A negative place would count from the end.
  const from = at === 0 ? 0 : block.lastIndexOf(NEWLINE, at - 1) + 1
  return { from, to: newline < 0 ? block.length : newline }
}
