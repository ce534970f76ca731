/**
 * A target's grammar, read by the library as an expression and never as part of a query. The library knows neither `#>` nor
 * PostgreSQL's precedence in every corner; both are mended here, so that compile.ts sees PostgreSQL's tree or an error.
 *
 * DEV NOTE. `#>` and `#>>` are handed to the library as `->` and `->>`, which are as long: positions stay true, and the operator's
 * own token still says what it was. The library groups some operators otherwise than PostgreSQL does. Instead of regrouping,
 * checkGrouping refuses a tree that PostgreSQL would not have made, and asks for parentheses.
 */
import { parse } from 'pgsql-ast-parser'
import type { Expr } from 'pgsql-ast-parser'
import { reasonOf } from '../errors.ts'
import type { Token } from './scan.ts'
import { invalid, scan } from './scan.ts'

/** A target's text with its tokens and the library's tree. */
export interface Syntax {
  readonly text: string
  readonly tokens: readonly Token[]
  readonly tree: Expr
}

/** @throws MeshError TARGET_INVALID */
export function readSyntax(text: string): Syntax {
  const tokens = scan(text)
  let prepared = ''
  for (const token of tokens) {
    prepared = prepared.padEnd(token.start) + token.text.replace(/^#(>>?)$/, '-$1')
  }
  return { text, tokens, tree: parseExpression(text, prepared) }
}

export function positionOf(node: Expr): number {
  return node._location?.start ?? 0
}

/** The token of an operator that stands after its first operand. */
export function operatorAfter(syntax: Syntax, operand: Expr): Token {
  const end = operand._location?.end ?? 0
  const token = syntax.tokens.find(({ start, text }) => start >= end && text !== ')')
  if (token === undefined) throw invalid(syntax.text, end, 'cannot be read, add parentheses')
  return token
}

/** The token after this one. */
export function tokenAfter(syntax: Syntax, token: Token): Token | undefined {
  return syntax.tokens[syntax.tokens.indexOf(token) + 1]
}

function parseExpression(text: string, prepared: string): Expr {
  let trees: unknown
  try {
    // Through the general form of parse: only it keeps locations.
    trees = parse(prepared, { entry: 'expr', locationTracking: true })
  } catch (error) {
    const offset = offsetOf(error)
    if (offset === undefined) {
      const ended = reasonOf(error).startsWith('Unexpected end')
      throw invalid(text, text.length, ended ? 'ends too early' : 'is ambiguous, add parentheses')
    }
    const word = /^(?:'(?:[^']|'')*'|\w+|-?\d[\d.]*|.)/u.exec(text.slice(offset))?.[0] ?? ''
    throw invalid(text, offset, `unexpected ${word}`)
  }
  const tree: unknown = Array.isArray(trees) ? trees[0] : undefined
  if (!isExpression(tree)) throw invalid(text, 0, 'is not an expression')
  return tree
}

const isExpression = (tree: unknown): tree is Expr =>
  typeof tree === 'object' && tree !== null && 'type' in tree

/** Where the library stopped; the parser generator puts the offending token on its errors. */
function offsetOf(error: unknown): number | undefined {
  if (!(error instanceof Error) || !('token' in error)) return undefined
  const { token } = error
  if (typeof token !== 'object' || token === null || !('offset' in token)) return undefined
  return typeof token.offset === 'number' ? token.offset : undefined
}
