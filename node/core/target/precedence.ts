/** PostgreSQL's operator precedence (its manual, 4.1.6), held against the library's tree. Not for building a tree. */
import type { Expr } from 'pgsql-ast-parser'
import type { Token } from './scan.ts'
import { invalid } from './scan.ts'
import type { Syntax } from './syntax.ts'
import { operatorAfter, positionOf, tokenAfter } from './syntax.ts'

/** Loosest first; `equal` says on which side PostgreSQL groups operators of the same level. */
const LEVELS: readonly {
  readonly operators: readonly string[]
  readonly equal: 'left' | 'none'
}[] = [
  { operators: ['OR'], equal: 'left' },
  { operators: ['AND'], equal: 'left' },
  { operators: ['NOT'], equal: 'none' },
  {
    operators: ['IS NULL', 'IS NOT NULL', 'IS TRUE', 'IS NOT TRUE', 'IS FALSE', 'IS NOT FALSE'],
    equal: 'none',
  },
  { operators: ['=', '!=', '<', '<=', '>', '>='], equal: 'none' },
  {
    operators: [
      ...['IN', 'NOT IN', 'BETWEEN', 'NOT BETWEEN'],
      ...['LIKE', 'NOT LIKE', 'ILIKE', 'NOT ILIKE'],
    ],
    equal: 'none',
  },
  { operators: ['->', '->>', '||', '~', '~*', '!~', '!~*'], equal: 'left' },
  { operators: ['+', '-'], equal: 'left' },
  { operators: ['sign'], equal: 'none' },
  { operators: ['::'], equal: 'left' },
]
const LEVEL_OF: ReadonlyMap<string, number> = new Map(
  LEVELS.flatMap(({ operators }, level) => operators.map((operator) => [operator, level] as const)),
)

/** An operator as it stands in the text. */
interface Place {
  readonly level: number
  readonly token: Token
}

/**
 * Refuses a node whose operands PostgreSQL would group otherwise. An operand in parentheses is safe: its operator
 * stands deeper than the node's. @throws MeshError TARGET_INVALID
 */
export function checkGrouping(syntax: Syntax, node: Expr): void {
  const outer = placeOf(syntax, node)
  if (outer === undefined) return
  const { left, right } = operandsOf(node)
  const equal = LEVELS[outer.level]?.equal === 'left' ? 0 : 1
  for (const operand of left) checkOperand(syntax, operand, { ...outer, margin: equal })
  for (const operand of right) {
    const chained = node.type === 'unary' && operand.type === 'unary' && node.op === operand.op
    checkOperand(syntax, operand, { ...outer, margin: chained ? 0 : 1 })
  }
  if (node.type === 'binary' && node.op.endsWith('IN')) checkList(syntax, node)
}

function checkOperand(syntax: Syntax, operand: Expr, outer: Place & { margin: number }): void {
  const inner = placeOf(syntax, operand)
  if (inner === undefined || inner.token.depth !== outer.token.depth) return
  if (inner.level >= outer.level + outer.margin) return
  const [first, second] = [inner.token, outer.token].map(({ text }) => text.toUpperCase())
  const reason = `PostgreSQL groups ${first} and ${second} otherwise here, add parentheses`
  throw invalid(syntax.text, inner.token.start, reason)
}

/** The library also takes `IN 'a'` and `IN ('a') || 'b'` as its list. */
function checkList(syntax: Syntax, node: Expr & { type: 'binary' }): void {
  const operator = operatorAfter(syntax, node.left)
  const word = node.op === 'IN' ? operator : tokenAfter(syntax, operator)
  const open = word === undefined ? undefined : tokenAfter(syntax, word)
  const isOpen = open?.text === '('
  const close = syntax.tokens.find(
    ({ text, depth, start }) =>
      isOpen && text === ')' && depth === open.depth && start > open.start,
  )
  const end = node.right._location?.end ?? Infinity
  if (close === undefined || end > close.start) {
    throw invalid(syntax.text, operator.start, 'IN takes a list in parentheses')
  }
}

function placeOf(syntax: Syntax, node: Expr): Place | undefined {
  const operator = operatorOf(syntax, node)
  const level = operator === undefined ? undefined : LEVEL_OF.get(operator.name)
  return operator === undefined || level === undefined
    ? undefined
    : { level, token: operator.token }
}

function operatorOf(syntax: Syntax, node: Expr): { name: string; token: Token } | undefined {
  if (node.type === 'unary') return unaryOf(syntax, node)
  if (node.type === 'cast') return castOf(syntax, node)
  if (node.type === 'integer' || node.type === 'numeric') {
    return syntax.text[positionOf(node)] === '-' ? signOf(syntax, node) : undefined
  }
  if (node.type !== 'binary' && node.type !== 'ternary' && node.type !== 'member') return undefined
  const [first] = operandsOf(node).left
  return first && { name: node.op, token: operatorAfter(syntax, first) }
}

function unaryOf(
  syntax: Syntax,
  node: Expr & { type: 'unary' },
): { name: string; token: Token } | undefined {
  if (node.op.startsWith('IS')) {
    return { name: node.op, token: operatorAfter(syntax, node.operand) }
  }
  const place = signOf(syntax, node)
  return place && { name: node.op === 'NOT' ? 'NOT' : 'sign', token: place.token }
}

function signOf(syntax: Syntax, node: Expr): { name: string; token: Token } | undefined {
  const token = syntax.tokens.find(({ start }) => start === positionOf(node))
  return token && { name: 'sign', token }
}

/** Only `operand::type` has a precedence; `CAST(...)` and `type 'text'` are whole by themselves. */
function castOf(
  syntax: Syntax,
  node: Expr & { type: 'cast' },
): { name: string; token: Token } | undefined {
  if (positionOf(node.operand) > positionOf(node) && node.operand.type === 'string')
    return undefined
  const token = operatorAfter(syntax, node.operand)
  return token.text === '::' ? { name: '::', token } : undefined
}

function operandsOf(node: Expr): { left: readonly Expr[]; right: readonly Expr[] } {
  if (node.type === 'binary') return { left: [node.left], right: [node.right] }
  if (node.type === 'ternary') return { left: [node.value], right: [node.lo, node.hi] }
  if (node.type === 'member' || node.type === 'cast') return { left: [node.operand], right: [] }
  if (node.type !== 'unary') return { left: [], right: [] }
  return node.op.startsWith('IS')
    ? { left: [node.operand], right: [] }
    : { left: [], right: [node.operand] }
}
