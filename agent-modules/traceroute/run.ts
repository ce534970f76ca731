/** One run of `traceroute`: the host's own program looks for the way, bounded in hops and time. */
import { UnsupportedError, type RunContext } from '../contract.ts'
import { formatDuration } from '../support/go-format.ts'
import { formatAddress, parseAddress, withoutZone } from '../support/ip-address.ts'
import { unsupportedHere, type Machine } from '../support/machine.ts'
import { resolveHost, type ResolvedHost } from '../support/resolve-host.ts'
import type { Finding, Hop, Statistics } from './answer.ts'
import { readHops } from './hops.ts'
import type { Parameters } from './parameters.ts'

/** For the whole way: a silent one of 30 hops takes as long where probes go one after another. */
const TIMEOUT_MS = 180_000

export async function* runOn(
  machine: Machine,
  parameters: Parameters,
  context: RunContext<Statistics>,
): AsyncGenerator<Finding, void> {
  const beganMs = performance.now()
  const { destination } = parameters
  const host = await resolveHost(destination, context.signal)
  const resolvedhost = `${destination} (${host?.address ?? ''})`
  if (host === undefined) {
    context.reportError(`${destination}: not found, or an address of many hosts`)
    yield { resolvedhost, reached: false, hops: [], failure: 'not found' }
  } else {
    const hops = readHops(await trace(machine, programsFor(machine, host, parameters), context))
    if (hops.length === 0) context.reportError('no way was found')
    yield { resolvedhost, reached: isReached(hops, host.address), hops }
  }
  context.reportStatistics({ exectime: formatDuration(performance.now() - beganMs) })
}

interface Program {
  readonly name: string
  readonly args: readonly string[]
}

/** What the first program that is there prints. @throws UnsupportedError where there is none */
async function trace(
  machine: Machine,
  programs: readonly Program[],
  context: RunContext<Statistics>,
): Promise<string> {
  for (const { name, args } of programs) {
    const outcome = await machine.run(name, args, {
      signal: context.signal,
      timeoutMs: TIMEOUT_MS,
    })
    if (outcome.kind === 'missing') continue
    if (outcome.kind === 'stopped')
      context.reportError(`${name}: ${outcome.reason}: the way is cut short`)
    return outcome.stdout.toString('latin1')
  }
  throw new UnsupportedError(
    `traceroute: there is no ${programs.map(({ name }) => name).join(' or ')} here`,
  )
}

/** By preference. All have numbers instead of names: asking for names tells others what is looked at. */
function programsFor(
  machine: Machine,
  { address, family }: ResolvedHost,
  { maxhops, probes, timeout }: Parameters,
): readonly Program[] {
  const isV6 = family === 6
  const version = isV6 ? '-6' : '-4'
  const bounds = ['-n', '-q', String(probes), '-w', String(timeout), '-m', String(maxhops)]
  if (machine.platform === 'linux')
    return [
      { name: 'traceroute', args: [version, ...bounds, address] },
      // Its probes and waits are its own.
      { name: 'tracepath', args: [version, '-n', '-m', String(maxhops), address] },
    ]
  if (machine.platform === 'darwin')
    return [{ name: isV6 ? 'traceroute6' : 'traceroute', args: [...bounds, address] }]
  if (machine.platform === 'win32') {
    const waitMs = String(timeout * 1000)
    const args = ['-d', '-h', String(maxhops), '-w', waitMs, version, address]
    return [{ name: 'tracert', args }]
  }
  return unsupportedHere('traceroute', machine)
}

const isReached = (hops: readonly Hop[], address: string): boolean =>
  hops.some(
    ({ addresses, refusal }) =>
      refusal === undefined && addresses.some((each) => canonical(each) === canonical(address)),
  )

/** IPv6 addresses can be written in several ways. */
function canonical(address: string): string {
  const bytes = parseAddress(withoutZone(address))
  return bytes === undefined ? address : formatAddress(bytes)
}
