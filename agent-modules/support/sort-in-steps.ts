/** Sorts what may be very many, in steps short enough to pause between. */

/** Sorted at once; and moved between two moments to pause: a few milliseconds each. */
const STEP_SIZE = 8192

/**
 * The items in order, in a new array; those neither of which is before the other keep theirs. Yields when it can pause.
 * Merges go to and fro between two arrays: one that grows with each would leave behind more memory than a million names.
 */
export function* sortInSteps<T extends object>(
  items: readonly T[],
  isBefore: (a: T, b: T) => boolean,
): Generator<undefined, T[]> {
  let sorted = items.slice()
  for (let from = 0; from < items.length; from += STEP_SIZE) {
    const run = items.slice(from, from + STEP_SIZE)
    run.sort((a, b) => (isBefore(a, b) ? -1 : isBefore(b, a) ? 1 : 0))
    let at = from
    for (const item of run) sorted[at++] = item
    yield undefined
  }
  let merged = sorted.slice()
  for (let length = STEP_SIZE; length < items.length; length *= 2) {
    for (let from = 0; from < items.length; from += 2 * length)
      yield* mergeInto(merged, sorted, { from, length, isBefore })
    ;[sorted, merged] = [merged, sorted]
  }
  return sorted
}

interface Runs<T extends object> {
  /** Where two sorted neighbours of this length begin; the last of all may be shorter. */
  readonly from: number
  readonly length: number
  readonly isBefore: (a: T, b: T) => boolean
}

function* mergeInto<T extends object>(
  merged: T[],
  sorted: readonly T[],
  { from, length, isBefore }: Runs<T>,
): Generator<undefined, void> {
  const middle = Math.min(from + length, sorted.length)
  const end = Math.min(middle + length, sorted.length)
  let left = from
  let right = middle
  for (let at = from; at < end; at += 1) {
    const [first, second] = [sorted[left], sorted[right]]
    const takeRight =
      left >= middle ||
      (right < end && first !== undefined && second !== undefined && isBefore(second, first))
    const next = takeRight ? second : first
    if (next !== undefined) merged[at] = next
    if (takeRight) right += 1
    else left += 1
    if (at % STEP_SIZE === 0) yield undefined
  }
}
