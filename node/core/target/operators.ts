/** Which types an operator takes and what it becomes, by PostgreSQL's rules for untyped literals. Not for the grammar (compile.ts). */
import { canCast, castValue, readValue } from './cast.ts'
import type { Comparison, Expression } from './expression.ts'
import { every, negation, some } from './expression.ts'
import { sum } from './interval.ts'
import { checkLike } from './pattern.ts'
import { compileRegex } from './regex.ts'
import type { SqlType } from './value.ts'
import { ValueError, typeName } from './value.ts'

/** A piece of a target: typed, or a literal that takes its type from what it stands beside (`null` is NULL). */
export type Operand = { readonly position: number } & (
  | { readonly kind: 'typed'; readonly expression: Expression }
  | { readonly kind: 'literal'; readonly text: string | null }
)

/** Something PostgreSQL or this language refuses, at an operand of its own rather than at the operator. */
export class OperandError extends ValueError {
  readonly position: number
  constructor(position: number, reason: string) {
    super(reason)
    this.name = 'OperandError'
    this.position = position
  }
}

/** Weakest first: PostgreSQL raises both sides to the stronger one. */
const NUMBERS: readonly SqlType[] = ['int4', 'int8', 'numeric', 'float8']

/** The operand as this type. @throws ValueError when it cannot be. */
export function coerce(operand: Operand, type: SqlType): Expression {
  if (operand.kind === 'literal') return literal(operand, type)
  const { expression } = operand
  if (expression.type === type) return expression
  const isRaised = NUMBERS.includes(type) && NUMBERS.indexOf(expression.type) >= 0
  if (isRaised) return cast(expression, type)
  throw new OperandError(
    operand.position,
    `${typeName(expression.type)} where ${typeName(type)} is needed`,
  )
}

/** `operand::type`. @throws ValueError */
export function explicitCast(operand: Operand, type: SqlType): Expression {
  if (operand.kind === 'literal') {
    if (type === 'json') throw new ValueError('a literal cannot be json, use ::jsonb')
    return literal(operand, type)
  }
  const { expression } = operand
  if (canCast(expression.type, type)) return cast(expression, type)
  const hint = expression.type === 'jsonb' ? ', use ->> or #>> to get text first' : ''
  throw new ValueError(`cannot cast ${typeName(expression.type)} to ${typeName(type)}${hint}`)
}

/** @throws ValueError */
export function compare(operator: Comparison, left: Operand, right: Operand): Expression {
  return compareAs(operator, commonType([left, right], operator), [left, right])
}

/** `operand IN (items)`, written out. @throws ValueError */
export function isIn(operand: Operand, items: readonly Operand[]): Expression {
  const type = commonType([operand, ...items], '=')
  return some(items.map((item) => compareAs('=', type, [operand, item])))
}

/** @throws ValueError */
export const isBetween = (operand: Operand, low: Operand, high: Operand): Expression =>
  every([compare('>=', operand, low), compare('<=', operand, high)])

/** @throws ValueError */
export function like(operand: Operand, pattern: Operand, insensitive: boolean): Expression {
  const expression = coerce(pattern, 'text')
  const source = expression.kind === 'constant' ? expression.value : null
  if (typeof source === 'string') {
    atOperand(pattern, () => {
      checkLike(source)
    })
  }
  return {
    kind: 'like',
    type: 'bool',
    operand: coerce(operand, 'text'),
    pattern: expression,
    insensitive,
  }
}

/** `~`, `~*`, `!~`, `!~*`. The pattern is a literal, so that a bad one is known when the target is composed. @throws ValueError */
export function regex(operator: string, operand: Operand, pattern: Operand): Expression {
  const text = coerce(operand, 'text')
  const source = coerce(pattern, 'text')
  if (source.kind !== 'constant') {
    throw new OperandError(
      pattern.position,
      'a regular expression must be written as text in quotes',
    )
  }
  const { value } = source
  if (typeof value !== 'string') return { kind: 'constant', type: 'bool', value: null }
  const compiled = atOperand(pattern, () => compileRegex(value, operator.endsWith('*')))
  const found: Expression = { kind: 'regex', type: 'bool', operand: text, pattern: compiled }
  return operator.startsWith('!') ? negation(found) : found
}

/** Of any type; a bare literal is text. @throws ValueError */
export const isNull = (operand: Operand): Expression => ({
  kind: 'isNull',
  type: 'bool',
  operand: coerce(operand, typeOf(operand) ?? 'text'),
})

/** `IS TRUE` and `IS FALSE`, which are never NULL. @throws ValueError */
export const isTruth = (operand: Operand, truth: boolean): Expression => ({
  kind: 'isTruth',
  type: 'bool',
  operand: coerce(operand, 'bool'),
  truth,
})

