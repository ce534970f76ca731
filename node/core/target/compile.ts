/** From the library's tree to a typed expression: the list of everything a target may contain. All else is refused, by name. */
import type {
  Expr,
  ExprBinary,
  ExprCall,
  ExprCast,
  ExprMember,
  ExprTernary,
  ExprUnary,
} from 'pgsql-ast-parser'
import { TYPE_SPELLINGS } from './cast.ts'
import { INT4_LIMIT, INT8_LIMIT, parseDecimal } from './decimal.ts'
import type { Column, Expression } from './expression.ts'
import { COLUMN_TYPES, every, negation, some } from './expression.ts'
import type { Operand } from './operators.ts'
import {
  OperandError,
  coerce,
  explicitCast,
  isBetween,
  isIn,
  isNull,
  isTruth,
  negative,
  typeOf,
} from './operators.ts'
import { FUNCTION_NAMES, NOW, binary, call } from './vocabulary.ts'
import { parseTextArray } from './json.ts'
import { checkGrouping } from './precedence.ts'
import { DEPTH_LIMIT, invalid } from './scan.ts'
import type { Syntax } from './syntax.ts'
import { operatorAfter, positionOf } from './syntax.ts'
import type { JsonStep, SqlType } from './value.ts'
import { ValueError, typeName } from './value.ts'

/** @throws MeshError TARGET_INVALID */
export function compile(syntax: Syntax): Expression {
  return new Compilation(syntax).condition(syntax.tree, 1)
}

/** One walk over one tree; `depth` is how many levels are above a node, chains of AND and of OR being one level. */
class Compilation {
  readonly #syntax: Syntax

  constructor(syntax: Syntax) {
    this.#syntax = syntax
  }

