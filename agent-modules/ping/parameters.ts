/** The parameters of `ping`, in MIG's JSON shape, within bounds that make no flood. */
import { z } from 'zod'
import { hostName } from '../support/resolve-host.ts'

export const PROTOCOLS = ['icmp', 'tcp', 'udp'] as const

export const DEFAULTS = { port: 80, count: 3, timeout: 5 } as const
export const LIMITS = { count: 20, timeout: 10 } as const

/** MIG's clients write 0 for what was not given. */
const orDefault = <T extends z.ZodType<number>>(schema: T, fallback: number) =>
  z
    .union([z.literal(0), schema])
    .nullish()
    .transform((value): number => (value === 0 ? fallback : (value ?? fallback)))

export const parameters = z.strictObject({
  destination: hostName,
  protocol: z.enum(PROTOCOLS),
  destinationport: orDefault(z.int().min(1).max(65_535), DEFAULTS.port),
  count: orDefault(z.int().min(1).max(LIMITS.count), DEFAULTS.count),
  /** Seconds, for each try. */
  timeout: orDefault(z.number().min(0.1).max(LIMITS.timeout), DEFAULTS.timeout),
})
export type Parameters = z.infer<typeof parameters>
