/** The parameters and flags of `nic`. Without any, all cards are listed. */
import { z } from 'zod'
import type { FlagValues, ModuleFlag } from '../contract.ts'
import { isSet, listOf } from '../support/flag-values.ts'
import { parseMacPattern } from '../support/hardware-address.ts'
import { parsePattern } from '../support/pattern-filter.ts'
import { filters, flag } from '../support/search-parameters.ts'

const cardFilter = z.strictObject({
  /** A card is found when one of them matches its name. */
  names: filters(parsePattern),
  /** And one of these its MAC. */
  macs: filters(parseMacPattern),
  /** And it is in promiscuous mode. */
  promiscuous: flag,
})

/** No key is needed, so what is no plain object would pass for an empty one: a record is plain. */
export const parameters = z.record(z.string(), z.unknown()).pipe(cardFilter)
export type Parameters = z.infer<typeof parameters>

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
