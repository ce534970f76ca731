/**
 * The words of a target and the limits on them. It runs before the grammar library, whose time grows steeply with its
 * input, so that a hostile text costs next to nothing. Not for what the words mean (syntax.ts, compile.ts).
 */
import { MeshError } from '../errors.ts'

export const TARGET_SIZE_LIMIT = 4096
/** Parentheses within parentheses, and levels of the expression. */
export const DEPTH_LIMIT = 64
/** Names, values and operators: every node of the expression comes from at least one of them. */
export const NODES_LIMIT = 256

export interface Token {
  readonly kind: 'word' | 'string' | 'number' | 'operator' | 'punctuation'
  readonly text: string
  readonly start: number
  readonly end: number
  /** How many parentheses are open around it. */
  readonly depth: number
}

const TOKEN =
  /(?<space>[ \t\n\v\f\r]+)|(?<string>'(?:[^']|'')*')|(?<word>[A-Za-z_][A-Za-z0-9_]*)|(?<number>\d+(?:\.\d*)?|\.\d+)|(?<punctuation>[(),.]|::)|(?<operator>[-+*/<>=~!@#%^&|`?]+)/y
const OPERATORS: ReadonlySet<string> = new Set([
  ...['=', '!=', '<>', '<', '<=', '>', '>=', '~', '~*', '!~', '!~*'],
  ...['->', '->>', '#>', '#>>', '||', '+', '-'],
])
/** PostgreSQL lets an operator end in + or - only when it also holds one of these. */
const MAY_END_IN_SIGN = /[~!@#%^&|`?]/
const STRING_PREFIX = /^[ebxn]$/i

/** Cuts a target into tokens. @throws MeshError TARGET_INVALID for what breaks a limit or is no token of the language. */
export function scan(text: string): readonly Token[] {
  checkSize(text)
  const tokens: Token[] = []
  const tally: Tally = { depth: 0, nodes: 0, marks: 0 }
  for (let position = 0; position < text.length;) {
    const piece = next(text, position)
    position = piece.end
    const { kind } = piece
    if (kind !== 'space') tokens.push({ ...piece, kind, depth: count(tally, { text, piece }) })
  }
  if (tally.depth > 0) throw invalid(text, text.length, `${tally.depth} closing ")" missing`)
  if (tokens.length === 0) throw invalid(text, 0, 'is empty')
  return tokens
}

/** The error of this language, with no more of the text than a target may have. */
export function invalid(text: string, position: number, reason: string): MeshError {
  const target = text.slice(0, TARGET_SIZE_LIMIT)
  return new MeshError({ code: 'TARGET_INVALID', reason, position, target })
}

function checkSize(text: string): void {
  // Units first: measuring the bytes of a huge text is itself work.
  const tooLong =
    text.length > TARGET_SIZE_LIMIT || new TextEncoder().encode(text).length > TARGET_SIZE_LIMIT
  if (tooLong) throw invalid(text, 0, `has more than ${TARGET_SIZE_LIMIT} bytes`)
  if (!text.isWellFormed()) throw invalid(text, 0, 'has a broken character')
  const nul = text.indexOf('\u0000')
  if (nul >= 0) throw invalid(text, nul, 'has a NUL character')
}

type Piece = Omit<Token, 'kind' | 'depth'> & { readonly kind: Token['kind'] | 'space' }

interface Tally {
  /** Parentheses that are open. */
  depth: number
  /** Names, values and operators. */
  nodes: number
  /** Commas, dots and casts: they stand between nodes, so more of them than nodes may be is no target. */
  marks: number
}

/** Counts a token in and holds it against the limits; how deep it stands, a parenthesis as deep as what it encloses. */
function count(tally: Tally, { text, piece }: { text: string; piece: Piece }): number {
  if (piece.text === '(') tally.depth++
  else if (piece.kind === 'punctuation' && piece.text !== ')') tally.marks++
  else if (piece.kind !== 'punctuation') tally.nodes++
  if (tally.depth > DEPTH_LIMIT) {
    throw invalid(text, piece.start, `parentheses are nested deeper than ${DEPTH_LIMIT}`)
  }
  if (Math.max(tally.nodes, tally.marks) > NODES_LIMIT) {
    throw invalid(text, piece.start, `more than ${NODES_LIMIT} names, values and operators`)
  }
  if (piece.text !== ')') return tally.depth
  if (tally.depth === 0) throw invalid(text, piece.start, 'unexpected ")"')
  return tally.depth--
}

function next(text: string, start: number): Piece {
  TOKEN.lastIndex = start
  const groups = TOKEN.exec(text)?.groups
  if (groups === undefined) throw invalid(text, start, complaint(text, start))
  const { space, string, word, number, punctuation, operator } = groups
  const piece = (kind: Piece['kind'], found: string): Piece => ({
    kind,
    text: found,
    start,
    end: start + found.length,
  })
  if (space !== undefined) return piece('space', space)
  if (string !== undefined) return piece('string', string)
  if (word !== undefined) return piece('word', checkedWord(text, start, word))
  if (number !== undefined) return piece('number', checkedNumber(text, start, number))
  if (punctuation !== undefined) return piece('punctuation', punctuation)
  return piece('operator', checkedOperator(text, start, operator ?? ''))
}

function checkedWord(text: string, start: number, word: string): string {
  const after = text[start + word.length]
  if (after === "'" && STRING_PREFIX.test(word)) {
    throw invalid(text, start, `${word}'...' strings are not supported, write '...'`)
  }
  return word
}

function checkedNumber(text: string, start: number, number: string): string {
  if (/[A-Za-z0-9_]/.test(text[start + number.length] ?? '')) {
    throw invalid(text, start, 'only plain decimal numbers are supported')
  }
  return number
}

/** Cuts a run of operator characters where PostgreSQL does (its manual, 4.1.3), so that `>-1` is `>` and `-1`. */
function checkedOperator(text: string, start: number, run: string): string {
  if (run.includes('--') || run.includes('/*')) {
    throw invalid(text, start, 'comments are not supported')
  }
  let operator = run
  while (operator.length > 1 && /[-+]$/.test(operator) && !MAY_END_IN_SIGN.test(operator)) {
    operator = operator.slice(0, -1)
  }
  if (!OPERATORS.has(operator)) {
    throw invalid(text, start, `operator ${operator} is not supported`)
  }
  return operator
}

function complaint(text: string, start: number): string {
  const character = String.fromCodePoint(text.codePointAt(start) ?? 0)
  if (character === "'") return "closing ' missing"
  if (character === '"') return 'names take no quotation marks, and text takes single ones'
  return `unexpected ${JSON.stringify(character)}`
}
