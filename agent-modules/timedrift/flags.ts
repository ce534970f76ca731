/** The command line of `timedrift`. */
import type { FlagValues, ModuleFlag } from '../contract.ts'
import { listOf, textOf } from '../support/flag-values.ts'

export const flags: readonly ModuleFlag[] = [
  {
    name: 'drift',
    kind: 'value',
    repeatable: false,
    placeholder: 'DURATION',
    help: 'how far local time may be from that of a time server: 500ms, 60s, 5m; without it only local time is returned',
  },
  {
    name: 'server',
    kind: 'value',
    repeatable: true,
    placeholder: 'HOST[:PORT]',
    key: 'servers',
    help: "ask this time server, and none of the host's own or of the public",
  },
]

export const fromFlags = (values: FlagValues): unknown => ({
  drift: textOf(values, 'drift') ?? '',
  ...(values.has('server') ? { servers: listOf(values, 'server') } : {}),
})
