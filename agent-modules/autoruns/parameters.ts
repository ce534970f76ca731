/** The parameters of `autoruns`: all filters must hit. Unknown keys are refused by name. */
import { z } from 'zod'
import { FilterError } from '../support/filter-error.ts'
import { parseInvertible } from '../support/pattern-filter.ts'
import { parseTime } from '../support/time-filter.ts'
import { KINDS } from './start.ts'

const FILTERS_LIMIT = 256
const FILTER_LENGTH_LIMIT = 8192
export const HASHES = ['none', 'executables', 'all'] as const

/** Texts that a parser takes; Go writes an empty list as null. */
const filters = (parse: (text: string) => unknown) =>
  z
    .array(z.string().min(1).max(FILTER_LENGTH_LIMIT))
    .max(FILTERS_LIMIT)
    .nullish()
    .transform((list, context): readonly string[] => {
      for (const [index, text] of (list ?? []).entries()) {
        const message = problemOf(parse, text)
        if (message !== undefined) context.addIssue({ code: 'custom', message, path: [index] })
      }
      return list ?? []
    })

function problemOf(parse: (text: string) => unknown, text: string): string | undefined {
  try {
    parse(text)
    return undefined
  } catch (error) {
    if (error instanceof FilterError) return error.message
    throw error
  }
}

function parseSha256(text: string): void {
  if (!/^[0-9a-f]{64}$/i.test(text)) throw new FilterError('write a SHA-256: 64 hex digits')
}

const flag = z
  .boolean()
  .nullish()
  .transform((value) => value ?? false)

const shape = z.strictObject({
  kinds: z
    .array(z.enum(KINDS))
    .max(KINDS.length)
    .nullish()
    .transform((list): readonly (typeof KINDS)[number][] => list ?? []),
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
  hash: z
    .enum(HASHES)
    .nullish()
    .transform((value) => value ?? 'executables'),
  matchlimit: z
    .int()
    .min(0)
    .max(1_000_000_000)
    .nullish()
    .transform((value) => value ?? 0),
})

/** All keys may be absent, and so of a date or a map: those are no parameters. */
const isPlain = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype

export const parameters = z
  .unknown()
  .refine(isPlain, { error: 'must be an object' })
  .pipe(
    shape.refine(
      ({ hash, modified, sha2 }) => hash !== 'none' || (!modified && sha2.length === 0),
      { path: ['hash'], error: 'modified and sha2 need the files to be hashed' },
    ),
  )
export type Parameters = z.infer<typeof parameters>
