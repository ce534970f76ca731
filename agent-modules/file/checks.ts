/** The searches of an action, compiled: every filter as a check that says whether a file hits. Not for walking or reading (inspect.ts). */
import { ByteSearch } from '../support/byte-search.ts'
import type { Metadata } from '../support/regular-file.ts'
import { formatMode } from '../support/go-format.ts'
import { HASH_TYPES, parseBytes, parseDigest, parseSize } from '../support/filters.ts'
import { parseInvertible, parsePattern } from '../support/pattern-filter.ts'
import { parseTime } from '../support/time-filter.ts'
import {
  FILTER_KEYS,
  FILTER_KINDS,
  type FilterKind,
  type Parameters,
  type Search,
} from './parameters.ts'

/** What every check carries: which filter it is, and whether its answer is to be turned round (`!`, mismatch). */
export interface CheckBase {
  readonly kind: FilterKind
  /** As written in the parameters. */
  readonly value: string
  readonly isFlipped: boolean
}

interface NameCheck extends CheckBase {
  matches(name: string, raw: Uint8Array | undefined): boolean
}

interface MetadataCheck extends CheckBase {
  matches(metadata: Metadata): boolean
}

/** Looks at a file's bytes as they come. */
export interface Scanner {
  /** Undefined while more of the file could change it; never after the last chunk. */
  readonly verdict: boolean | undefined
  feed(chunk: Buffer, isLast: boolean): void
}

export interface ContentCheck extends CheckBase {
  scan(): Scanner
  /** True only when a file of these bytes, before the check is turned round, plainly does not hit: a quick look, without a scanner. */
  rulesOut(bytes: Buffer): boolean
}

interface DigestCheck extends CheckBase {
  readonly algorithm: string
  readonly hex: string
}

export interface CompiledSearch {
  readonly label: string
  readonly options: Search['options']
  readonly names: readonly NameCheck[]
  readonly metadata: readonly MetadataCheck[]
  readonly contents: readonly ContentCheck[]
  readonly digests: readonly DigestCheck[]
  readonly checkCount: number
}

/** `nowMs` is what relative times count from. */
export function compileSearches(
  { searches }: Parameters,
  nowMs: number,
): readonly CompiledSearch[] {
  return Object.entries(searches).map(([label, search]) => ({
    label,
    options: search.options,
    names: nameChecks(search),
    metadata: metadataChecks(search, nowMs),
    contents: [...contentChecks(search), ...bytesChecks(search)],
    digests: digestChecks(search),
    checkCount: FILTER_KINDS.reduce((sum, kind) => sum + search[FILTER_KEYS[kind]].length, 0),
  }))
}

/** The checks of one kind: `build` adds what a filter of it means. `inverse` is the filter's own `!`. */
function checksOf<Meaning>(
  search: Search,
  kind: FilterKind,
  build: (value: string) => Meaning & { readonly inverse?: boolean },
): readonly (CheckBase & Meaning)[] {
  const isMismatch = search.options.mismatch.includes(kind)
  return search[FILTER_KEYS[kind]].map((value) => {
    const meaning = build(value)
    return { ...meaning, kind, value, isFlipped: isMismatch !== (meaning.inverse === true) }
  })
}

function nameChecks(search: Search): readonly NameCheck[] {
  return checksOf(search, 'name', (value) => {
    const { pattern, inverse } = parseInvertible(value)
    return { inverse, matches: (name: string, raw?: Uint8Array) => pattern.test(name, raw) }
  })
}

function metadataChecks(search: Search, nowMs: number): readonly MetadataCheck[] {
  const sizes = checksOf(search, 'size', (value) => {
    const { min, max } = parseSize(value)
    return { matches: ({ size }: Metadata) => min <= size && size <= max }
  })
  const modes = checksOf(search, 'mode', (value) => {
    const pattern = parsePattern(value)
    return { matches: ({ mode }: Metadata) => pattern.test(formatMode(mode)) }
  })
  const times = checksOf(search, 'mtime', (value) => {
    const { afterMs, beforeMs } = parseTime(value, nowMs)
    return {
      matches: ({ modifiedNs }: Metadata) => {
        const modifiedMs = Number(modifiedNs) / 1_000_000
        return afterMs < modifiedMs && modifiedMs < beforeMs
      },
    }
  })
  return [...sizes, ...modes, ...times]
}

/**
 * With macroal every line must match, or with `!` none may. "None matches" is "not one matches" turned round, so that only the plain form asks
 * about every line. A file without lines has none that fails.
 */
function contentChecks(search: Search): readonly ContentCheck[] {
  return checksOf(search, 'content', (value) => {
    const { pattern, inverse } = parseInvertible(value)
    const quantifier = search.options.macroal && !inverse ? 'every' : 'some'
    return {
      inverse,
      scan: () => pattern.searchLines(quantifier),
      rulesOut: (bytes: Buffer) => quantifier === 'some' && pattern.cannotMatchIn(bytes),
    }
  })
}

function bytesChecks(search: Search): readonly ContentCheck[] {
  return checksOf(search, 'bytes', (value) => {
    const wanted = parseBytes(value)
    return {
      scan: () => new ByteSearch(wanted),
      rulesOut: (bytes: Buffer) => !bytes.includes(wanted),
    }
  })
}

function digestChecks(search: Search): readonly DigestCheck[] {
  return HASH_TYPES.flatMap((type) => checksOf(search, type, (value) => parseDigest(type, value)))
}
