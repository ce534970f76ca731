/** What the parameters of all modules that search have in common: labelled searches, lists, texts that are parsed later, options that may be absent. */
import path from 'node:path'
import { z } from 'zod'
import { FilterError } from './filter-error.ts'

const SEARCHES_LIMIT = 256
const FILTERS_LIMIT = 4096
const FILTER_LENGTH_LIMIT = 8192
const PATH_LENGTH_LIMIT = 4096

/** One for all kinds: making a schema costs a command that asks more than using it. */
const texts = z
  .array(z.string().check(z.minLength(1), z.maxLength(FILTER_LENGTH_LIMIT)))
  .check(z.maxLength(FILTERS_LIMIT))
  .nullish()

/** Filters of one kind, each checked by the parser that will be used. Go writes an empty list as null. */
export function filters(parse: (text: string) => unknown): z.ZodType<string[]> {
  return texts.transform((list, context): string[] => {
    for (const [index, text] of (list ?? []).entries()) {
      const message = problemOf(parse, text)
      if (message !== undefined) context.addIssue({ code: 'custom', message, path: [index] })
    }
    return list ?? []
  })
}

/** A text that the parser takes which will be used. */
export const parsed = (text: z.ZodString, parse: (text: string) => unknown): z.ZodString =>
  text.superRefine((value, context) => {
    const message = problemOf(parse, value)
    if (message !== undefined) context.addIssue({ code: 'custom', message })
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

/** What may be absent, or null as Go writes nothing, and is then something else. */
type OrElse<T extends z.ZodType> = z.ZodPipe<
  z.ZodOptional<z.ZodNullable<T>>,
  z.ZodTransform<z.output<T>, z.output<T> | null | undefined>
>

/** A list that may be absent, or null as Go writes an empty one. */
export const listOf = <T extends z.ZodType>(item: T, limit: number): OrElse<z.ZodArray<T>> =>
  optional(z.array(item).max(limit), [])

/** An absolute path of any platform. */
export const absolutePath = z
  .string()
  .max(PATH_LENGTH_LIMIT)
  .refine(isAbsolute, { error: 'must be an absolute path' })
  .refine((place) => !place.includes('\0'), { error: 'must not hold a zero character' })

function isAbsolute(place: string): boolean {
  return path.posix.isAbsolute(place) || path.win32.isAbsolute(place)
}

/** A key that may be absent, or null as Go writes nothing. */
export function optional<T extends z.ZodType>(schema: T, fallback: z.output<T>): OrElse<T> {
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
