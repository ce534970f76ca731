/** Whether a target means an agent: three-valued logic over its record, as PostgreSQL's WHERE. Not for which peers to tell (facet.ts). */
import { addInterval, between } from './calendar.ts'
import { castValue } from './cast.ts'
import type { Column, Comparison, Expression, ExpressionOf, Kind } from './expression.ts'
import { negated, sum } from './interval.ts'
import { jsonAsText, jsonMember } from './json.ts'
import type { Target } from './parse.ts'
import { isLike, toLower, toUpper } from './pattern.ts'
import type { AgentRecord, JsonValue } from './record.ts'
import type { Value } from './value.ts'
import { ValueError, compareValues } from './value.ts'

/** `null` is PostgreSQL's NULL; an error is what it would raise on this record (`'abc'::int` of a tag). */
export type Outcome = { readonly truth: boolean | null } | { readonly error: string }

/** @param nowMs what NOW() is, in milliseconds since the epoch */
export function evaluate(target: Target, record: AgentRecord, nowMs: number): Outcome {
  const row: Row = { record, now: microsOf(nowMs) }
  try {
    return { truth: truthOf(target.expression, row) }
  } catch (error) {
    if (error instanceof ValueError) return { error: error.message }
    throw error
  }
}

/** Whether WHERE would keep the record: neither NULL nor an error does. */
export function matches(target: Target, record: AgentRecord, nowMs: number): boolean {
  const outcome = evaluate(target, record, nowMs)
  return 'truth' in outcome && outcome.truth === true
}

interface Row {
  readonly record: AgentRecord
  /** Microseconds since the epoch. */
  readonly now: bigint
}

const microsOf = (ms: number): bigint => BigInt(ms) * 1000n

const valueOf = <K extends Kind>(expression: ExpressionOf<K>, row: Row): Value | null =>
  EVALUATORS[expression.kind](expression, row)

/** What each kind of node is worth on a row. */
const EVALUATORS: {
  readonly [K in Kind]: (expression: ExpressionOf<K>, row: Row) => Value | null
} = {
  constant: ({ value }) => value,
  column: ({ column }, { record }) => columnValue(column, record),
  now: (_, { now }) => now,
  member: memberOf,
  cast: ({ operand, type }, row) => {
    const value = valueOf(operand, row)
    return value === null ? null : castValue(value, operand.type, type)
  },
  compare: ({ operator, left: leftSide, right: rightSide }, row) => {
    const left = valueOf(leftSide, row)
    const right = valueOf(rightSide, row)
    return left === null || right === null ? null : holds(operator, compareValues(left, right))
  },
  like: ({ operand, pattern, insensitive }, row) =>
    withTexts(
      operand,
      pattern,
      row,
    )((text, like) => (insensitive ? isLike(toLower(text), toLower(like)) : isLike(text, like))),
  regex: ({ operand, pattern }, row) => withText(operand, row)((text) => pattern.test(text)),
  isNull: ({ operand }, row) => valueOf(operand, row) === null,
  isTruth: ({ operand, truth }, row) => truthOf(operand, row) === truth,
  not: ({ operand }, row) => {
    const truth = truthOf(operand, row)
    return truth === null ? null : !truth
  },
  and: ({ operands }, row) => decide(false, operands, row),
  or: ({ operands }, row) => decide(true, operands, row),
  concat: ({ left, right }, row) => withTexts(left, right, row)((start, end) => start + end),
  add: (expression, row) => shift(expression, row, sumOf),
  subtract: (expression, row) => shift(expression, row, differenceOf),
  lower: ({ operand }, row) => withText(operand, row)(toLower),
  upper: ({ operand }, row) => withText(operand, row)(toUpper),
  length: ({ operand }, row) => withText(operand, row)((text) => BigInt(Array.from(text).length)),
  coalesce: ({ operands }, row) => {
    for (const operand of operands) {
      const value = valueOf(operand, row)
      if (value !== null) return value
    }
    return null
  },
}

