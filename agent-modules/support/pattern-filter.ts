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
  return { pattern: compile(inverse ? text.slice(1) : text), inverse }
}

/** Where nothing is inverted: who writes a leading `!` is told so, instead of finding nothing. @throws FilterError */
export function parsePattern(text: string): Pattern {
  if (text.startsWith('!'))
    throw new FilterError('"!" does not negate here; to look for a ! itself write \\!')
  return compile(text)
}

function compile(text: string): Pattern {
  try {
    return new Pattern(text)
  } catch (error) {
    if (error instanceof PatternError) throw new FilterError(error.message, { cause: error })
    throw error
  }
}
