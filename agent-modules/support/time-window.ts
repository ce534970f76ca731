/** The window of time that modules for events are asked about: their parameters and flags `since` and `until`. */
import { z } from 'zod'
import type { FlagValues, ModuleFlag } from '../contract.ts'
import { FilterError, quote } from './filter-error.ts'
import { textOf, valueFlag } from './flag-values.ts'
import { parsed } from './search-parameters.ts'
import { parseTime, type TimeRange } from './time-filter.ts'

/** The moment that `since` begins with. @throws FilterError */
const parseSince = (text: string, nowMs: number): number =>
  bound(text, parseTime(text, nowMs).afterMs, '<2d or after:2026-01-02')

/** The moment that `until` ends with. @throws FilterError */
const parseUntil = (text: string, nowMs: number): number =>
  bound(text, parseTime(text, nowMs).beforeMs, '>2d or before:2026-01-02')

function bound(text: string, atMs: number, example: string): number {
  if (Number.isFinite(atMs)) return atMs
  throw new FilterError(`${quote(text)} bounds the other end: write ${example}`)
}

const text = z.string().max(64)

/** Keys of a module's parameters. */
export const windowParameters = {
  since: parsed(text, (since) => parseSince(since, 0)).nullish(),
  until: parsed(text, (until) => parseUntil(until, 0)).nullish(),
}

export const windowFlags: readonly ModuleFlag[] = [
  valueFlag('since', 'TIME', '<2d the last 2 days (d h m); after:2026-01-02'),
  valueFlag('until', 'TIME', '>2d more than 2 days ago; before:2026-01-02T03:04:05Z'),
]

/** What these flags make of the parameters. */
export const windowFromFlags = (values: FlagValues): Readonly<Record<string, string | null>> => ({
  since: textOf(values, 'since') ?? null,
  until: textOf(values, 'until') ?? null,
})

export interface WindowParameters {
  readonly since?: string | null | undefined
  readonly until?: string | null | undefined
}

/** Both bounds, exclusive. */
export function windowOf({ since, until }: WindowParameters, nowMs: number): TimeRange {
  return {
    afterMs: since ? parseSince(since, nowMs) : -Infinity,
    beforeMs: until ? parseUntil(until, nowMs) : Infinity,
  }
}
