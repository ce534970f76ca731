/** What the parameters of all modules that search have in common: labelled searches, lists of filters, options that may be absent. */
import { z } from 'zod'
import { FilterError } from './filter-error.ts'

const SEARCHES_LIMIT = 256
const FILTERS_LIMIT = 4096
const FILTER_LENGTH_LIMIT = 8192

/** One for all kinds: making a schema costs a command that asks more than using it. */
const texts = z
  .array(z.string().check(z.minLength(1), z.maxLength(FILTER_LENGTH_LIMIT)))
  .check(z.maxLength(FILTERS_LIMIT))
  .nullish()

/** A text that this parser takes, which will be used. */
export const parsed = (schema: z.ZodString, parse: (text: string) => unknown): z.ZodString =>
  schema.superRefine((text, context) => {
    try {
      parse(text)
    } catch (error) {
      if (!(error instanceof FilterError)) throw error
      context.addIssue({ code: 'custom', message: error.message })
    }
  })

/** Filters of one kind, each checked by the parser that will be used. Go writes an empty list as null. */
export function filters(parse: (text: string) => unknown): z.ZodType<string[]> {
  return texts.transform((list, context): string[] => {
    for (const [index, text] of (list ?? []).entries()) {
      try {
        parse(text)
      } catch (error) {
        if (!(error instanceof FilterError)) throw error
        context.addIssue({ code: 'custom', message: error.message, path: [index] })
      }
    }
    return list ?? []
  })
}

/** A key that may be absent, or null as Go writes nothing. */
export function optional<T extends z.ZodType>(
  schema: T,
  fallback: z.output<T>,
): z.ZodType<z.output<T>> {
  return schema.nullish().transform((value): z.output<T> => value ?? fallback)
}

export const flag = optional(z.boolean(), false)

/** 1 to 256 searches, each under a label of its own. */
export function searchesOf<T extends z.ZodType>(
  label: z.ZodString,
  search: T,
): z.ZodType<Record<string, z.output<T>>> {
  return z.record(label, search).refine(hasSomeSearches, {
    error: `must hold 1 to ${SEARCHES_LIMIT} searches, each under a label of its own`,
  })
}

function hasSomeSearches(searches: Readonly<Record<string, unknown>>): boolean {
  const count = Object.keys(searches).length
  return 1 <= count && count <= SEARCHES_LIMIT
}
