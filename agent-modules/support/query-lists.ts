/** Lists of texts in parameters, each checked by the parser that will read it. Go writes an empty list as null. */
import { z } from 'zod'
import { Pattern } from './pattern.ts'
import { PatternError } from './re2-program.ts'

const TEXTS_LIMIT = 4096
const TEXT_LENGTH_LIMIT = 1024

const texts = z
  .array(z.string().check(z.minLength(1), z.maxLength(TEXT_LENGTH_LIMIT)))
  .check(z.maxLength(TEXTS_LIMIT))
  .nullish()

/** `problemOf` says what is wrong with a text, or undefined. */
export function queryList(
  problemOf: (text: string) => string | undefined,
): z.ZodType<readonly string[]> {
  return texts.transform((list, context): readonly string[] => {
    for (const [index, text] of (list ?? []).entries()) {
      const message = problemOf(text)
      if (message !== undefined) context.addIssue({ code: 'custom', message, path: [index] })
    }
    return list ?? []
  })
}

/** What is wrong with a regular expression. */
export function patternProblem(text: string): string | undefined {
  try {
    new Pattern(text)
    return undefined
  } catch (error) {
    if (error instanceof PatternError) return error.message
    throw error
  }
}

/** Names and hardware addresses are written in either case. */
export const patternIgnoringCase = (text: string): Pattern => new Pattern(`(?i)${text}`)
