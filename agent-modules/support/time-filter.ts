/** Times as people write them, `<2d`, `after:2026-01-02`, parsed to what they mean. */
import { FilterError, quote } from './filter-error.ts'

/** Exclusive bounds in milliseconds since the epoch. */
export interface TimeRange {
  readonly afterMs: number
  readonly beforeMs: number
}

const AGE_FORM = /^(?<bound>[<>])(?<count>[0-9]+)(?<unit>[dhm])$/
const AGE_UNITS_MS: Readonly<Record<string, number>> = { d: 86_400_000, h: 3_600_000, m: 60_000 }
const TIME_FORM = /^(?<bound>after|before):(?<time>.+)$/
const MOMENT_FORM = /^\d{4}-\d\d-\d\d(?:T\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d))?$/

/** `<2d`: within the last 2 days; `>90d`: longer ago; `after:` and `before:` a moment. @throws FilterError */
export function parseTime(text: string, nowMs: number): TimeRange {
  const { bound, atMs } = parseAge(text, nowMs) ?? parseMoment(text)
  if (!Number.isFinite(atMs))
    throw new FilterError(
      `${quote(text)} is not a time: write <2d (within the last 2 days), >90d (longer ago), units d, h, m, ` +
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
