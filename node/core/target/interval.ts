/** PostgreSQL's `interval` from text, in the words people use: `30 days`, `1 hour 30 minutes`, `1 day 02:00:00`, `2 weeks ago`. */
import { syntaxError } from './decimal.ts'
import type { Interval } from './value.ts'
import { ValueError } from './value.ts'

const SECOND = 1_000_000n
const DAY = 86_400n * SECOND

/** Microseconds of a unit whose fractions are exact. */
const EXACT_UNITS: ReadonlyMap<string, bigint> = units([
  [1n, 'us', 'usec', 'usecs', 'usecond', 'useconds', 'microsecond', 'microseconds'],
  [1000n, 'ms', 'msec', 'msecs', 'msecond', 'mseconds', 'millisecond', 'milliseconds'],
  [SECOND, 's', 'sec', 'secs', 'second', 'seconds'],
  [60n * SECOND, 'm', 'min', 'mins', 'minute', 'minutes'],
  [3600n * SECOND, 'h', 'hr', 'hrs', 'hour', 'hours'],
])
const DAY_UNITS: ReadonlyMap<string, bigint> = units([
  [1n, 'd', 'day', 'days'],
  [7n, 'w', 'week', 'weeks'],
])
const MONTH_UNITS: ReadonlyMap<string, bigint> = units([
  [1n, 'mon', 'mons', 'month', 'months'],
  [12n, 'y', 'yr', 'yrs', 'year', 'years'],
])
/** A fraction of a second speaks of all that is smaller, `hh:mm` of all that is smaller than a day. */
const SECOND_UNITS = [SECOND, 1000n, 1n]
const CLOCK_UNITS = [...SECOND_UNITS, 60n * SECOND, 3600n * SECOND]
const FIELD =
  /\s*(?:([-+]?)(\d{1,2}):(\d{2})(?::(\d{2})(?:\.(\d{1,6}))?)?(?![\d:.])|([-+]?)(\d{1,9})(?:\.(\d{1,6}))?\s*([a-z]+))(?=\s|[-+\d]|$)/y

/**
 * A sequence of `number unit`, at most one `[-]hh:mm[:ss[.ffffff]]`, `ago` at the end; a bare number is seconds. Months and
 * years take no fractions. The other forms that PostgreSQL reads (`P1DT2H`, `1-2`, `@ 1 day`) are refused. @throws ValueError
 */
export function parseInterval(text: string): Interval {
  const lower = text.trim().toLowerCase()
  const bare = /^[-+]?\d{1,9}(?:\.\d{1,6})?$/.test(lower)
  const ago = /(?<=[a-z0-9]\s+)ago$/.test(lower)
  const body = bare ? `${lower} seconds` : lower.replace(/\s+ago$/, '')
  const total = sum(readFields(body, text))
  return ago ? negated(total) : total
}

export const negated = ({ months, days, micros }: Interval): Interval => ({
  kind: 'interval',
  months: -months || 0,
  days: -days || 0,
  micros: -micros,
})

/** Field by field, as PostgreSQL adds intervals. @throws ValueError out of range. */
export function sum(intervals: readonly Interval[]): Interval {
  const total = intervals.reduce(
    (left, right) =>
      interval(left.months + right.months, left.days + right.days, left.micros + right.micros),
    interval(0, 0, 0n),
  )
  const fits = Math.abs(total.months) < 2 ** 31 && Math.abs(total.days) < 2 ** 31
  if (!fits || total.micros >= 2n ** 63n || total.micros < -(2n ** 63n)) {
    throw new ValueError('interval out of range')
  }
  return total
}

function readFields(body: string, text: string): readonly Interval[] {
  const fields: Interval[] = []
  const seen = new Set<bigint>()
  for (FIELD.lastIndex = 0; FIELD.lastIndex < body.length;) {
    const match = FIELD.exec(body)
    if (match === null) throw syntaxError(text, 'interval')
    const { units, value } = readField(match, text)
    if (units.some((unit) => seen.has(unit))) throw syntaxError(text, 'interval')
    for (const unit of units) seen.add(unit)
    fields.push(value)
  }
  if (fields.length === 0) throw syntaxError(text, 'interval')
  return fields
}

interface Field {
  /** Which units it speaks of: two fields of one unit are refused. */
  readonly units: readonly bigint[]
  readonly value: Interval
}

function readField(match: RegExpExecArray, text: string): Field {
  const [, , hours] = match
  if (hours !== undefined) return readClock(match, text)
  const [sign, digits = '', fraction = '', unit = ''] = match.slice(6)
  const value = measure(BigInt(digits), fraction, unit)
  if (value === undefined) throw syntaxError(text, 'interval')
  return { units: unitsOf(unit, fraction), value: sign === '-' ? negated(value) : value }
}

function readClock(match: RegExpExecArray, text: string): Field {
  const [, sign, hours = '', minutes = '', seconds = '0', fraction = ''] = match
  if (Number(minutes) > 59 || Number(seconds) > 59) throw syntaxError(text, 'interval')
  const whole = BigInt(hours) * 3600n + BigInt(minutes) * 60n + BigInt(seconds)
  const value = interval(0, 0, whole * SECOND + BigInt(fraction.padEnd(6, '0')))
  return { units: CLOCK_UNITS, value: sign === '-' ? negated(value) : value }
}

/** The interval of so many units, `undefined` for a unit or fraction that is not supported. */
function measure(whole: bigint, fraction: string, unit: string): Interval | undefined {
  const parts = BigInt(fraction.padEnd(6, '0'))
  const exact = EXACT_UNITS.get(unit)
  if (exact !== undefined) {
    const rest = parts * exact
    return rest % SECOND === 0n ? interval(0, 0, whole * exact + rest / SECOND) : undefined
  }
  const days = DAY_UNITS.get(unit)
  if (days !== undefined) {
    const spilt = parts * days
    return interval(0, Number(whole * days + spilt / SECOND), ((spilt % SECOND) * DAY) / SECOND)
  }
  const months = MONTH_UNITS.get(unit)
  return months === undefined || parts !== 0n ? undefined : interval(Number(whole * months), 0, 0n)
}

/** What tells units apart: microseconds, days above all of those, months above all days. */
function unitsOf(unit: string, fraction: string): readonly bigint[] {
  const exact = EXACT_UNITS.get(unit)
  if (exact === SECOND && fraction !== '') return SECOND_UNITS
  const days = (DAY_UNITS.get(unit) ?? 0n) * DAY
  return [exact ?? (days === 0n ? (MONTH_UNITS.get(unit) ?? 0n) * 30n * DAY : days)]
}

const interval = (months: number, days: number, micros: bigint): Interval => ({
  kind: 'interval',
  months,
  days,
  micros,
})

function units(rows: readonly (readonly [bigint, ...string[]])[]): ReadonlyMap<string, bigint> {
  return new Map(rows.flatMap(([size, ...names]) => names.map((name) => [name, size] as const)))
}
