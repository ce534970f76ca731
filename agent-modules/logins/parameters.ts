/** The parameters of `logins`: what is asked, and of whom, from where, since when. */
import { z } from 'zod'
import { parseInvertible } from '../support/pattern-filter.ts'
import { listOf, parsed } from '../support/search-parameters.ts'
import { windowParameters } from '../support/time-window.ts'
import { parseSource } from './filter.ts'

export const QUERIES = [
  'current',
  'history',
  'failed',
  'lastlogins',
  'privileged',
  'accounts',
] as const
export type Query = (typeof QUERIES)[number]

const SOURCES_LIMIT = 256
const TEXT_LIMIT = 8192
export const DEFAULT_LIMIT = 1000
const HIGHEST_LIMIT = 10_000

const text = z.string().max(TEXT_LIMIT)

/** Go writes an empty list as null. */
export const parameters = z.strictObject({
  queries: z
    .array(z.enum(QUERIES))
    .max(QUERIES.length)
    .nullish()
    .transform((asked): readonly Query[] => {
      const queries = new Set<Query>(asked ?? [])
      return queries.size === 0 ? ['current'] : QUERIES.filter((query) => queries.has(query))
    }),
  user: parsed(text, parseInvertible).nullish(),
  sources: listOf(parsed(text, parseSource), SOURCES_LIMIT),
  ...windowParameters,
  limit: z
    .int()
    .min(0)
    .max(HIGHEST_LIMIT)
    .nullish()
    .transform((limit) => (limit ?? 0) || DEFAULT_LIMIT),
})
export type Parameters = z.infer<typeof parameters>
