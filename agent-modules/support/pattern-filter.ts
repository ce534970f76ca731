/** Regular expressions as filters, `!^root`, parsed to what they mean. */
import { FilterError } from './filter-error.ts'
import { Pattern } from './pattern.ts'
import { PatternError } from './re2-program.ts'

export interface PatternFilter {
  readonly pattern: Pattern
  /** Written with a leading `!`: what matches is not wanted. */
  readonly inverse: boolean
}

/** A regular expression, inverted by a leading `!`. @throws FilterError */
export function parseInvertible(text: string): PatternFilter {
  const inverse = text.startsWith('!')
  return { pattern: parsePattern(inverse ? text.slice(1) : text), inverse }
}

/** @throws FilterError */
export function parsePattern(text: string): Pattern {
  try {
    return new Pattern(text)
  } catch (error) {
    if (error instanceof PatternError) throw new FilterError(error.message, { cause: error })
    throw error
  }
}
