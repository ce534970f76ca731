/** Casts: which PostgreSQL types become which, and how. Not for when one is put in (compile.ts). */
import { parseTimestamp, timestampText } from './calendar.ts'
import {
  INT4_LIMIT,
  INT8_LIMIT,
  decimalText,
  inRange,
  parseDecimal,
  parseFloat8,
  parseInteger,
  roundDecimal,
  roundFloat,
  syntaxError,
} from './decimal.ts'
import { parseInterval } from './interval.ts'
import { jsonText, parseJson } from './json.ts'
import type { SqlType, Value } from './value.ts'

/** The names people write after `::`, in PostgreSQL's spellings. */
export const TYPE_SPELLINGS: ReadonlyMap<string, SqlType> = new Map<string, SqlType>([
  ['text', 'text'],
  ['varchar', 'text'],
  ['character varying', 'text'],
  ['int', 'int4'],
  ['integer', 'int4'],
  ['int4', 'int4'],
  ['bigint', 'int8'],
  ['int8', 'int8'],
  ['numeric', 'numeric'],
  ['decimal', 'numeric'],
  ['float', 'float8'],
  ['float8', 'float8'],
  ['double precision', 'float8'],
  ['bool', 'bool'],
  ['boolean', 'bool'],
  ['timestamptz', 'timestamptz'],
  ['timestamp with time zone', 'timestamptz'],
  ['interval', 'interval'],
  ['json', 'json'],
  ['jsonb', 'jsonb'],
])

/**
 * What PostgreSQL casts and is left out: float8, interval and bool to numeric or text where the digits depend on settings,
 * jsonb to numbers and booleans (`->>` first), text that is not a literal to jsonb, json from a literal.
 */
const CASTS: ReadonlySet<string> = new Set([
  ...['int4', 'int8', 'numeric', 'float8', 'bool', 'timestamptz', 'interval'].map(
    (to) => `text ${to}`,
  ),
  ...['int8', 'numeric', 'float8', 'text', 'bool'].map((to) => `int4 ${to}`),
  ...['int4', 'numeric', 'float8', 'text'].map((to) => `int8 ${to}`),
  ...['int4', 'int8', 'float8', 'text'].map((to) => `numeric ${to}`),
  ...['int4', 'int8'].map((to) => `float8 ${to}`),
  ...['int4', 'text'].map((to) => `bool ${to}`),
  'timestamptz text',
  'jsonb text',
  'jsonb json',
  'json text',
  'json jsonb',
])
const BOOLEAN_WORDS = ['true', 'false', 'yes', 'no', 'on', 'off', '1', '0']
const TRUE_WORDS: ReadonlySet<string> = new Set(['true', 'yes', 'on', '1'])

export const canCast = (from: SqlType, to: SqlType): boolean =>
  from === to || CASTS.has(`${from} ${to}`)

/** @throws ValueError when PostgreSQL would raise one on this value */
export function castValue(value: Value, from: SqlType, to: SqlType): Value {
  if (to === 'text') return textOf(value, from)
  if (typeof value === 'string') return readValue(value, to)
  if (typeof value === 'bigint') return fromInteger(value, to)
  if (typeof value === 'number') return roundFloat(value, integerLimit(to))
  if (typeof value === 'boolean') return value ? 1n : 0n
  if (value.kind !== 'decimal') return value
  if (to === 'float8') return parseFloat8(decimalText(value))
  return inRange(roundDecimal(value), integerLimit(to))
}

const integerLimit = (type: SqlType): bigint => (type === 'int4' ? INT4_LIMIT : INT8_LIMIT)

/** A literal, or text at run time, as a value of a type. @throws ValueError */
export function readValue(text: string, type: SqlType): Value {
  switch (type) {
    case 'text':
      return text
    case 'int4':
      return parseInteger(text, INT4_LIMIT)
    case 'int8':
      return parseInteger(text, INT8_LIMIT)
    case 'numeric':
      return parseDecimal(text)
    case 'float8':
      return parseFloat8(text)
    case 'bool':
      return parseBoolean(text)
    case 'timestamptz':
      return parseTimestamp(text)
    case 'interval':
      return parseInterval(text)
    case 'jsonb':
    case 'json':
      return parseJson(text)
  }
}

function fromInteger(value: bigint, to: SqlType): Value {
  if (to === 'bool') return value !== 0n
  if (to === 'numeric') return { kind: 'decimal', digits: value, scale: 0 }
  return to === 'float8' ? Number(value) : inRange(value, integerLimit(to))
}

function textOf(value: Value, from: SqlType): string {
  if (typeof value === 'bigint' && from === 'timestamptz') return timestampText(value)
  if (typeof value !== 'object') return String(value)
  if (value.kind === 'decimal') return decimalText(value)
  if (value.kind === 'json') return jsonText(value.json)
  throw new TypeError(`a cast from ${from} to text was let through`)
}

/** Any beginning of true, false, yes, no, on, off that fits one of them only; 1 and 0. */
function parseBoolean(text: string): boolean {
  const word = text.replace(/^[ \t\n\v\f\r]+|[ \t\n\v\f\r]+$/g, '').toLowerCase()
  const fitting = word === '' ? [] : BOOLEAN_WORDS.filter((candidate) => candidate.startsWith(word))
  const [only, other] = fitting
  if (only === undefined || other !== undefined) throw syntaxError(text, 'boolean')
  return TRUE_WORDS.has(only)
}
