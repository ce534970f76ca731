/** The command line of `ping`, as MIG spells it. */
import { ParameterError, type FlagValues, type ModuleFlag } from '../contract.ts'
import { textOf, valueFlag, wholeNumberOf } from '../support/flag-values.ts'
import { DEFAULTS, LIMITS } from './parameters.ts'

export const flags: readonly ModuleFlag[] = [
  valueFlag(['d', 'destination'], 'HOST', 'destination: a name, an IPv4 or an IPv6 address'),
  valueFlag(['dp', 'destinationport'], 'PORT', `port, of tcp and udp (default ${DEFAULTS.port})`),
  valueFlag(['p', 'protocol'], 'PROTOCOL', 'icmp, tcp or udp (default icmp); behind -d'),
  valueFlag(
    ['c', 'count'],
    'N',
    `how many tries, at most ${LIMITS.count} (default ${DEFAULTS.count})`,
  ),
  valueFlag(
    ['t', 'timeout'],
    'SECONDS',
    `how long each may take, at most ${LIMITS.timeout} (default ${DEFAULTS.timeout}); behind -d`,
  ),
]

/** Flags to parameters as they stand in an action file. @throws ParameterError */
export function fromFlags(values: FlagValues): unknown {
  if (!values.has('d')) throw new ParameterError('-d', 'is required')
  const protocol = textOf(values, 'p') ?? 'icmp'
  if (protocol === 'icmp' && values.has('dp'))
    throw new ParameterError('-dp', 'icmp has no ports; write -p tcp or -p udp')
  return {
    destination: textOf(values, 'd'),
    protocol,
    ...(protocol === 'icmp'
      ? {}
      : { destinationport: wholeNumberOf(values, 'dp') ?? DEFAULTS.port }),
    count: wholeNumberOf(values, 'c') ?? DEFAULTS.count,
    timeout: secondsOf(values, 't') ?? DEFAULTS.timeout,
  }
}

function secondsOf(values: FlagValues, name: string): number | undefined {
  const text = textOf(values, name)
  if (text === undefined) return undefined
  if (!/^[0-9]{1,3}(?:\.[0-9]{1,3})?$/.test(text))
    throw new ParameterError(`-${name}`, 'must be a number of seconds')
  return Number(text)
}
