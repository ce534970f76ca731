/** What `traceroute` answers, and how it is printed. */
import { z } from 'zod'
import type { LineOptions } from '../contract.ts'
import { fact } from '../facts.ts'

const hop = z.strictObject({
  hop: z.int().min(1),
  /** More than one where packets take several ways; empty where nothing answered. */
  addresses: z.array(fact.address),
  /** Milliseconds, of the probes that were answered. */
  rtts: z.array(z.number().min(0)),
  /** What a router said instead of passing a packet on, as traceroute writes it behind `!`: `H` no such host, `N` no such network, `X` forbidden. */
  refusal: fact.word.optional(),
})
export type Hop = z.infer<typeof hop>

export const finding = z.strictObject({
  /** `host (address)`. */
  resolvedhost: fact.address,
  reached: z.boolean(),
  hops: z.array(hop),
  /** Why no way was looked for. */
  failure: z.literal('not found').optional(),
})
export type Finding = z.infer<typeof finding>
/** There is one: MIG's elements are the whole of it. */
export type Elements = Finding

export const statistics = z.strictObject({ exectime: fact.duration })
export type Statistics = z.infer<typeof statistics>

const NOTHING: Elements = { resolvedhost: '', reached: false, hops: [] }

export const arrange = ([found]: readonly Finding[]): Elements => found ?? NOTHING

export function lines(
  { elements: told }: { elements: Elements },
  { foundOnly }: LineOptions,
): readonly string[] {
  const { resolvedhost, reached, hops } = told
  if (foundOnly && !reached) return []
  return [`traceroute of ${resolvedhost}: ${endOf(told)}`, ...hops.map(lineOf)]
}

function endOf({ reached, hops, failure }: Elements): string {
  if (failure !== undefined)
    return 'not tried: its name is not found here, or is an address of many hosts'
  return reached ? `reached at hop ${hops.at(-1)?.hop ?? 0}` : 'not reached'
}

function lineOf({ hop: number, addresses, rtts, refusal }: Hop): string {
  if (addresses.length === 0) return `hop ${number}: no answer`
  const times = rtts.map((rtt) => `${rtt}ms`).join(' ')
  return `hop ${number}: ${addresses.join(' ')} ${times}${refusal === undefined ? '' : ` !${refusal}`}`
}
