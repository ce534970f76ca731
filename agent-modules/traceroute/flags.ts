/** The command line of `traceroute`. */
import { ParameterError, type FlagValues, type ModuleFlag } from '../contract.ts'
import { textOf, valueFlag, wholeNumberOf } from '../support/flag-values.ts'
import { DEFAULTS, LIMITS } from './parameters.ts'

export const flags: readonly ModuleFlag[] = [
  valueFlag(['d', 'destination'], 'HOST', 'destination: a name, an IPv4 or an IPv6 address'),
  valueFlag('maxhops', 'N', bounded('how many hops at most', 'maxhops')),
  valueFlag('probes', 'N', bounded('how many probes to each hop', 'probes')),
  valueFlag('timeout', 'SECONDS', bounded('how long to wait for each probe', 'timeout')),
]

function bounded(help: string, name: keyof typeof LIMITS): string {
  return `${help}, 1 to ${LIMITS[name]} (default ${DEFAULTS[name]})`
}

/** Flags to parameters as they stand in an action file. @throws ParameterError */
export function fromFlags(values: FlagValues): unknown {
  if (!values.has('d')) throw new ParameterError('-d', 'is required')
  return {
    destination: textOf(values, 'd'),
    maxhops: wholeNumberOf(values, 'maxhops') ?? DEFAULTS.maxhops,
    probes: wholeNumberOf(values, 'probes') ?? DEFAULTS.probes,
    timeout: wholeNumberOf(values, 'timeout') ?? DEFAULTS.timeout,
  }
}