/** AND stops at the first false, OR at the first true; otherwise one NULL makes NULL. */
function decide(decisive: boolean, operands: readonly Expression[], row: Row): boolean | null {
  let truth: boolean | null = !decisive
  for (const operand of operands) {
    const next = truthOf(operand, row)
    if (next === decisive) return decisive
    if (next === null) truth = null
  }
  return truth
}

function truthOf(expression: Expression, row: Row): boolean | null {
  const value = valueOf(expression, row)
  if (value !== null && typeof value !== 'boolean') throw mistyped(expression)
  return value
}

function textOf(expression: Expression, row: Row): string | null {
  const value = valueOf(expression, row)
  if (value !== null && typeof value !== 'string') throw mistyped(expression)
  return value
}

type OnText = <T extends Value>(use: (text: string) => T) => T | null
type OnTexts = <T extends Value>(use: (left: string, right: string) => T) => T | null

/** NULL in, NULL out. */
const withText =
  (operand: Expression, row: Row): OnText =>
  (use) => {
    const text = textOf(operand, row)
    return text === null ? null : use(text)
  }

const withTexts =
  (left: Expression, right: Expression, row: Row): OnTexts =>
  (use) => {
    const texts = [textOf(left, row), textOf(right, row)] as const
    return texts[0] === null || texts[1] === null ? null : use(texts[0], texts[1])
  }

function holds(operator: Comparison, order: number): boolean {
  switch (operator) {
    case '=':
      return order === 0
    case '!=':
      return order !== 0
    case '<':
      return order < 0
    case '<=':
      return order <= 0
    case '>':
      return order > 0
    case '>=':
      return order >= 0
  }
}

function columnValue(column: Column, record: AgentRecord): Value | null {
  const value = record[column]
  if (value === null || typeof value === 'string') return value
  if (typeof value === 'number') return column === 'pid' ? BigInt(value) : microsOf(value)
  return { kind: 'json', json: value }
}

function memberOf(expression: ExpressionOf<'member'>, row: Row): Value | null {
  const value = valueOf(expression.operand, row)
  if (value === null) return null
  if (!isKind(value, 'json')) throw mistyped(expression)
  const start: JsonValue | undefined = value.json
  const found = expression.steps.reduce<JsonValue | undefined>(
    (json, step) => (json === undefined ? undefined : jsonMember(json, step)),
    start,
  )
  if (found === undefined) return null
  return expression.type === 'text' ? jsonAsText(found) : { kind: 'json', json: found }
}

function shift(
  expression: ExpressionOf<'add' | 'subtract'>,
  row: Row,
  compute: (left: Value, right: Value) => Value | undefined,
): Value | null {
  const left = valueOf(expression.left, row)
  const right = valueOf(expression.right, row)
  if (left === null || right === null) return null
  const value = compute(left, right)
  if (value === undefined) throw mistyped(expression)
  return value
}

function sumOf(left: Value, right: Value): Value | undefined {
  if (typeof left === 'bigint' && isKind(right, 'interval')) return addInterval(left, right)
  if (typeof right === 'bigint' && isKind(left, 'interval')) return addInterval(right, left)
  if (isKind(left, 'interval') && isKind(right, 'interval')) return sum([left, right])
  return undefined
}

function differenceOf(left: Value, right: Value): Value | undefined {
  if (isKind(right, 'interval')) return sumOf(left, negated(right))
  if (typeof left === 'bigint' && typeof right === 'bigint') return between(right, left)
  return undefined
}

const isKind = <K extends 'json' | 'interval'>(
  value: Value,
  kind: K,
): value is Extract<Value, { kind: K }> => typeof value === 'object' && value.kind === kind

const mistyped = (expression: Expression): TypeError =>
  new TypeError(`a ${expression.kind} was compiled with a wrong type`)
