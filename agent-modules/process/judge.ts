/** Whether one search finds one process, and by which of its filters. */
import type { NamedHits } from './answer.ts'
import type { Check, CompiledSearch } from './checks.ts'
import { FILTER_KEYS } from './parameters.ts'
import type { Subject } from './subject.ts'

/** Names of environment variables that are told of one process. */
const VARIABLES_TOLD = 64

export interface Verdict {
  readonly isFound: boolean
  /** Some check could not be told: the process ended, or is not ours to see. */
  readonly isUnsure: boolean
  /** In the order they were tried; where all must hit, all of them. */
  readonly hits: readonly Check[]
}

/** Checks are tried cheapest first; where all must hit, the first that does not is the last. */
export function judge(search: CompiledSearch, subject: Subject): Verdict {
  const { matchall } = search.options
  const hits: Check[] = []
  let isUnsure = false
  for (const check of search.checks) {
    const hit = isHit(check, subject)
    isUnsure ||= hit === undefined
    if (hit === true) hits.push(check)
    else if (matchall) return { isFound: false, isUnsure, hits }
  }
  return { isFound: matchall || hits.length > 0 || search.checks.length === 0, isUnsure, hits }
}

/** Whether the answer depends on hashes, or tells one: they cost far more than all else. */
export function needsDigests({ checks, options }: CompiledSearch, subject: Subject): boolean {
  const others = checks.filter(({ kind }) => kind !== 'sha2')
  const asksHash = others.length < checks.length
  if (!asksHash && !options.returnsha256) return false
  const hits = (check: Check): boolean => isHit(check, subject) === true
  if (options.matchall) return others.every(hits)
  return asksHash || others.length === 0 || others.some(hits)
}

/** Undefined: it cannot be told. */
function isHit({ matches, isFlipped }: Check, subject: Subject): boolean | undefined {
  const matched = matches(subject)
  return matched === undefined ? undefined : matched !== isFlipped
}

/** The filters that hit, as written, but those on command lines: telling which of several hit would be a way to read them. */
export function namedHits(hits: readonly Check[]): NamedHits {
  const lists: NamedHits = {}
  for (const { kind, value } of hits) {
    if (kind === 'deleted') lists.deleted = value === 'true'
    else if (kind !== 'cmdline') (lists[FILTER_KEYS[kind]] ??= []).push(value)
  }
  return lists
}

/** The environment variables by which it was found. */
export function variablesOf(hits: readonly Check[], subject: Subject): readonly string[] {
  const checks = hits.filter(({ isFlipped }) => !isFlipped)
  if (!checks.some(({ hitsAmong }) => hitsAmong !== undefined)) return []
  const names = subject.environmentNames?.value ?? []
  const told = checks.flatMap(({ hitsAmong }) => hitsAmong?.(names) ?? [])
  return [...new Set(told)].sort().slice(0, VARIABLES_TOLD)
}