/** @throws ValueError */
export function concat(left: Operand, right: Operand): Expression {
  return { kind: 'concat', type: 'text', left: coerce(left, 'text'), right: coerce(right, 'text') }
}

/** `+` and `-` on times and intervals. @throws ValueError */
export function shift(operator: '+' | '-', left: Operand, right: Operand): Expression {
  const [from, to] = shiftTypes(operator, typeOf(left), typeOf(right))
  const kind = operator === '+' ? 'add' : 'subtract'
  const isDistance = operator === '-' && to === 'timestamptz'
  const isTime = from === 'timestamptz' || to === 'timestamptz'
  const type = isTime && !isDistance ? 'timestamptz' : 'interval'
  return { kind, type, left: coerce(left, from), right: coerce(right, to) }
}

/** `- interval`: numbers carry their sign in the literal. @throws ValueError */
export function negative(operand: Operand): Expression {
  if (typeOf(operand) !== 'interval') throw new ValueError('- before a value is only for intervals')
  const left: Expression = { kind: 'constant', type: 'interval', value: sum([]) }
  return { kind: 'subtract', type: 'interval', left, right: coerce(operand, 'interval') }
}

/** @throws ValueError */
export function coalesce(operands: readonly Operand[]): Expression {
  const type = commonType(operands, 'coalesce')
  return { kind: 'coalesce', type, operands: operands.map((operand) => coerce(operand, type)) }
}

export const typeOf = (operand: Operand): SqlType | undefined =>
  operand.kind === 'typed' ? operand.expression.type : undefined

/** What literals beside typed operands become: the others' type, the strongest of numbers, text among themselves. */
function commonType(operands: readonly Operand[], operator: string): SqlType {
  const types = operands.map(typeOf).filter((type) => type !== undefined)
  const [first = 'text'] = types
  if (types.every((type) => type === first)) return first
  if (types.every((type) => NUMBERS.includes(type))) {
    return NUMBERS[Math.max(...types.map((type) => NUMBERS.indexOf(type)))] ?? first
  }
  const other = types.find((type) => type !== first) ?? first
  throw new ValueError(
    `no operator ${operator} takes ${typeName(first)} and ${typeName(other)}, cast one of them`,
  )
}

function compareAs(
  operator: Comparison,
  type: SqlType,
  [left, right]: readonly [Operand, Operand],
): Expression {
  if (type === 'json') throw new ValueError('json cannot be compared, use ->> or ::jsonb')
  if (type === 'jsonb' && operator !== '=' && operator !== '!=') {
    throw new ValueError(`jsonb has only = and <> here, use ->> for ${operator}`)
  }
  return {
    kind: 'compare',
    type: 'bool',
    operator,
    left: coerce(left, type),
    right: coerce(right, type),
  }
}

/** A literal beside a time is a time for `-` and an interval for `+`; beside an interval it is an interval. */
function shiftTypes(
  operator: '+' | '-',
  left: SqlType | undefined,
  right: SqlType | undefined,
): readonly [SqlType, SqlType] {
  const beside = (other: SqlType | undefined): SqlType | undefined =>
    other === 'timestamptz' && operator === '+' ? 'interval' : other
  const from = left ?? beside(right)
  const to = right ?? beside(left)
  const times = [from, to].filter((type) => type === 'timestamptz').length
  const known = [from, to].every((type) => type === 'timestamptz' || type === 'interval')
  const fits = operator === '+' ? times < 2 : !(from === 'interval' && to === 'timestamptz')
  if (from === undefined || to === undefined || !known || !fits) {
    throw new ValueError(`${operator} is only for times and intervals`)
  }
  return [from, to]
}

/** A cast of a constant is done here, as PostgreSQL does it when it plans. */
function cast(operand: Expression, type: SqlType): Expression {
  if (operand.type === type) return operand
  if (operand.kind !== 'constant') return { kind: 'cast', type, operand }
  const value = operand.value === null ? null : castValue(operand.value, operand.type, type)
  return { kind: 'constant', type, value }
}

function literal(operand: Operand & { kind: 'literal' }, type: SqlType): Expression {
  const { text } = operand
  const value = text === null ? null : atOperand(operand, () => readValue(text, type))
  return { kind: 'constant', type, value }
}

/** Says of an error which operand it is about. */
function atOperand<T>(operand: Operand, read: () => T): T {
  try {
    return read()
  } catch (error) {
    if (error instanceof ValueError) throw new OperandError(operand.position, error.message)
    throw error
  }
}
