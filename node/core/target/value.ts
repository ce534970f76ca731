/** The values a target computes with, PostgreSQL's types in JavaScript's. Not for reading them from text (literal.ts). */
import type { JsonValue } from './record.ts'

/** PostgreSQL's type of an expression. `json` only comes from `jsonb` by a cast: it cannot be compared. */
export type SqlType =
  | 'text'
  | 'int4'
  | 'int8'
  | 'numeric'
  | 'float8'
  | 'bool'
  | 'timestamptz'
  | 'interval'
  | 'jsonb'
  | 'json'

/** `numeric`: digits / 10^scale, exactly. */
export interface Decimal {
  readonly kind: 'decimal'
  readonly digits: bigint
  readonly scale: number
}

/** `interval`, PostgreSQL's three fields: months and days have no fixed length. */
export interface Interval {
  readonly kind: 'interval'
  readonly months: number
  readonly days: number
  readonly micros: bigint
}

/** `jsonb` in a box, because JSON's null is not SQL's NULL. */
export interface Json {
  readonly kind: 'json'
  readonly json: JsonValue
}

/**
 * One step into JSON: `-> 'key'`, `-> 1` (on jsonb a lone scalar counts as an array of one), or an element of a `#>` path,
 * which is a key in an object and an index in an array.
 */
export type JsonStep =
  | { readonly by: 'key'; readonly key: string }
  | { readonly by: 'index'; readonly index: number; readonly scalarIsArray: boolean }
  | { readonly by: 'path'; readonly key: string }

/**
 * text: string; int4, int8: bigint; numeric: Decimal; float8: number; bool: boolean; timestamptz: bigint, microseconds
 * since the epoch; interval: Interval; jsonb, json: Json.
 */
export type Value = string | bigint | Decimal | number | boolean | Interval | Json

/** PostgreSQL raises an error on this value. The parser makes it TARGET_INVALID, the evaluator an outcome. */
export class ValueError extends Error {
  constructor(reason: string) {
    super(reason)
    this.name = 'ValueError'
  }
}

const TYPE_NAMES: ReadonlyMap<SqlType, string> = new Map([
  ['int4', 'integer'],
  ['int8', 'bigint'],
  ['float8', 'double precision'],
  ['bool', 'boolean'],
  ['timestamptz', 'timestamp with time zone'],
])
const MICROS_PER_DAY = 86_400_000_000n

/** Order of two values of one type: negative, zero, positive. Text is ordered by its UTF-8 bytes (collation "C"). */
export function compareValues(left: Value, right: Value): number {
  if (typeof left === 'string' && typeof right === 'string') return compareText(left, right)
  if (typeof left === 'number' && typeof right === 'number') return compareFloats(left, right)
  if (typeof left === 'object' && typeof right === 'object') return compareObjects(left, right)
  return order(left, right)
}

/** PostgreSQL's names for messages. */
export function typeName(type: SqlType): string {
  return TYPE_NAMES.get(type) ?? type
}

function order<T>(left: T, right: T): number {
  if (left === right) return 0
  return left < right ? -1 : 1
}

function compareObjects(left: Decimal | Interval | Json, right: Decimal | Interval | Json): number {
  if (left.kind === 'decimal' && right.kind === 'decimal') {
    const scale = Math.max(left.scale, right.scale)
    return order(rescale(left, scale), rescale(right, scale))
  }
  if (left.kind === 'interval' && right.kind === 'interval') return order(span(left), span(right))
  if (left.kind === 'json' && right.kind === 'json') return sameJson(left.json, right.json) ? 0 : 1
  throw new TypeError('values of two types were compared')
}

const rescale = ({ digits, scale }: Decimal, to: number): bigint =>
  digits * 10n ** BigInt(to - scale)

/** PostgreSQL compares intervals with months of 30 days and days of 24 hours. */
const span = ({ months, days, micros }: Interval): bigint =>
  (BigInt(months) * 30n + BigInt(days)) * MICROS_PER_DAY + micros

/** NaN equals NaN and is above everything, as in PostgreSQL. */
function compareFloats(left: number, right: number): number {
  if (Number.isNaN(left)) return Number.isNaN(right) ? 0 : 1
  return Number.isNaN(right) ? -1 : order(left, right)
}

function compareText(left: string, right: string): number {
  const length = Math.min(left.length, right.length)
  for (let i = 0; i < length; i++) {
    const difference = bytewise(left.charCodeAt(i)) - bytewise(right.charCodeAt(i))
    if (difference !== 0) return difference
  }
  return left.length - right.length
}

/** Puts surrogates above the rest of the basic plane, so that UTF-16 units sort as UTF-8 bytes do. */
function bytewise(unit: number): number {
  if (unit >= 0xe000) return unit - 0x800
  return unit >= 0xd800 ? unit + 0x2000 : unit
}

function sameJson(left: JsonValue, right: JsonValue): boolean {
  if (left === right) return true
  if (typeof left !== 'object' || typeof right !== 'object') return false
  if (left === null || right === null || Array.isArray(left) !== Array.isArray(right)) return false
  const leftEntries = Object.entries(left)
  const rightEntries = new Map<string, JsonValue>(Object.entries(right))
  if (leftEntries.length !== rightEntries.size) return false
  return leftEntries.every(([key, value]) => {
    const other = rightEntries.get(key)
    return other !== undefined && sameJson(value, other)
  })
}
