/** The command line of `timedrift`. */
import type { FlagValues, ModuleFlag } from '../contract.ts'
import { listFlag, listOf, textOf, valueFlag } from '../support/flag-values.ts'

export const flags: readonly ModuleFlag[] = [
  valueFlag(
    'drift',
    'DURATION',
    'how far local time may be from that of a time server: 500ms, 60s, 5m; without it only local time is returned',
  ),
  listFlag(
    ['server', 'servers'],
    'HOST[:PORT]',
    "ask this time server, and none of the host's own or of the public",
  ),
]

export const fromFlags = (values: FlagValues): unknown => ({
  drift: textOf(values, 'drift') ?? '',
  ...(values.has('server') ? { servers: listOf(values, 'server') } : {}),
})
