/** One run of `ping`: resolves the destination once, and tries it one time after another. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { RunContext } from '../contract.ts'
import { formatDuration } from '../support/go-format.ts'
import type { Machine } from '../support/machine.ts'
import { resolveHost } from '../support/resolve-host.ts'
import { LATENCY, type Failure, type Finding, type Statistics } from './answer.ts'
import { tryIcmp } from './icmp.ts'
import type { Parameters } from './parameters.ts'
import { tryTcp } from './tcp.ts'
import type { Destination, Outcome, TryOptions } from './try.ts'
import { tryUdp } from './udp.ts'

/** MIG's: so that many tries are no flood. */
const PAUSE_MS = 100

export async function* runOn(
  machine: Machine,
  parameters: Parameters,
  context: RunContext<Statistics>,
): AsyncGenerator<Finding, void> {
  const beganMs = performance.now()
  const { destination, protocol, destinationport: port } = parameters
  const host = await resolveHost(destination, context.signal)
  // Called off, it does not know whether there is such a host.
  context.signal.throwIfAborted()
  const name = protocol === 'icmp' ? destination : `${destination}:${port}`
  const head = { protocol, resolvedhost: `${name} (${host?.address ?? ''})` }
  if (host === undefined) {
    context.reportError(`${destination}: not found, or an address of many hosts`)
    yield { ...head, latencies: [], failures: ['not found'] }
  } else {
    const outcomes = await tries(machine, parameters, { ...host, port, signal: context.signal })
    if (outcomes.length < parameters.count)
      context.reportError(`stopped after ${outcomes.length} of ${parameters.count} tries`)
    yield { ...head, latencies: outcomes.map(latencyOf), failures: outcomes.flatMap(failureOf) }
  }
  context.reportStatistics({ exectime: formatDuration(performance.now() - beganMs) })
}

/** As many as there were before the run was called off. */
async function tries(
  machine: Machine,
  { protocol, count, timeout }: Parameters,
  { signal, ...destination }: Destination & { readonly signal: AbortSignal },
): Promise<readonly Outcome[]> {
  const options = { timeoutMs: timeout * 1000, signal }
  const tryOnce = tryBy(machine, protocol)
  const isCalledOff = (): boolean => signal.aborted
  const outcomes: Outcome[] = []
  while (!isCalledOff()) {
    const outcome = await tryOnce(destination, options)
    // A try that was called off has not measured what it says.
    if (isCalledOff()) break
    outcomes.push(outcome)
    if (outcomes.length === count) break
    // Ends early when called off.
    await sleep(PAUSE_MS, undefined, { signal }).catch(() => undefined)
  }
  return outcomes
}

function tryBy(
  machine: Machine,
  protocol: Parameters['protocol'],
): (destination: Destination, options: TryOptions) => Promise<Outcome> {
  switch (protocol) {
    case 'icmp':
      return (destination, options) => tryIcmp(machine, destination, options)
    case 'tcp':
      return tryTcp
    case 'udp':
      return tryUdp
  }
}

function latencyOf(outcome: Outcome): number {
  switch (outcome.kind) {
    case 'answered':
      // Never 0, which means a failure.
      return Math.max(0.001, Math.round(outcome.latencyMs * 1000) / 1000)
    case 'refused':
      return LATENCY.refused
    case 'timeout':
      return LATENCY.timeout
    case 'unreachable':
    case 'not permitted':
    case 'failed':
      return LATENCY.failed
  }
}

const failureOf = ({ kind }: Outcome): readonly Failure[] =>
  kind === 'unreachable' || kind === 'not permitted' || kind === 'failed' ? [kind] : []
