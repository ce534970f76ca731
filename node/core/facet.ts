/**
 * Topics: the fixed list of gossip channels, which of them an agent joins, which of them a target needs. A fast path that
 * spares hosts what is not for them; sync is the guarantee, and target/evaluate.ts the decision.
 */
import { createHmac } from 'node:crypto'
import type { Expression } from './target/expression.ts'
import { jsonAsText } from './target/json.ts'
import type { Target } from './target/parse.ts'
import type { AgentRecord, JsonValue } from './target/record.ts'

/** How many channels the facets share. Part of the protocol: another number is another mesh. */
export const BUCKETS = 32

export type Topic = 'control' | 'all' | `bucket-${number}`

const bucketTopic = (bucket: number): Topic => `bucket-${bucket}`

/** Every topic there is: control, all and the buckets. */
export const TOPICS: readonly Topic[] = [
  'control',
  'all',
  ...Array.from({ length: BUCKETS }, (_, bucket) => bucketTopic(bucket)),
]

/** HMAC-SHA256 of the facet (`os:linux`) under the mesh secret, first 32 bits, modulo BUCKETS. */
export function bucketOf(meshSecret: Uint8Array, facet: string): number {
  return createHmac('sha256', meshSecret).update(facet).digest().readUInt32BE(0) % BUCKETS
}

/** The topics an agent joins: control, all, and the buckets of its os, arch, mode, id and each tag. */
export function topicsOfRecord(meshSecret: Uint8Array, record: AgentRecord): Topic[] {
  return ['control', 'all', ...bucketsOf(meshSecret, facetsOfRecord(record))]
}

/**
 * The smallest set of topics that reaches every agent the target can match: an equality with a facet is its bucket, AND its most
 * selective operand, OR (and IN) the union, everything else `all`.
 */
export function topicsOfTarget(meshSecret: Uint8Array, target: Target): Topic[] {
  const facets = facetsOfExpression(target.expression)
  return facets === 'any' ? ['all'] : bucketsOf(meshSecret, facets)

  // AND compares numbers of buckets, not of facets: two facets may share one.
  function facetsOfExpression(expression: Expression): Cover {
    if (expression.kind === 'compare') return coverOfEquality(expression)
    if (expression.kind === 'and') {
      return expression.operands.map(facetsOfExpression).reduce(narrower, 'any')
    }
    if (expression.kind === 'or') {
      return expression.operands.map(facetsOfExpression).reduce(union, [])
    }
    return 'any'
  }

  function narrower(left: Cover, right: Cover): Cover {
    if (left === 'any' || right === 'any') return left === 'any' ? right : left
    const [ours, theirs] = [left, right].map((cover) => bucketsOf(meshSecret, cover).length)
    return (theirs ?? 0) < (ours ?? 0) ? right : left
  }
}

/** Facets of which every match has at least one, or `any` where there is no such list. */
type Cover = readonly string[] | 'any'

const union = (left: Cover, right: Cover): Cover =>
  left === 'any' || right === 'any' ? 'any' : [...left, ...right]

function bucketsOf(meshSecret: Uint8Array, facets: readonly string[]): Topic[] {
  const buckets = new Set(facets.map((facet) => bucketOf(meshSecret, facet)))
  return [...buckets].sort((left, right) => left - right).map(bucketTopic)
}

function facetsOfRecord(record: AgentRecord): readonly string[] {
  const { environment, tags } = record
  return [
    prefixOf('id') + record.id,
    prefixOf('mode') + record.mode,
    ...ENVIRONMENT_FACETS.flatMap((name) => jsonFacet(name, environment[name])),
    ...Object.entries(tags).map(([key, value]) => tagPrefix(key) + value),
  ]
}

const ENVIRONMENT_FACETS = ['os', 'arch'] as const

/** A facet is one of these followed by a value: `os:linux`, `tag:operator=opsec`. */
const prefixOf = (name: string): string => `${name}:`
const tagPrefix = (key: string): string => `tag:${key}=`

/** As `->>` shows it, because that is what a target compares. */
function jsonFacet(name: string, value: JsonValue | undefined): readonly string[] {
  const text = value === undefined ? null : jsonAsText(value)
  return text === null ? [] : [prefixOf(name) + text]
}

function coverOfEquality(expression: Extract<Expression, { kind: 'compare' }>): Cover {
  if (expression.operator !== '=') return 'any'
  const { left, right } = expression
  return coverOfSides(left, right) ?? coverOfSides(right, left) ?? 'any'
}

function coverOfSides(subject: Expression, literal: Expression): Cover | undefined {
  const prefix = facetPrefix(subject)
  if (prefix === undefined || literal.kind !== 'constant') return undefined
  return typeof literal.value === 'string' ? [prefix + literal.value] : undefined
}

/** The facet that an expression shows, if it is one: `mode`, `environment->>'os'`, `tags#>>'{operator}'`. */
function facetPrefix(expression: Expression): string | undefined {
  if (expression.kind === 'column') {
    const { column } = expression
    return column === 'id' || column === 'mode' ? prefixOf(column) : undefined
  }
  if (expression.kind !== 'member' || expression.type !== 'text') return undefined
  const { operand, steps } = expression
  const [step, further] = steps
  if (operand.kind !== 'column' || step === undefined || further !== undefined) return undefined
  if (step.by === 'index') return undefined
  if (operand.column === 'tags') return tagPrefix(step.key)
  return ENVIRONMENT_FACETS.some((name) => name === step.key) ? prefixOf(step.key) : undefined
}
