/** What `ping` answers, in MIG's form, and how it is printed. */
import { z } from 'zod'
import type { LineOptions } from '../contract.ts'
import { fact } from '../facts.ts'
import { PROTOCOLS } from './parameters.ts'

/** In a list of latencies, as MIG writes them. */
export const LATENCY = { timeout: 9_999_999, refused: -1, failed: 0 } as const

/** Why a try has the latency 0. */
const FAILURES = ['not found', 'unreachable', 'not permitted', 'failed'] as const
export type Failure = (typeof FAILURES)[number]

export const finding = z.strictObject({
  /** Milliseconds, one a try; 9999999: no answer in time, -1: refused, 0: another failure. */
  latencies: z.array(z.number().min(-1)),
  protocol: z.enum(PROTOCOLS),
  /** `host (address)`, `host:port (address)`. */
  resolvedhost: fact.address,
  /** Of each try that failed otherwise. */
  failures: z.array(z.enum(FAILURES)),
})
export type Finding = z.infer<typeof finding>
/** There is one: MIG's elements are the whole of it. */
export type Elements = Finding

export const statistics = z.strictObject({ exectime: fact.duration })
export type Statistics = z.infer<typeof statistics>

const NOTHING: Elements = { latencies: [], protocol: 'icmp', resolvedhost: '', failures: [] }

export const arrange = ([found]: readonly Finding[]): Elements => found ?? NOTHING

/** A port that answers, or of UDP one that does not say it is closed. */
export const isReachable = ({ latencies, protocol }: Elements): boolean =>
  latencies.some((latency) =>
    latency === LATENCY.timeout ? protocol === 'udp' : latency > LATENCY.failed,
  )

const NOT_FOUND = 'its name is not found here, or is an address of many hosts'

/** MIG's lines. */
export function lines(
  { elements: told }: { elements: Elements },
  { foundOnly }: LineOptions,
): readonly string[] {
  const { protocol, resolvedhost, latencies, failures } = told
  const head = `${protocol} ping of ${resolvedhost}`
  if (latencies.length === 0)
    return foundOnly
      ? []
      : [`${head} was not tried: ${failures.length > 0 ? NOT_FOUND : 'the run ended before'}.`]
  if (!isReachable(told))
    return foundOnly ? [] : [`${head} failed. Target is not reachable.`, ...triesOf(told)]
  const found = `${head} succeeded. Target is reachable.`
  return foundOnly ? [found] : [found, ...triesOf(told)]
}

function triesOf({ latencies, protocol, failures }: Elements): readonly string[] {
  let failed = 0
  return latencies.map((latency, index) => {
    const head = `ping #${index + 1}`
    switch (latency) {
      case LATENCY.refused:
        return `${head} failed, connection refused`
      case LATENCY.failed:
        return `${head} failed, ${failures[failed++] ?? 'reason unknown'}`
      case LATENCY.timeout:
        return protocol === 'udp'
          ? `${head} may have succeeded (no udp response)`
          : `${head} failed, connection timed out`
      default:
        return `${head} succeeded in ${shortMs(latency)}`
    }
  })
}

/** Whole milliseconds, but of less than ten also what is behind the point. */
const shortMs = (latency: number): string => `${latency.toFixed(latency < 10 ? 2 : 0)}ms`
