/** PostgreSQL's numbers: reading them from text, writing them, turning one kind into another. Not for arithmetic, which targets have none of. */
import type { Decimal } from './value.ts'
import { ValueError } from './value.ts'

/** Powers of ten a text may ask for: enough for every measure, and 10^n stays cheap. */
const EXPONENT_LIMIT = 400
const INTEGER =
  /^[ \t\n\v\f\r]*([-+]?)(0[xX](?:_?[0-9a-fA-F])+|0[oO](?:_?[0-7])+|0[bB](?:_?[01])+|\d+(?:_\d+)*)[ \t\n\v\f\r]*$/
const NUMERIC =
  /^[ \t\n\v\f\r]*([-+]?)(\d+(?:_\d+)*)?(?:\.(\d+(?:_\d+)*)?)?(?:[eE]([-+]?\d{1,6}))?[ \t\n\v\f\r]*$/
const FLOAT = /^[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?$/
const FLOAT_WORD = /^([-+]?)(nan|inf|infinity)$/i

export const INT4_LIMIT = 2n ** 31n
export const INT8_LIMIT = 2n ** 63n

/** @throws ValueError outside [-limit, limit - 1]. */
export function inRange(value: bigint, limit: bigint): bigint {
  if (value >= limit || value < -limit) {
    const type = limit === INT4_LIMIT ? 'integer' : 'bigint'
    throw new ValueError(`${clipped(value.toString())} is out of range for type ${type}`)
  }
  return value
}

/** int4 or int8 as PostgreSQL 16 reads them. @throws ValueError */
export function parseInteger(text: string, limit: bigint): bigint {
  const [, sign, digits] = INTEGER.exec(text) ?? []
  if (digits === undefined) throw syntaxError(text, limit === INT4_LIMIT ? 'integer' : 'bigint')
  const magnitude = BigInt(digits.replaceAll('_', ''))
  return inRange(sign === '-' ? -magnitude : magnitude, limit)
}

/** numeric, without NaN and infinities. @throws ValueError */
export function parseDecimal(text: string): Decimal {
  const match = NUMERIC.exec(text)
  const [, sign, whole = '', fraction = '', exponent = '0'] = match ?? []
  if (match === null || whole + fraction === '') throw syntaxError(text, 'numeric')
  const shift = Number(exponent)
  if (Math.abs(shift) > EXPONENT_LIMIT) throw new ValueError(`exponent ${exponent} is too large`)
  const decimals = fraction.replaceAll('_', '')
  const magnitude = BigInt(whole.replaceAll('_', '') + decimals)
  const digits = sign === '-' ? -magnitude : magnitude
  const scale = decimals.length - shift
  if (scale >= 0) return { kind: 'decimal', digits, scale }
  return { kind: 'decimal', digits: digits * 10n ** BigInt(-scale), scale: 0 }
}

/** @throws ValueError */
export function parseFloat8(text: string): number {
  const trimmed = text.replace(/^[ \t\n\v\f\r]+|[ \t\n\v\f\r]+$/g, '')
  const [, sign, word] = FLOAT_WORD.exec(trimmed) ?? []
  if (word !== undefined) {
    if (word.toLowerCase() === 'nan') return NaN
    return sign === '-' ? -Infinity : Infinity
  }
  if (!FLOAT.test(trimmed)) throw syntaxError(text, 'double precision')
  const number = Number(trimmed)
  const vanished = number === 0 && /[1-9]/.test(trimmed.replace(/[eE].*/, ''))
  if (!Number.isFinite(number) || vanished) {
    throw new ValueError(`${quoted(text)} is out of range for type double precision`)
  }
  return number
}

/** The digits PostgreSQL prints: scale is kept, so 1.50 stays 1.50. */
export function decimalText({ digits, scale }: Decimal): string {
  if (scale === 0) return digits.toString()
  const magnitude = (digits < 0n ? -digits : digits).toString().padStart(scale + 1, '0')
  const sign = digits < 0n ? '-' : ''
  return `${sign}${magnitude.slice(0, -scale)}.${magnitude.slice(-scale)}`
}

/** To the nearest integer, halves away from zero: how numeric becomes an integer. */
export function roundDecimal({ digits, scale }: Decimal): bigint {
  const unit = 10n ** BigInt(scale)
  const half = digits < 0n ? -(unit / 2n) : unit / 2n
  return (digits + half) / unit
}

/** To the nearest integer, halves to even: how float8 becomes an integer. @throws ValueError for NaN and infinities. */
export function roundFloat(value: number, limit: bigint): bigint {
  if (!Number.isFinite(value)) throw new ValueError('value is out of range for an integer')
  const floor = Math.floor(value)
  const rest = value - floor
  const up = rest > 0.5 || (rest === 0.5 && floor % 2 !== 0)
  return inRange(BigInt(up ? floor + 1 : floor), limit)
}

/** A JSON number as jsonb prints it: never with an exponent. */
export function jsonNumberText(value: number): string {
  const text = String(value)
  return text.includes('e') ? decimalText(parseDecimal(text)) : text
}

/** PostgreSQL's wording for text that is no value of a type. */
export const syntaxError = (text: string, type: string): ValueError =>
  new ValueError(`invalid input syntax for type ${type}: ${quoted(text)}`)

const quoted = (text: string): string => JSON.stringify(clipped(text))
const clipped = (text: string): string => (text.length > 40 ? `${text.slice(0, 40)}...` : text)
