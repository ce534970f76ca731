/** The operators and functions of a target by name: the whole list, and what each builds. */
import type { BinaryOperator } from 'pgsql-ast-parser'
import type { Comparison, Expression } from './expression.ts'
import { negation } from './expression.ts'
import type { Operand } from './operators.ts'
import { coalesce, coerce, compare, concat, like, regex, shift } from './operators.ts'
import { ValueError } from './value.ts'

type Build = (left: Operand, right: Operand) => Expression

const BINARY: ReadonlyMap<string, Build> = new Map<string, Build>([
  ...(['=', '!=', '<', '<=', '>', '>='] satisfies Comparison[]).map(comparison),
  ['LIKE', (left, right) => like(left, right, false)],
  ['ILIKE', (left, right) => like(left, right, true)],
  ['NOT LIKE', (left, right) => negation(like(left, right, false))],
  ['NOT ILIKE', (left, right) => negation(like(left, right, true))],
  ...['~', '~*', '!~', '!~*'].map((operator): [string, Build] => [
    operator,
    (left, right) => regex(operator, left, right),
  ]),
  ['||', concat],
  ['+', (left, right) => shift('+', left, right)],
  ['-', (left, right) => shift('-', left, right)],
])

interface SqlFunction {
  /** How many arguments it takes. */
  readonly arity: (count: number) => boolean
  readonly build: (operands: readonly Operand[]) => Expression
}

export const NOW: Expression = { kind: 'now', type: 'timestamptz' }

const FUNCTIONS: ReadonlyMap<string, SqlFunction> = new Map<string, SqlFunction>([
  ['now', { arity: (count) => count === 0, build: () => NOW }],
  ['coalesce', { arity: (count) => count > 0, build: coalesce }],
  ['lower', ofText((operand) => ({ kind: 'lower', type: 'text', operand }))],
  ['upper', ofText((operand) => ({ kind: 'upper', type: 'text', operand }))],
  ['length', ofText((operand) => ({ kind: 'length', type: 'int4', operand }))],
])

export const FUNCTION_NAMES = [...FUNCTIONS.keys()].join(', ')

/** `left operator right`. @throws ValueError for types the operator does not take, and other operators */
export function binary(operator: BinaryOperator, left: Operand, right: Operand): Expression {
  const build = BINARY.get(operator)
  if (build === undefined) throw new ValueError(`operator ${operator} is not supported`)
  return build(left, right)
}

/** @throws ValueError */
export function call(name: string, operands: readonly Operand[]): Expression {
  const known = FUNCTIONS.get(name)
  if (known === undefined) {
    throw new ValueError(`there is no function ${name}; there are: ${FUNCTION_NAMES}`)
  }
  if (!known.arity(operands.length)) {
    throw new ValueError(`${name} does not take ${operands.length} arguments`)
  }
  return known.build(operands)
}

function comparison(operator: Comparison): [string, Build] {
  return [operator, (left, right) => compare(operator, left, right)]
}

function ofText(build: (operand: Expression) => Expression): SqlFunction {
  return {
    arity: (count) => count === 1,
    build: (operands) => {
      const [operand] = operands.map((each) => coerce(each, 'text'))
      if (operand === undefined) throw new ValueError('an argument is missing')
      return build(operand)
    },
  }
}
