/** The command line of `netstat`, as MIG spells it. */
import { ParameterError, type FlagValues, type ModuleFlag } from '../contract.ts'
import { booleanFlag, isSet, listFlag, listOf } from '../support/flag-values.ts'
import type { QueryKey } from './parameters.ts'
import { SOCKET_STATES } from './socket.ts'

interface QueryFlag {
  readonly key: QueryKey
  readonly placeholder: string
  readonly help: string
}

const QUERY_FLAGS: Readonly<Record<string, QueryFlag>> = {
  lm: { key: 'localmac', placeholder: 'REGEX', help: 'a card of the host has this MAC' },
  nm: { key: 'neighbormac', placeholder: 'REGEX', help: 'a neighbour has this MAC' },
  li: { key: 'localip', placeholder: 'IP|CIDR', help: 'the host has this address' },
  ni: { key: 'neighborip', placeholder: 'IP|CIDR', help: 'a neighbour has this address' },
  ci: { key: 'connectedip', placeholder: 'IP|CIDR', help: 'a socket is connected to this address' },
  lp: {
    key: 'listeningport',
    placeholder: 'PORT',
    help: 'something listens on this port: TCP in LISTEN, UDP open to any peer',
  },
  localport: {
    key: 'localport',
    placeholder: 'PORT',
    help: 'a socket has this local port, whatever it does',
  },
}

export const flags: readonly ModuleFlag[] = [
  ...Object.entries(QUERY_FLAGS).map(([name, { key, placeholder, help }]) =>
    listFlag([name, key], placeholder, help),
  ),
  listFlag(
    ['state', 'states'],
    'STATE',
    `for -ci and -localport, only sockets in this state: ${SOCKET_STATES.join(', ')}`,
  ),
  booleanFlag('namespaces', 'look into all network namespaces, as those of containers (Linux)'),
]

/** Flags to parameters as they stand in an action file. @throws ParameterError */
export function fromFlags(values: FlagValues): unknown {
  const queries = Object.keys(QUERY_FLAGS)
  if (!queries.some((name) => values.has(name)))
    throw new ParameterError(
      '',
      `ask at least one of ${queries.map((name) => `-${name}`).join(', ')}`,
    )
  return {
    ...Object.fromEntries(
      Object.entries(QUERY_FLAGS).map(([name, { key }]) => [key, listOf(values, name)]),
    ),
    states: listOf(values, 'state').map((state) => state.toUpperCase()),
    namespaces: isSet(values, 'namespaces') ?? false,
  }
}
