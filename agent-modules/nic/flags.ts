/** The command line of `nic`. */
import type { FlagValues, ModuleFlag } from '../contract.ts'
import { isSet, listOf } from '../support/flag-values.ts'

export const flags: readonly ModuleFlag[] = [
  {
    name: 'name',
    kind: 'value',
    repeatable: true,
    placeholder: 'REGEX',
    key: 'names',
    help: 'the name of the card matches',
  },
  {
    name: 'mac',
    kind: 'value',
    repeatable: true,
    placeholder: 'REGEX',
    key: 'macs',
    help: 'its hardware (MAC) address matches, in either case',
  },
  {
    name: 'promiscuous',
    kind: 'boolean',
    repeatable: false,
    help: 'it takes packets for others too: a sniffer, or a port of a bridge',
  },
]

/** Flags to parameters as they stand in an action file. @throws ParameterError */
export function fromFlags(values: FlagValues): unknown {
  return {
    names: listOf(values, 'name'),
    macs: listOf(values, 'mac'),
    promiscuous: isSet(values, 'promiscuous') ?? false,
  }
}
