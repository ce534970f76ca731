/** The written forms of filters, `<10m`, `!^root`, `after:2026-01-02`, parsed to what they mean. Not for testing files (checks.ts). */
import { Pattern } from '../support/pattern.ts'
import { PatternError } from '../support/re2-program.ts'

/** A filter that is not written as it must be; the message is for the person who wrote it. */
export class FilterError extends Error {
  constructor(reason: string, options?: ErrorOptions) {
    super(reason, options)
    this.name = 'FilterError'
  }
}

/** Inclusive bounds in bytes. */
export interface SizeRange {
  readonly min: number
  readonly max: number
}

/** Exclusive bounds in milliseconds since the epoch. */
export interface TimeRange {
  readonly afterMs: number
  readonly beforeMs: number
}

export interface PatternFilter {
  readonly pattern: Pattern
  /** Written with a leading `!`: what matches is not wanted. */
  readonly inverse: boolean
}

const SIZE_FORM = /^(?<bound>[<>]?)(?<count>[0-9]+)(?<unit>[kmgt]?)$/
const SIZE_UNITS: Readonly<Record<string, number>> = {
  '': 1,
  k: 1024,
  m: 1024 ** 2,
  g: 1024 ** 3,
  t: 1024 ** 4,
}
const AGE_FORM = /^(?<bound>[<>])(?<count>[0-9]+)(?<unit>[dhm])$/
const AGE_UNITS_MS: Readonly<Record<string, number>> = { d: 86_400_000, h: 3_600_000, m: 60_000 }
const TIME_FORM = /^(?<bound>after|before):(?<time>.+)$/
const MOMENT_FORM = /^\d{4}-\d\d-\d\d(?:T\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d))?$/
const HEX_FORM = /^(?:[0-9a-f]{2})+$/i
/** Longest byte string: more is what a hash is for. */
const BYTES_LIMIT = 4096

/** `<10k`: at most; `>10k`: at least; `10k`: exactly; units of 1024. @throws FilterError */
export function parseSize(text: string): SizeRange {
  const groups = SIZE_FORM.exec(text)?.groups
  const bytes = Number(groups?.['count']) * (SIZE_UNITS[groups?.['unit'] ?? ''] ?? NaN)
  if (!Number.isSafeInteger(bytes))
    throw new FilterError(
      `${quote(text)} is not a size: write <10k (at most), >1m (at least) or 512 (exactly)`,
    )
  if (groups?.['bound'] === '<') return { min: 0, max: bytes }
  return { min: bytes, max: groups?.['bound'] === '>' ? Infinity : bytes }
}

/** `<2d`: modified within the last 2 days; `>90d`: longer ago; `after:` and `before:` a moment. @throws FilterError */
export function parseModified(text: string, nowMs: number): TimeRange {
  const { bound, atMs } = parseAge(text, nowMs) ?? parseMoment(text)
  if (!Number.isFinite(atMs))
    throw new FilterError(
      `${quote(text)} is not a time of modification: write <2d (within the last 2 days), >90d (longer ago), units d, h, m, ` +
        'or after:2026-01-02, before:2026-01-02T03:04:05Z',
    )
  return bound === 'after'
    ? { afterMs: atMs, beforeMs: Infinity }
    : { afterMs: -Infinity, beforeMs: atMs }
}

interface Moment {
  readonly bound: 'after' | 'before'
  /** NaN when it is none. */
  readonly atMs: number
}

function parseAge(text: string, nowMs: number): Moment | undefined {
  const groups = AGE_FORM.exec(text)?.groups
  if (groups === undefined) return undefined
  const ageMs = Number(groups['count']) * (AGE_UNITS_MS[groups['unit'] ?? ''] ?? NaN)
  return { bound: groups['bound'] === '<' ? 'after' : 'before', atMs: nowMs - ageMs }
}

function parseMoment(text: string): Moment {
  const groups = TIME_FORM.exec(text)?.groups
  const time = groups?.['time'] ?? ''
  const atMs = MOMENT_FORM.test(time) ? Date.parse(time) : NaN
  return { bound: groups?.['bound'] === 'after' ? 'after' : 'before', atMs }
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

/** Hex digits, two a byte, without `0x`. @throws FilterError */
export function parseBytes(text: string): Buffer {
  if (!HEX_FORM.test(text))
    throw new FilterError(
      `${quote(text)} is not a byte string: write hex digits, two for each byte, without 0x`,
    )
  if (text.length > 2 * BYTES_LIMIT)
    throw new FilterError(`byte string is longer than ${BYTES_LIMIT} bytes`)
  return Buffer.from(text, 'hex')
}

export const HASH_TYPES = ['md5', 'sha1', 'sha2', 'sha3'] as const
export type HashType = (typeof HASH_TYPES)[number]

/** Algorithms by the length of their digests in hex, as node:crypto names them. */
const ALGORITHMS: Readonly<Record<HashType, ReadonlyMap<number, string>>> = {
  md5: new Map([[32, 'md5']]),
  sha1: new Map([[40, 'sha1']]),
  sha2: new Map([
    [64, 'sha256'],
    [96, 'sha384'],
    [128, 'sha512'],
  ]),
  sha3: new Map([
    [56, 'sha3-224'],
    [64, 'sha3-256'],
    [96, 'sha3-384'],
    [128, 'sha3-512'],
  ]),
}

export interface DigestFilter {
  readonly algorithm: string
  /** Lower-case hex. */
  readonly hex: string
}

/** The length of a hash tells which of its family it is. @throws FilterError */
export function parseDigest(type: HashType, text: string): DigestFilter {
  const algorithm = ALGORITHMS[type].get(text.length)
  if (algorithm === undefined || !HEX_FORM.test(text)) {
    const lengths = [...ALGORITHMS[type].keys()].join(', ')
    throw new FilterError(`${quote(text)} is not a ${type} hash: write it as ${lengths} hex digits`)
  }
  return { algorithm, hex: text.toLowerCase() }
}

const quote = (text: string): string =>
  JSON.stringify(text.length > 80 ? `${text.slice(0, 80)}...` : text)
