/** The parameters of `traceroute`. */
import { z } from 'zod'
import { hostName } from '../support/resolve-host.ts'

export const DEFAULTS = { maxhops: 30, probes: 3, timeout: 2 } as const
export const LIMITS = { maxhops: 64, probes: 3, timeout: 5 } as const

const wholeNumber = (limit: number, fallback: number) =>
  z
    .int()
    .min(1)
    .max(limit)
    .nullish()
    .transform((value): number => value ?? fallback)

export const parameters = z.strictObject({
  destination: hostName,
  maxhops: wholeNumber(LIMITS.maxhops, DEFAULTS.maxhops),
  /** To each hop. */
  probes: wholeNumber(LIMITS.probes, DEFAULTS.probes),
  /** Seconds, for each probe. */
  timeout: wholeNumber(LIMITS.timeout, DEFAULTS.timeout),
})
export type Parameters = z.infer<typeof parameters>
