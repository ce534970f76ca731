/** What a mistyped word may have meant. */

/** Further away than this is another word. */
const DISTANCE_LIMIT = 2

/** The nearest of `words` by edits, when it is near enough and the word is not mostly replaced. */
export function closest(word: string, words: readonly string[]): string | undefined {
  const ranked = words
    .map((each) => ({ each, edits: distance(word, each) }))
    .filter(
      ({ each, edits }) =>
        edits <= DISTANCE_LIMIT && edits < Math.max(each.length, word.length) / 2,
    )
    .toSorted((a, b) => a.edits - b.edits)
  return ranked[0]?.each
}

/** Optimal string alignment distance: insertions, deletions, replacements and swaps of neighbours. */
function distance(from: string, to: string): number {
  let beforeLast: number[] = []
  let last = Array.from({ length: to.length + 1 }, (_, index) => index)
  for (let row = 1; row <= from.length; row += 1) {
    const current = [row]
    for (let column = 1; column <= to.length; column += 1) {
      const isSame = from[row - 1] === to[column - 1]
      const isSwap =
        row > 1 &&
        column > 1 &&
        from[row - 1] === to[column - 2] &&
        from[row - 2] === to[column - 1]
      current[column] = Math.min(
        cell(last, column) + 1,
        cell(current, column - 1) + 1,
        cell(last, column - 1) + (isSame ? 0 : 1),
        isSwap ? cell(beforeLast, column - 2) + 1 : Infinity,
      )
    }
    beforeLast = last
    last = current
  }
  return cell(last, to.length)
}

const cell = (row: readonly number[], column: number): number => row[column] ?? Infinity
