/** The parameters of `memory`, in MIG's JSON shape. */
import { z } from 'zod'
import type { Pattern } from '../support/pattern.ts'
import { FilterError } from '../support/filter-error.ts'
import { parseBytes } from '../support/filters.ts'
import { parseInvertible, parsePattern } from '../support/pattern-filter.ts'
import { filters, flag, optional, searchesOf } from '../support/search-parameters.ts'

/** The cheap ones first, which decide whether the memory is read at all. */
export const FILTER_KINDS = ['name', 'library', 'content', 'bytes'] as const
export type FilterKind = (typeof FILTER_KINDS)[number]

/** The key of each kind of filter in a search. */
export const FILTER_KEYS = {
  name: 'names',
  library: 'libraries',
  content: 'contents',
  bytes: 'bytes',
} as const satisfies Record<FilterKind, string>

/** @throws FilterError */
export function parseContent(text: string): Pattern {
  if (text.startsWith('!'))
    throw new FilterError(
      'what a process does not hold cannot be told, its memory changes while it is read; to look for a ! write \\!',
    )
  return parsePattern(text)
}

/** Addresses and lengths in bytes; 0, as an absent key, is no limit. */
const byteCount = optional(z.int().min(0), 0)

const options = z.strictObject({
  /** The address from which on memory is looked at. */
  offset: byteCount,
  /** Bytes looked at of each process. */
  maxlength: byteCount,
  /** Say of each process what could not be read. */
  logfailures: flag,
  /** All filters must hit; otherwise one is enough. */
  matchall: flag,
})

const search = z.strictObject({
  description: z.string().max(1024).nullish(),
  names: filters(parseInvertible),
  libraries: filters(parseInvertible),
  contents: filters(parseContent),
  bytes: filters(parseBytes),
  options: options.nullish().transform((value) => value ?? options.parse({})),
})

const label = z.string().regex(/^[a-zA-Z0-9_-]{1,64}$/, 'must be 1 to 64 letters, digits, - or _')

export const parameters = z.strictObject({ searches: searchesOf(label, search) })
export type Parameters = z.infer<typeof parameters>
export type Search = z.infer<typeof search>

/** Contents and byte strings: a process's answer to each is one bit of what it holds. */
export const probes = ({ searches }: Parameters): number =>
  Object.values(searches).reduce(
    (sum, { contents, bytes }) => sum + contents.length + bytes.length,
    0,
  )
