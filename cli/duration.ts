/** Durations as Go spells them (time.ParseDuration), in milliseconds: `300s`, `5m`, `1h30m`, `1.5h`; `d` is added for days. */
import { MeshError } from '../node/core/errors.ts'
import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS } from '../node/core/time.ts'

const UNITS: ReadonlyMap<string, number> = new Map([
  ['ms', 1],
  ['s', SECOND_MS],
  ['m', MINUTE_MS],
  ['h', HOUR_MS],
  ['d', DAY_MS],
])
const PARTS = /(?<count>\d+(?:\.\d+)?)(?<unit>ms|[smhd])/gu
const WHOLE = /^(?:\d+(?:\.\d+)?(?:ms|[smhd]))+$/u

/** @param flag names the flag in the error. @throws MeshError FLAG_INVALID */
export function parseDuration(text: string, flag: string): number {
  if (!WHOLE.test(text)) {
    const reason = `${JSON.stringify(text)} is not a duration such as 300s, 5m or 1h30m`
    throw new MeshError({ code: 'FLAG_INVALID', flag, reason })
  }
  const parts = [...text.matchAll(PARTS)].map(({ groups }) => {
    const { count = '', unit = '' } = groups ?? {}
    return Number(count) * (UNITS.get(unit) ?? Number.NaN)
  })
  return Math.round(parts.reduce((sum, ms) => sum + ms, 0))
}

/** `4m 5s` for people: the two largest units. */
export function formatDuration(ms: number): string {
  const units: readonly (readonly [string, number])[] = [
    ['d', DAY_MS],
    ['h', HOUR_MS],
    ['m', MINUTE_MS],
    ['s', SECOND_MS],
  ]
  let rest = Math.max(0, Math.round(ms / SECOND_MS) * SECOND_MS)
  const words = units.flatMap(([unit, size]) => {
    const count = Math.floor(rest / size)
    rest -= count * size
    return count === 0 ? [] : [`${count}${unit}`]
  })
  return words.slice(0, 2).join(' ') || '0s'
}
