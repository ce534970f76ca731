/** The command line of `nic`. */
import type { FlagValues, ModuleFlag } from '../contract.ts'
import { booleanFlag, isSet, listFlag, listOf } from '../support/flag-values.ts'

export const flags: readonly ModuleFlag[] = [
  listFlag(['name', 'names'], 'REGEX', 'the name of the card matches'),
  listFlag(['mac', 'macs'], 'REGEX', 'its hardware (MAC) address matches, in either case'),
  booleanFlag('promiscuous', 'it takes packets for others too: a sniffer, or a port of a bridge'),
]

/** Flags to parameters as they stand in an action file. @throws ParameterError */
export function fromFlags(values: FlagValues): unknown {
  return {
    names: listOf(values, 'name'),
    macs: listOf(values, 'mac'),
    promiscuous: isSet(values, 'promiscuous') ?? false,
  }
}
