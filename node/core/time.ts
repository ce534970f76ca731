/** Times on the wire: RFC 3339 in UTC with milliseconds, one spelling for one instant. Inside, a time is integer ms since the epoch. */
import { z } from 'zod'

export const SECOND_MS = 1000
export const MINUTE_MS = 60 * SECOND_MS
export const HOUR_MS = 60 * MINUTE_MS
export const DAY_MS = 24 * HOUR_MS

/** `2026-11-21T02:30:00.000Z`, exactly as `Date.prototype.toISOString` writes it. */
export const instant = z.string().transform((text, context) => {
  const ms = Date.parse(text)
  if (Number.isNaN(ms) || new Date(ms).toISOString() !== text) {
    context.addIssue('must be a UTC time such as 2026-11-21T02:30:00.000Z')
    return z.NEVER
  }
  return ms
})

export const toInstant = (ms: number): string => new Date(ms).toISOString()
