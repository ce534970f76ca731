/** `timestamptz` in UTC: reading, writing and moving by an interval. Proleptic Gregorian, microseconds since 1970. */
import { syntaxError } from './decimal.ts'
import type { Interval } from './value.ts'
import { ValueError } from './value.ts'

const MICROS_PER_SECOND = 1_000_000n
const MICROS_PER_DAY = 86_400n * MICROS_PER_SECOND
/** PostgreSQL's range: 4714-11-24 BC up to, not including, the year 294277. */
const FIRST_MICROS = -210_866_803_200_000_000n
const END_MICROS = 9_224_318_016_000_000_000n
const TIMESTAMP =
  /^(\d{4})-(\d{1,2})-(\d{1,2})(?:[T ]\s*(\d{1,2}):(\d{2})(?::(\d{2})(?:\.(\d{1,6}))?)?)?\s*(?:(z|utc|gmt)|([-+])(\d{1,2})(?::?(\d{2}))?)?$/i

interface Civil {
  readonly year: number
  /** 1 to 12. */
  readonly month: number
  readonly day: number
}

/**
 * Reads ISO 8601 as PostgreSQL does in the UTC time zone: a date, an optional time of day, an optional zone. The other
 * forms that PostgreSQL reads (`tomorrow`, `Jan 8 1999`, `infinity`) are refused. @throws ValueError
 */
export function parseTimestamp(text: string): bigint {
  const trimmed = text.trim()
  const match = TIMESTAMP.exec(trimmed)
  if (match === null)
    throw syntaxError(text, 'timestamp with time zone (write 2024-01-31 12:00:00+00)')
  const field = (index: number): number => Number(match[index] ?? 0)
  const civil = { year: field(1), month: field(2), day: field(3) }
  const seconds = field(4) * 3600 + field(5) * 60 + field(6)
  const micros = BigInt((match[7] ?? '').padEnd(6, '0')) + BigInt(seconds) * MICROS_PER_SECOND
  const inDay = field(5) < 60 && field(6) <= 60 && micros <= MICROS_PER_DAY
  const offset = (field(10) * 60 + field(11)) * (match[9] === '-' ? -1 : 1)
  if (!isDate(civil) || !inDay || field(10) > 15 || field(11) > 59) {
    throw new ValueError(`date/time field value out of range: ${JSON.stringify(text)}`)
  }
  const local = BigInt(daysFromCivil(civil)) * MICROS_PER_DAY + micros
  return local - BigInt(offset) * 60n * MICROS_PER_SECOND
}

/** As PostgreSQL prints it in UTC with ISO dates: `2024-01-31 12:00:00.5+00`. */
export function timestampText(micros: bigint): string {
  const { days, rest } = splitDay(micros)
  const { year, month, day } = civilFromDays(days)
  const seconds = Number(rest / MICROS_PER_SECOND)
  const fraction = (rest % MICROS_PER_SECOND).toString().padStart(6, '0').replace(/0+$/, '')
  const two = (value: number): string => String(value).padStart(2, '0')
  const date = `${String(year > 0 ? year : 1 - year).padStart(4, '0')}-${two(month)}-${two(day)}`
  const clock = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60]
  const time = clock.map(two).join(':')
  return `${date} ${time}${fraction === '' ? '' : `.${fraction}`}+00${year > 0 ? '' : ' BC'}`
}

/** Months first (the day is cut to the month's length), then days, then the rest. @throws ValueError out of range. */
export function addInterval(micros: bigint, { months, days, micros: more }: Interval): bigint {
  const moved = months === 0 ? micros : addMonths(micros, months)
  return inRange(inRange(moved + BigInt(days) * MICROS_PER_DAY) + more)
}

/** The days and microseconds from one moment to another, both of the same sign. */
export function between(from: bigint, to: bigint): Interval {
  const difference = to - from
  const days = Number(difference / MICROS_PER_DAY)
  return { kind: 'interval', months: 0, days, micros: difference % MICROS_PER_DAY }
}

function addMonths(micros: bigint, months: number): bigint {
  const { days, rest } = splitDay(micros)
  const { year, month, day } = civilFromDays(days)
  const count = year * 12 + (month - 1) + months
  const moved = { year: Math.floor(count / 12), month: (((count % 12) + 12) % 12) + 1 }
  const cut = { ...moved, day: Math.min(day, daysInMonth(moved)) }
  return inRange(BigInt(daysFromCivil(cut)) * MICROS_PER_DAY + rest)
}

function inRange(micros: bigint): bigint {
  if (micros < FIRST_MICROS || micros >= END_MICROS) throw new ValueError('timestamp out of range')
  return micros
}

function splitDay(micros: bigint): { days: number; rest: bigint } {
  const rest = ((micros % MICROS_PER_DAY) + MICROS_PER_DAY) % MICROS_PER_DAY
  return { days: Number((micros - rest) / MICROS_PER_DAY), rest }
}

const isLeap = (year: number): boolean => (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0

function daysInMonth({ year, month }: Omit<Civil, 'day'>): number {
  if (month === 2) return isLeap(year) ? 29 : 28
  return [4, 6, 9, 11].includes(month) ? 30 : 31
}

const isDate = (civil: Civil): boolean =>
  civil.year >= 1 &&
  civil.month >= 1 &&
  civil.month <= 12 &&
  civil.day >= 1 &&
  civil.day <= daysInMonth(civil)

/** Days since 1970-01-01, counting years from March so that the leap day comes last. */
function daysFromCivil({ year, month, day }: Civil): number {
  const shifted = month > 2 ? year : year - 1
  const monthsFromMarch = (month + 9) % 12
  const dayOfYear = Math.floor((153 * monthsFromMarch + 2) / 5) + day - 1
  const leapDays = Math.floor(shifted / 4) - Math.floor(shifted / 100) + Math.floor(shifted / 400)
  return shifted * 365 + leapDays + dayOfYear - 719_468
}

function civilFromDays(days: number): Civil {
  const fromMarch = days + 719_468
  const era = Math.floor(fromMarch / 146_097)
  const dayOfEra = fromMarch - era * 146_097
  const leapDays =
    Math.floor(dayOfEra / 1460) - Math.floor(dayOfEra / 36_524) + Math.floor(dayOfEra / 146_096)
  const yearOfEra = Math.floor((dayOfEra - leapDays) / 365)
  const dayOfYear =
    dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100))
  const monthsFromMarch = Math.floor((5 * dayOfYear + 2) / 153)
  const day = dayOfYear - Math.floor((153 * monthsFromMarch + 2) / 5) + 1
  const month = monthsFromMarch < 10 ? monthsFromMarch + 3 : monthsFromMarch - 9
  return { year: yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, day }
}
