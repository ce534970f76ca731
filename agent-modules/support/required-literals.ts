/** Byte strings without which a pattern cannot match, chosen so that looking for them is fast. */
import { z } from 'zod'

/** Most literals worth looking for at once; beyond, the automaton alone is as fast. */
const LITERALS_LIMIT = 8
/** What is left of a literal when its common beginning is cut off; shorter ones hit too often to help. */
const MIN_LENGTH = 4
/** `Buffer.indexOf` looks for up to 7 bytes by memchr, at 7 to 13 GB/s; for more by skip tables, at 1 to 3 GB/s (measured). */
const MAX_LENGTH = 7
/** Stands in for what is not UTF-8, so that its own bytes need not be there. */
const REPLACEMENT = Buffer.from('\ufffd')

const KIND = { exact: 1, and: 2, or: 3 } as const

/** What re2js derives from a pattern: one literal, all of, or one of further ones. */
interface Condition {
  readonly type: number
  readonly bytes: readonly number[] | Uint8Array | null
  readonly subs: readonly Condition[]
}
const condition: z.ZodType<Condition> = z.object({
  type: z.int(),
  bytes: z.union([z.array(z.int()), z.instanceof(Uint8Array)]).nullable(),
  subs: z.array(z.lazy(() => condition)),
})

type Literals = readonly Buffer[] | undefined

/** One of these occurs in every match; empty when there is no such list. `prefilter` is re2js's own, or null. */
export function requiredLiterals(prefilter: unknown): readonly Buffer[] {
  const parsed = condition.nullable().parse(prefilter)
  return parsed === null ? [] : (literalsOf(parsed) ?? [])
}

function literalsOf({ type, bytes, subs }: Condition): Literals {
  switch (type) {
    case KIND.exact:
      return bytes === null ? undefined : quickToFind(Buffer.from(bytes))
    case KIND.and:
      return subs.map(literalsOf).reduce(moreSelective, undefined)
    case KIND.or:
      return united(subs.map(literalsOf))
    default:
      return undefined
  }
}

/** Of a conjunction: the longest literal, and rather one than several. */
function moreSelective(a: Literals, b: Literals): Literals {
  if (a === undefined || b === undefined) return a ?? b
  return selectivity(b) > selectivity(a) ? b : a
}

const selectivity = (literals: readonly Buffer[]): number =>
  Math.min(...literals.map(({ length }) => length)) / literals.length

/** Of an alternation: all, if there are all and not too many. */
function united(parts: readonly Literals[]): Literals {
  const all = parts.flatMap((part) => part ?? [])
  return parts.includes(undefined) || all.length > LITERALS_LIMIT ? undefined : all
}

/** Search runs at memory speed to the next first byte, so that one should be rare: `PRIVATE` is found 8 times faster than ` PRIVAT`. */
function quickToFind(literal: Buffer): Literals {
  if (literal.includes(REPLACEMENT)) return undefined
  let start = 0
  for (let index = 1; index <= literal.length - MIN_LENGTH; index += 1)
    if (commonness(literal[index]) < commonness(literal[start])) start = index
  return [literal.subarray(start, start + MAX_LENGTH)]
}

/** Roughly how often a byte occurs in texts and programs: 0 seldom, 3 everywhere. */
function commonness(byte = 0): number {
  const character = String.fromCharCode(byte)
  if (byte === 0 || byte === 0xff || ' etaoinsr\n'.includes(character)) return 3
  if (/[a-z0-9]/.test(character)) return 2
  return /[-_./=",:;()]/.test(character) ? 1 : 0
}
