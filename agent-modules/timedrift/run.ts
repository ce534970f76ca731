/** One run of `timedrift`: the local time, and how far it is from that of the first server that tells its own. */
import type { RunContext } from '../contract.ts'
import { parseDuration } from '../support/go-duration.ts'
import { formatDuration } from '../support/go-format.ts'
import type { Machine } from '../support/machine.ts'
import { askServer, type ServerAnswer } from './ask-server.ts'
import type { Elements, Finding, NtpStatistics, Statistics } from './answer.ts'
import { configuredServers } from './configured-servers.ts'
import { SERVERS_LIMIT, type Parameters } from './parameters.ts'
import { parseServer, type Server } from './server.ts'

/** MIG's, for hosts whose own servers do not answer. */
const PUBLIC_SERVERS = [
  'time.nist.gov',
  '0.pool.ntp.org',
  '1.pool.ntp.org',
  '2.pool.ntp.org',
  '3.pool.ntp.org',
]
/** For all servers. */
const TIMEOUT_MS = 60_000

export interface TimeHost extends Machine {
  /** Its clock, in milliseconds since 1970. */
  now(): number
}

export async function* runOn(
  host: TimeHost,
  parameters: Parameters,
  context: RunContext<Statistics>,
): AsyncGenerator<Finding, void> {
  const beganMs = performance.now()
  const localtime = new Date(host.now()).toISOString()
  const ntpstats: NtpStatistics[] = []
  const allowedMs = parseDuration(parameters.drift ?? '')
  if (allowedMs === undefined)
    yield { hascheckeddrift: false, iswithindrift: false, drifts: [], localtime }
  else yield { ...(await check(parameters, { host, context, ntpstats, allowedMs })), localtime }
  context.reportStatistics({ exectime: formatDuration(performance.now() - beganMs), ntpstats })
}

interface Check {
  readonly host: TimeHost
  readonly context: RunContext<Statistics>
  readonly ntpstats: NtpStatistics[]
  readonly allowedMs: number
}

/** The first server that tells the time decides. */
async function check(
  parameters: Parameters,
  { host, context, ntpstats, allowedMs }: Check,
): Promise<Omit<Elements, 'localtime'>> {
  const timeout = AbortSignal.timeout(TIMEOUT_MS)
  const signal = AbortSignal.any([context.signal, timeout])
  for (const server of await serversToAsk(parameters, host, context)) {
    if (signal.aborted) break
    const answer = await askServer(server, { signal, now: () => host.now() })
    ntpstats.push(statisticsOf(server, answer))
    if (answer.kind === 'time') {
      const driftMs = -answer.offsetMs
      const iswithindrift = Math.abs(driftMs) <= allowedMs
      const drifts = [{ host: server.name, drift: signedDuration(driftMs) }]
      return { hascheckeddrift: true, iswithindrift, drifts: iswithindrift ? [] : drifts }
    }
    context.reportError(`${server.name}: ${reasonOf(answer)}`)
  }
  if (timeout.aborted) context.reportError(`stopped asking after ${TIMEOUT_MS} ms`)
  context.reportError('no time server told the time')
  return { hascheckeddrift: false, iswithindrift: false, drifts: [] }
}

async function serversToAsk(
  { servers }: Parameters,
  host: TimeHost,
  context: RunContext<Statistics>,
): Promise<readonly Server[]> {
  const named = (servers ?? []).flatMap((name) => parseServer(name) ?? [])
  if (named.length > 0) return named
  const configured = await configuredServers(
    {
      machine: host,
      report: (message) => {
        context.reportError(message)
      },
    },
    context.signal,
  )
  const left = configured.length - SERVERS_LIMIT
  if (left > 0) context.reportError(`${left} more servers are configured, and were not asked`)
  const backup = PUBLIC_SERVERS.flatMap((name) => parseServer(name) ?? [])
  return [...configured.slice(0, SERVERS_LIMIT), ...backup]
}

function statisticsOf({ name }: Server, answer: ServerAnswer): NtpStatistics {
  if (answer.kind !== 'time') return { host: name, reachable: false, refusal: answer.kind }
  return {
    host: name,
    reachable: true,
    time: new Date(answer.serverMs).toISOString(),
    latency: formatDuration(answer.delayMs),
    drift: signedDuration(-answer.offsetMs),
    stratum: answer.stratum,
  }
}

const signedDuration = (ms: number): string => `${ms < 0 ? '-' : ''}${formatDuration(Math.abs(ms))}`

function reasonOf(answer: Exclude<ServerAnswer, { kind: 'time' }>): string {
  switch (answer.kind) {
    case 'not found':
      return 'its name is not found'
    case 'closed':
      return 'there is no way to it, or its port is closed'
    case 'silent':
      return 'it did not answer'
    case 'kiss':
      return `it wants no questions (kiss-o'-death ${JSON.stringify(answer.code)})`
    case 'unsynchronised':
      return 'it does not know the time itself'
    case 'foreign':
      return 'it sent replies to questions that were not asked'
  }
}
