/** What re2js compiled a pattern to, as typed data: the one place that looks inside re2js. Not for matching (line-automaton.ts). */
import { RE2JS, RE2JSException } from 're2js'
import { z } from 'zod'
import { requiredLiterals } from './required-literals.ts'

/** Instructions a pattern may compile to: bounds memory and the time of one step. `\pL{1000}` has about 1,000. */
const PROGRAM_LIMIT = 20_000

/** The instructions of an RE2 program (Cox, "Regular Expression Matching: the Virtual Machine Approach"), as re2js numbers them. */
export const OP = {
  alternative: 1,
  alternativeMatch: 2,
  capture: 3,
  emptyWidth: 4,
  fail: 5,
  match: 6,
  noOperation: 7,
  rune: 8,
  rune1: 9,
  runeAny: 10,
  runeAnyNotNewline: 11,
} as const

/** What an empty-width instruction asks of its place, as bits of `argument`. */
export const EMPTY = {
  beginLine: 1,
  endLine: 2,
  beginText: 4,
  endText: 8,
  wordBoundary: 16,
  noWordBoundary: 32,
} as const

export interface Instruction {
  readonly op: number
  readonly out: number
  /** Second branch of an alternative; bits of EMPTY; otherwise unused. */
  readonly argument: number
  /** Code points taken, as pairs of first and last; empty for what takes none. */
  readonly ranges: readonly number[]
}

export interface Program {
  readonly start: number
  readonly instructions: readonly Instruction[]
  /** One of these byte strings occurs in every match. Empty: no such list is known. */
  readonly literals: readonly Buffer[]
}

/** A pattern that cannot be used, and why, in words for the person who wrote it. */
export class PatternError extends Error {
  constructor(reason: string, options?: ErrorOptions) {
    super(reason, options)
    this.name = 'PatternError'
  }
}

const FOLD_CASE = 1
const LAST_CODE_POINT = 0x10ffff

const compiledProgram = z.object({
  start: z.int(),
  inst: z.array(
    z.object({ op: z.int(), out: z.int(), arg: z.int(), runes: z.instanceof(Int32Array) }),
  ),
})

/** Compiles Go/RE2 syntax. @throws PatternError */
export function compileRe2(source: string): RE2JS {
  try {
    const compiled = RE2JS.compile(source)
    if (compiled.programSize() <= PROGRAM_LIMIT) return compiled
  } catch (error) {
    if (error instanceof RE2JSException) throw new PatternError(error.message, { cause: error })
    throw error
  }
  throw new PatternError(`pattern is too large: more than ${PROGRAM_LIMIT} instructions`)
}

/** The program behind a compiled pattern. */
export function programOf(compiled: RE2JS): Program {
  const re2 = compiled.re2()
  const { start, inst } = compiledProgram.parse(re2.prog)
  return {
    start,
    instructions: inst.map(({ op, out, arg, runes }) => ({
      op,
      out,
      argument: arg,
      ranges: rangesOf({ op, arg, runes }),
    })),
    literals: requiredLiterals(re2.prefilter),
  }
}

function rangesOf(instruction: { op: number; arg: number; runes: Int32Array }): readonly number[] {
  const { op, arg, runes } = instruction
  if (op < OP.rune || op > OP.runeAnyNotNewline) return []
  const [first] = runes
  if (runes.length !== 1 || first === undefined) return [...runes]
  return (arg & FOLD_CASE) === 0 ? [first, first] : foldedRanges(first)
}

const foldedCache = new Map<number, readonly number[]>()

/** A rune in all its cases: re2js spells them out when the rune stands in a class with another one. */
function foldedRanges(rune: number): readonly number[] {
  const known = foldedCache.get(rune)
  if (known !== undefined) return known
  const hex = (code: number): string => `\\x{${code.toString(16)}}`
  const { instructions } = programOf(RE2JS.compile(`(?i)[${hex(rune)}${hex(LAST_CODE_POINT)}]`))
  const ranges = instructions.find(({ op }) => op === OP.rune)?.ranges.slice(0, -2) ?? [rune, rune]
  foldedCache.set(rune, ranges)
  return ranges
}
