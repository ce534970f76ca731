/** The searches of an action, compiled: every filter as a check that says whether a process hits. */
import { parseDigest } from '../support/filters.ts'
import { parseInvertible } from '../support/pattern-filter.ts'
import { parseTime } from '../support/time-filter.ts'
import { NO_NAME, type Name } from '../support/file-name.ts'
import type { Pattern } from '../support/pattern.ts'
import type { Part } from './host.ts'
import {
  FILTER_KEYS,
  FILTER_KINDS,
  parseExact,
  parsePid,
  type FilterKind,
  type Parameters,
  type Search,
} from './parameters.ts'
import type { Subject } from './subject.ts'

const SHA256 = 'sha256'

/** Undefined: it cannot be told, which is no hit, turned round or not. */
type Truth = boolean | undefined

interface Meaning {
  /** The filter's own `!`. */
  readonly inverse?: boolean
  readonly matches: (subject: Subject) => Truth
  /** Of environment variables: which ones match. */
  readonly hitsAmong?: (names: readonly string[]) => readonly string[]
}

export interface Check extends Meaning {
  readonly kind: FilterKind
  /** As written in the parameters. */
  readonly value: string
  /** Whether its answer is to be turned round (`!`, mismatch). */
  readonly isFlipped: boolean
}

export interface CompiledSearch {
  readonly label: string
  readonly options: Search['options']
  readonly checks: readonly Check[]
}

/** `nowMs` is what relative times count from. */
export const compileSearches = (
  { searches }: Parameters,
  nowMs: number,
): readonly CompiledSearch[] =>
  Object.entries(searches).map(([label, search]) => ({
    label,
    options: search.options,
    checks: FILTER_KINDS.flatMap((kind) => checksOf(search, kind, nowMs)),
  }))

/** The hashes that these searches ask for, as node:crypto names them. */
export function algorithmsOf({ searches }: Parameters): ReadonlySet<string> {
  const algorithms = new Set<string>()
  for (const { sha2, options } of Object.values(searches)) {
    for (const text of sha2) algorithms.add(parseDigest('sha2', text).algorithm)
    if (options.returnsha256) algorithms.add(SHA256)
  }
  return algorithms
}

function checksOf(search: Search, kind: FilterKind, nowMs: number): readonly Check[] {
  const isMismatch = search.options.mismatch.includes(kind)
  return search[FILTER_KEYS[kind]].map((value) => {
    const meaning = meaningOf(kind, value, nowMs)
    return { ...meaning, kind, value, isFlipped: isMismatch !== (meaning.inverse === true) }
  })
}

function meaningOf(kind: FilterKind, value: string, nowMs: number): Meaning {
  switch (kind) {
    case 'pid':
      return pidMeaning(value, ({ record }) => record.pid)
    case 'ppid':
      return pidMeaning(value, ({ record }) => record.ppid)
    case 'user':
      return userMeaning(value)
    case 'start':
      return startMeaning(value, nowMs)
    case 'name':
      return nameMeaning(value, ({ record }) => record.name)
    case 'parent':
      return nameMeaning(value, ({ parent }) => parent?.name ?? NO_NAME)
    case 'path':
      return nameMeaning(value, ({ record }) => record.path)
    case 'deleted':
      return {
        matches: ({ record: { isDeleted } }) =>
          isDeleted === undefined ? undefined : String(isDeleted) === value,
      }
    case 'env':
      return variableMeaning(value)
    case 'cmdline':
      return commandLineMeaning(value)
    case 'sha2':
      return digestMeaning(value)
  }
}

function pidMeaning(text: string, pidOf: (subject: Subject) => number): Meaning {
  const { value, inverse } = parsePid(text)
  return { inverse, matches: (subject) => String(pidOf(subject)) === value }
}

function userMeaning(text: string): Meaning {
  const { value, inverse } = parseExact(text)
  return {
    inverse,
    matches: ({ record: { user } }) => user && (user.name === value || user.id === value),
  }
}

function startMeaning(text: string, nowMs: number): Meaning {
  const { afterMs, beforeMs } = parseTime(text, nowMs)
  return {
    matches: ({ record: { startedMs } }) =>
      startedMs === undefined ? undefined : afterMs < startedMs && startedMs < beforeMs,
  }
}

function nameMeaning(text: string, nameOf: (subject: Subject) => Name | undefined): Meaning {
  const { pattern, inverse } = parseInvertible(text)
  return {
    inverse,
    matches: (subject) => {
      const name = nameOf(subject)
      return name && pattern.test(name.text, name.raw)
    },
  }
}

function variableMeaning(text: string): Meaning {
  const { pattern, inverse } = parseInvertible(text)
  return {
    inverse,
    matches: ({ environmentNames }) =>
      inPart(environmentNames, (names) => names.some((name) => pattern.test(name))),
    hitsAmong: (names) => names.filter((name) => pattern.test(name)),
  }
}

function commandLineMeaning(text: string): Meaning {
  const { pattern, inverse } = parseInvertible(text)
  return {
    inverse,
    matches: ({ commandLine }) => inPart(commandLine, (bytes) => hasLine(pattern, bytes)),
  }
}

function digestMeaning(text: string): Meaning {
  const { algorithm, hex } = parseDigest('sha2', text)
  return {
    matches: (subject) => {
      const digest = subject.digest(algorithm)
      return digest === undefined ? undefined : digest === hex
    },
  }
}

/** What is not in a part may be in the rest. */
function inPart<T>(part: Part<T> | undefined, isIn: (value: T) => boolean): Truth {
  if (part === undefined) return undefined
  return isIn(part.value) || (part.isWhole ? false : undefined)
}

/** Linear in the bytes whatever they are, and not limited to text. */
function hasLine(pattern: Pattern, bytes: Buffer): boolean {
  const search = pattern.searchLines('some')
  // The line of no bytes is one too.
  search.feed(bytes.length === 0 ? Buffer.from('\n') : bytes, true)
  return search.verdict === true
}
