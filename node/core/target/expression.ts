/** A target as this house keeps it: typed, its literals already of their types, nothing in it that evaluate.ts does not know. */
import type { RE2JS } from 're2js'
import type { AgentRecord } from './record.ts'
import type { JsonStep, SqlType, Value } from './value.ts'

export type Column = keyof AgentRecord

/** PostgreSQL's table that a record stands for. */
export const COLUMN_TYPES: Readonly<Record<Column, SqlType>> = {
  id: 'text',
  name: 'text',
  queueloc: 'text',
  mode: 'text',
  version: 'text',
  pid: 'int4',
  status: 'text',
  starttime: 'timestamptz',
  destructiontime: 'timestamptz',
  heartbeattime: 'timestamptz',
  refreshtime: 'timestamptz',
  loadername: 'text',
  environment: 'jsonb',
  tags: 'jsonb',
}

export type Comparison = '=' | '!=' | '<' | '<=' | '>' | '>='

/** What each kind of node holds, beside its kind and its type. */
interface Nodes {
  constant: { readonly value: Value | null }
  column: { readonly column: Column }
  now: object
  member: { readonly operand: Expression; readonly steps: readonly JsonStep[] }
  cast: { readonly operand: Expression }
  compare: {
    readonly operator: Comparison
    readonly left: Expression
    readonly right: Expression
  }
  like: {
    readonly operand: Expression
    readonly pattern: Expression
    readonly insensitive: boolean
  }
  regex: { readonly operand: Expression; readonly pattern: RE2JS }
  isNull: { readonly operand: Expression }
  isTruth: { readonly operand: Expression; readonly truth: boolean }
  not: { readonly operand: Expression }
  and: { readonly operands: readonly Expression[] }
  or: { readonly operands: readonly Expression[] }
  concat: { readonly left: Expression; readonly right: Expression }
  add: { readonly left: Expression; readonly right: Expression }
  subtract: { readonly left: Expression; readonly right: Expression }
  lower: { readonly operand: Expression }
  upper: { readonly operand: Expression }
  length: { readonly operand: Expression }
  coalesce: { readonly operands: readonly Expression[] }
}

export type Kind = keyof Nodes
export type ExpressionOf<K extends Kind> = {
  [P in K]: Nodes[P] & { readonly kind: P; readonly type: SqlType }
}[K]
/** IN and BETWEEN are written out with these. Both sides of a comparison are of one type. */
export type Expression = ExpressionOf<Kind>

export const negation = (operand: Expression): Expression => ({
  kind: 'not',
  type: 'bool',
  operand,
})
export const every = (operands: readonly Expression[]): Expression => ({
  kind: 'and',
  type: 'bool',
  operands,
})
export const some = (operands: readonly Expression[]): Expression => ({
  kind: 'or',
  type: 'bool',
  operands,
})
