/** The parameters of `process`: searches in the shape that `file` has. */
import { z } from 'zod'
import { FilterError } from '../support/filter-error.ts'
import { parseDigest } from '../support/filters.ts'
import { parseInvertible } from '../support/pattern-filter.ts'
import { parseTime } from '../support/time-filter.ts'
import { filters, flag, optional, searchesOf } from '../support/search-parameters.ts'

/** Filters in the order of their cost, which is the order they are tried in. */
export const FILTER_KINDS = [
  'pid',
  'ppid',
  'user',
  'start',
  'name',
  'parent',
  'path',
  'deleted',
  'env',
  'cmdline',
  'sha2',
] as const
export type FilterKind = (typeof FILTER_KINDS)[number]

/** The key of each kind of filter in a search. */
export const FILTER_KEYS = {
  pid: 'pids',
  ppid: 'ppids',
  user: 'users',
  start: 'starts',
  name: 'names',
  parent: 'parents',
  path: 'paths',
  deleted: 'deleted',
  env: 'envs',
  cmdline: 'cmdlines',
  sha2: 'sha2',
} as const satisfies Record<FilterKind, string>

const EXACT_FORM = /^(?<not>!?)(?<value>[^!].*)$/s
const PID_FORM = /^!?[0-9]{1,10}$/

export interface ExactFilter {
  readonly value: string
  /** Written with a leading `!`. */
  readonly inverse: boolean
}

/** A word as it is, inverted by a leading `!`. @throws FilterError */
export function parseExact(text: string): ExactFilter {
  const groups = EXACT_FORM.exec(text)?.groups
  if (groups?.['value'] === undefined) throw new FilterError('nothing stands behind the !')
  return { value: groups['value'], inverse: groups['not'] === '!' }
}

/** @throws FilterError */
export function parsePid(text: string): ExactFilter {
  if (!PID_FORM.test(text))
    throw new FilterError(`${JSON.stringify(text.slice(0, 80))} is not the number of a process`)
  const { value, inverse } = parseExact(text)
  return { value: String(Number(value)), inverse }
}

/** A truth value among filters that are texts. */
const truth = z
  .boolean()
  .nullish()
  .transform((value): string[] => (typeof value === 'boolean' ? [String(value)] : []))

const options = z.strictObject({
  /** All filters must hit; otherwise one is enough. */
  matchall: flag,
  /** Kinds of filter to turn round. */
  mismatch: optional(z.array(z.enum(FILTER_KINDS)).max(FILTER_KINDS.length), []),
  returnsha256: flag,
  /** Return the ancestors of what is found too, and print all as a tree. */
  tree: flag,
})

const search = z.strictObject({
  description: z.string().max(1024).nullish(),
  pids: filters(parsePid),
  ppids: filters(parsePid),
  users: filters(parseExact),
  starts: filters((text) => parseTime(text, 0)),
  names: filters(parseInvertible),
  parents: filters(parseInvertible),
  paths: filters(parseInvertible),
  deleted: truth,
  envs: filters(parseInvertible),
  cmdlines: filters(parseInvertible),
  sha2: filters((text) => parseDigest('sha2', text)),
  options: options.nullish().transform((value) => value ?? options.parse({})),
})

const label = z.string().min(1).max(64)

export const parameters = z.strictObject({ searches: searchesOf(label, search) })
export type Parameters = z.infer<typeof parameters>
export type Search = z.infer<typeof search>

/** A process's answer to each is one bit of its command line, where passwords stand. */
export const probes = ({ searches }: Parameters): number =>
  Object.values(searches).reduce((sum, { cmdlines }) => sum + cmdlines.length, 0)
