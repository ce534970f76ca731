/** What `timedrift` answers, in MIG's form, and how it is printed. */
import { z } from 'zod'
import type { LineOptions } from '../contract.ts'
import { fact } from '../facts.ts'

export const finding = z.strictObject({
  /** Whether a server told the time. */
  hascheckeddrift: z.boolean(),
  iswithindrift: z.boolean(),
  /** How far local time is ahead of a server, or behind where it begins with a minus; empty where that is allowed. */
  drifts: z.array(z.strictObject({ host: fact.address, drift: fact.duration })),
  /** RFC 3339. */
  localtime: fact.time,
})
export type Finding = z.infer<typeof finding>
/** There is one: MIG's elements are the whole of it. */
export type Elements = Finding

const ntpStatistics = z.strictObject({
  /** As configured or asked for. */
  host: fact.address,
  reachable: z.boolean(),
  /** Why it told no time. */
  refusal: z
    .enum(['not found', 'closed', 'silent', 'kiss', 'unsynchronised', 'foreign'])
    .optional(),
  /** RFC 3339: its clock's. */
  time: fact.time.optional(),
  /** To the server and back. */
  latency: fact.duration.optional(),
  /** Local time less the server's. */
  drift: fact.duration.optional(),
  stratum: z.int().optional(),
})
export type NtpStatistics = z.infer<typeof ntpStatistics>

export const statistics = z.strictObject({
  exectime: fact.duration,
  ntpstats: z.array(ntpStatistics),
})
export type Statistics = z.infer<typeof statistics>

/** Only what exceeds the drift was found; where none was given, the local time. */
export const isFound = ({ hascheckeddrift, iswithindrift }: Finding, isChecked: boolean): boolean =>
  !isChecked || (hascheckeddrift && !iswithindrift)

const NOTHING: Elements = {
  hascheckeddrift: false,
  iswithindrift: false,
  drifts: [],
  localtime: '',
}

export const arrange = ([found]: readonly Finding[]): Elements => found ?? NOTHING

/** MIG's lines. */
export function lines(
  answer: { elements: Elements; statistics?: Statistics | undefined },
  { foundOnly }: LineOptions,
): readonly string[] {
  const { localtime, hascheckeddrift } = answer.elements
  const found = [
    `local time is ${localtime}`,
    ...(hascheckeddrift ? driftLines(answer.elements) : []),
  ]
  if (foundOnly || answer.statistics === undefined) return found
  const { exectime, ntpstats } = answer.statistics
  return [...found, `stat: execution time was ${exectime}`, ...ntpstats.map(statisticsLine)]
}

function driftLines({ iswithindrift, drifts }: Elements): readonly string[] {
  if (iswithindrift) return ['local time is within acceptable drift from NTP servers']
  return [
    'local time is out of sync from NTP servers',
    ...drifts.map(({ host, drift }) =>
      drift.startsWith('-')
        ? `Local time is behind ntp host ${host} by ${drift.slice(1)}`
        : `Local time is ahead of ntp host ${host} by ${drift}`,
    ),
  ]
}

function statisticsLine({ host, reachable, ...told }: NtpStatistics): string {
  if (!reachable) return `stat: ${host} was unreachable (${told.refusal ?? 'silent'})`
  const { latency = '', time = '', drift = '' } = told
  return `stat: ${host} responded in ${latency} with time ${time}. local time drifts by ${drift}`
}
