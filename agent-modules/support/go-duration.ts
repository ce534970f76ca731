/** Reads durations as Go writes them: `1h30m`, `250ms`, `0`. Printing them is go-format.ts. */

const UNIT_MS: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3,
  μs: 1e-3,
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
}
const LENGTH_LIMIT = 64
const PARTS = /([0-9]+(?:\.[0-9]*)?|\.[0-9]+)(ns|us|µs|μs|ms|s|m|h)/g

/** Milliseconds; undefined when it is none, or a negative one. */
export function parseDuration(text: string): number | undefined {
  if (text === '0') return 0
  if (text === '' || text.length > LENGTH_LIMIT || text.replace(PARTS, '') !== '') return undefined
  return [...text.matchAll(PARTS)].reduce(
    (sum, [, value, unit = '']) => sum + Number(value) * (UNIT_MS[unit] ?? 0),
    0,
  )
}
