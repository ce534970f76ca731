/** The command line of `logins`. */
import type { FlagValues, ModuleFlag } from '../contract.ts'
import { isSet, listOf, textOf, wholeNumberOf } from '../support/flag-values.ts'
import { windowFlags, windowFromFlags } from '../support/time-window.ts'
import { DEFAULT_LIMIT, QUERIES, type Query } from './parameters.ts'

const QUERY_HELP: Readonly<Record<Query, string>> = {
  current: 'who is logged in (default)',
  history: 'who was logged in, and when the host started, newest first',
  failed: 'failed logins, counted by user and source',
  lastlogins: 'when each account last logged in',
  privileged: 'members of sudo-like groups, and whom sudoers names',
  accounts: 'accounts that somebody can use: uid 0, password, login shell',
}

export const flags: readonly ModuleFlag[] = [
  ...QUERIES.map((name): ModuleFlag => ({
    name,
    kind: 'boolean',
    repeatable: false,
    key: 'queries',
    help: QUERY_HELP[name],
  })),
  {
    name: 'user',
    kind: 'value',
    repeatable: false,
    placeholder: 'REGEX',
    help: 'only users whose name matches; !REGEX: does not match',
  },
  {
    name: 'source',
    kind: 'value',
    repeatable: true,
    placeholder: 'ADDRESS',
    key: 'sources',
    help: 'only logins from this address or network: 192.0.2.1, 10.0.0.0/8',
  },
  ...windowFlags,
  {
    name: 'limit',
    kind: 'value',
    repeatable: false,
    placeholder: 'N',
    help: `how many to return of each (default ${DEFAULT_LIMIT})`,
  },
]

export const fromFlags = (values: FlagValues): unknown => ({
  queries: QUERIES.filter((query) => isSet(values, query) === true),
  user: textOf(values, 'user') ?? null,
  sources: listOf(values, 'source'),
  ...windowFromFlags(values),
  limit: wholeNumberOf(values, 'limit') ?? 0,
})
