/** The parameters of `autoruns`: all filters must hit. Unknown keys are refused by name. */
import { z } from 'zod'
import { FilterError } from '../support/filter-error.ts'
import { parseInvertible } from '../support/pattern-filter.ts'
import { flag, listOf, optional, parsed } from '../support/search-parameters.ts'
import { parseTime } from '../support/time-filter.ts'
import { KINDS } from './start.ts'

const FILTERS_LIMIT = 256
const FILTER_LENGTH_LIMIT = 8192
export const HASHES = ['none', 'executables', 'all'] as const

/** Texts that a parser takes. */
const filters = (parse: (text: string) => unknown) =>
  listOf(parsed(z.string().min(1).max(FILTER_LENGTH_LIMIT), parse), FILTERS_LIMIT)

function parseSha256(text: string): void {
  if (!/^[0-9a-f]{64}$/i.test(text)) throw new FilterError('write a SHA-256: 64 hex digits')
}

const shape = z.strictObject({
  kinds: listOf(z.enum(KINDS), KINDS.length),
  names: filters(parseInvertible),
  paths: filters(parseInvertible),
  mtimes: filters((text) => parseTime(text, 0)),
  sha2: filters(parseSha256),
  missing: flag,
  writable: flag,
  unowned: flag,
  modified: flag,
  temporary: flag,
  enabled: flag,
  hash: optional(z.enum(HASHES), 'executables'),
  matchlimit: optional(z.int().min(0).max(1_000_000_000), 0),
})

export const parameters = shape.refine(
  ({ hash, modified, sha2 }) => hash !== 'none' || (!modified && sha2.length === 0),
  { path: ['hash'], error: 'modified and sha2 need the files to be hashed' },
)
export type Parameters = z.infer<typeof parameters>