  /** A node that must be true or false. */
  condition(node: Expr, depth: number): Expression {
    const operand = this.#operand(node, depth)
    const type = typeOf(operand) ?? 'bool'
    return this.#at(node, () => {
      if (type !== 'bool') throw new ValueError(`${typeName(type)} where a condition is needed`)
      return coerce(operand, 'bool')
    })
  }

  #operand(node: Expr, depth: number): Operand {
    const position = positionOf(node)
    if (depth > DEPTH_LIMIT) {
      throw invalid(this.#syntax.text, position, `nested deeper than ${DEPTH_LIMIT}`)
    }
    checkGrouping(this.#syntax, node)
    if (node.type === 'string') return { kind: 'literal', text: node.value, position }
    if (node.type === 'null') return { kind: 'literal', text: null, position }
    return {
      kind: 'typed',
      expression: this.#at(node, () => this.#expression(node, depth)),
      position,
    }
  }

  #expression(node: Expr, depth: number): Expression {
    if (node.type === 'binary') return this.#binary(node, depth)
    if (node.type === 'unary') return this.#unary(node, depth)
    if (node.type === 'ternary') return this.#between(node, depth)
    if (node.type === 'member') return this.#member(node, depth)
    if (node.type === 'call') return this.#call(node, depth)
    if (node.type === 'cast') {
      return explicitCast(this.#operand(node.operand, depth + 1), typeNamed(node))
    }
    return this.#leaf(node)
  }

  #leaf(node: Expr): Expression {
    if (node.type === 'ref') return columnOf(node)
    if (node.type === 'integer' || node.type === 'numeric') return this.#number(node)
    if (node.type === 'boolean') return { kind: 'constant', type: 'bool', value: node.value }
    if (node.type === 'keyword' && node.keyword === 'current_timestamp') return NOW
    if (node.type === 'select') {
      throw new ValueError('subqueries are not supported, use -target-found or -target-notfound')
    }
    const what = node.type === 'keyword' ? node.keyword : `${node.type} expressions`
    throw new ValueError(`${what} not supported here`)
  }

  #number(node: Expr): Expression {
    const text = this.#syntax.text.slice(node._location?.start, node._location?.end)
    if (!/^-?\d+$/.test(text))
      return { kind: 'constant', type: 'numeric', value: parseDecimal(text) }
    const value = BigInt(text)
    const magnitude = value < 0n ? -value : value
    if (magnitude < INT4_LIMIT) return { kind: 'constant', type: 'int4', value }
    if (magnitude < INT8_LIMIT) return { kind: 'constant', type: 'int8', value }
    return { kind: 'constant', type: 'numeric', value: parseDecimal(text) }
  }

  #unary(node: ExprUnary, depth: number): Expression {
    if (node.op === 'NOT') return negation(this.condition(node.operand, depth + 1))
    const operand = this.#operand(node.operand, depth + 1)
    if (node.op === '-') return negative(operand)
    if (node.op === '+') throw new ValueError('+ needs two operands')
    const is = node.op.endsWith('NULL')
      ? isNull(operand)
      : isTruth(operand, node.op.endsWith('TRUE'))
    return node.op.startsWith('IS NOT') ? negation(is) : is
  }

  #between(node: ExprTernary, depth: number): Expression {
    const value = this.#operand(node.value, depth + 1)
    const low = this.#operand(node.lo, depth + 1)
    const within = isBetween(value, low, this.#operand(node.hi, depth + 1))
    return node.op === 'BETWEEN' ? within : negation(within)
  }

  #binary(node: ExprBinary, depth: number): Expression {
    if (node.op === 'AND') return every(this.#chain(node, depth))
    if (node.op === 'OR') return some(this.#chain(node, depth))
    if (node.opSchema !== undefined) throw new ValueError('OPERATOR(...) is not supported')
    const left = this.#operand(node.left, depth + 1)
    if (node.op !== 'IN' && node.op !== 'NOT IN') {
      return binary(node.op, left, this.#operand(node.right, depth + 1))
    }
    const items = node.right.type === 'list' ? node.right.expressions : [node.right]
    const operands = items.map((item) => this.#operand(item, depth + 1))
    const found = isIn(left, operands)
    return node.op === 'IN' ? found : negation(found)
  }

  /** The conditions of `a AND b AND c`, which the library nests to the left. */
  #chain(node: ExprBinary, depth: number): readonly Expression[] {
    const operands: Expr[] = [node.right]
    let { left } = node
    while (left.type === 'binary' && left.op === node.op) {
      checkGrouping(this.#syntax, left)
      operands.unshift(left.right)
      left = left.left
    }
    return [left, ...operands].map((operand) => this.condition(operand, depth + 1))
  }

  #member(node: ExprMember, depth: number): Expression {
    const operand = this.#operand(node.operand, depth + 1)
    const type = typeOf(operand)
    const operator = operatorAfter(this.#syntax, node.operand).text
    if (operand.kind !== 'typed' || (type !== 'jsonb' && type !== 'json')) {
      throw new ValueError(`${operator} is only for environment, tags and other jsonb`)
    }
    const steps = operator.startsWith('#') ? pathOf(node) : [stepOf(node, type)]
    const result: SqlType = node.op === '->>' ? 'text' : type
    return { kind: 'member', type: result, operand: operand.expression, steps }
  }

  #call(node: ExprCall, depth: number): Expression {
    const { name } = node.function
    const isPlain = Object.keys(node).every((key) => CALL_KEYS.has(key))
    if (node.function.schema !== undefined || !isPlain) {
      throw new ValueError(`only plain calls of ${FUNCTION_NAMES} are supported`)
    }
    const operands = node.args.map((argument) => this.#operand(argument, depth + 1))
    return call(name, operands)
  }

  /** Gives an error the place it happened: its operand's, or the operator's or start of this node. */
  #at<T>(node: Expr, work: () => T): T {
    try {
      return work()
    } catch (error) {
      if (!(error instanceof ValueError)) throw error
      const position = error instanceof OperandError ? error.position : this.#operatorPosition(node)
      throw invalid(this.#syntax.text, position, error.message)
    }
  }

  #operatorPosition(node: Expr): number {
    if (node.type !== 'binary' && node.type !== 'member') return positionOf(node)
    return operatorAfter(this.#syntax, node.type === 'binary' ? node.left : node.operand).start
  }
}

/** A call with anything else is an aggregate or a window. */
const CALL_KEYS: ReadonlySet<string> = new Set(['type', 'function', 'args', '_location'])
const isColumn = (name: string): name is Column => Object.hasOwn(COLUMN_TYPES, name)

function columnOf(node: Expr & { type: 'ref' }): Expression {
  const qualifier = node.table
  if (qualifier !== undefined && (qualifier.name !== 'agents' || qualifier.schema !== undefined)) {
    throw new ValueError(`there is no table ${qualifier.name}, only agents`)
  }
  const { name } = node
  if (isColumn(name)) return { kind: 'column', type: COLUMN_TYPES[name], column: name }
  throw new ValueError(
    `there is no column ${name}; there are: ${Object.keys(COLUMN_TYPES).join(', ')}`,
  )
}

function typeNamed({ to }: ExprCast): SqlType {
  const isPlain = to.kind === undefined && to.schema === undefined && to.config === undefined
  const type = isPlain ? TYPE_SPELLINGS.get(to.name.toLowerCase()) : undefined
  if (type !== undefined) return type
  throw new ValueError(
    `that type is not supported; there are: ${[...TYPE_SPELLINGS.keys()].join(', ')}`,
  )
}

function stepOf({ member }: ExprMember, type: SqlType): JsonStep {
  if (typeof member === 'string') return { by: 'key', key: member }
  if (Math.abs(member) >= Number(INT4_LIMIT)) throw new ValueError('array index is out of range')
  return { by: 'index', index: member, scalarIsArray: type === 'jsonb' }
}

function pathOf({ member }: ExprMember): readonly JsonStep[] {
  if (typeof member !== 'string') throw new ValueError("#> and #>> take a path like '{a,b}'")
  return parseTextArray(member).map((key) => ({ by: 'path', key }))
}
