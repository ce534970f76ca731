/** The command line of `process`: one search, labelled s1, as in `file`. */
import type { FlagValues, ModuleFlag } from '../contract.ts'
import { booleanFlags, isMatchAll, isSet, listOf } from '../support/flag-values.ts'
import { FILTER_KEYS, FILTER_KINDS, type FilterKind } from './parameters.ts'

const LABEL = 's1'
const SEARCH = `searches.${LABEL}`
type ListKind = Exclude<FilterKind, 'deleted'>

const FILTER_FLAGS: Readonly<Record<ListKind, Pick<ModuleFlag, 'placeholder' | 'help'>>> = {
  name: { placeholder: 'REGEX', help: 'name matches; !REGEX: does not match' },
  path: { placeholder: 'REGEX', help: 'path of the executable matches; !REGEX: does not match' },
  cmdline: { placeholder: 'REGEX', help: 'command line matches; !REGEX: does not; never returned' },
  user: { placeholder: 'USER', help: 'has the rights of this user, by name or number; !USER' },
  pid: { placeholder: 'N', help: 'is the process of this number; !N' },
  ppid: { placeholder: 'N', help: 'was started by the process of this number; !N' },
  parent: { placeholder: 'REGEX', help: "parent's name matches; !REGEX: does not match" },
  start: {
    placeholder: 'TIME',
    help: '<2h started within, >90d longer ago (d h m); after:2026-01-02, before:2026-01-02T03:04:05Z',
  },
  env: { placeholder: 'REGEX', help: 'name of an environment variable matches; !REGEX: none does' },
  sha2: { placeholder: 'HEX', help: 'executable has this SHA-256, -384 or -512, told by length' },
}
const LIST_KINDS = FILTER_KINDS.filter((kind) => kind !== 'deleted')

const DELETED = {
  deleted: 'the executable was deleted or replaced; -deleted=false: it is still there',
}
const BOOLEAN_FLAGS = {
  matchall: 'all filters must hit (default)',
  matchany: 'one filter is enough; those that hit are named, but no command lines',
  returnsha256: 'return the SHA-256 of each executable',
  tree: 'return the ancestors of what is found too, and print a tree',
} as const

export const flags: readonly ModuleFlag[] = [
  ...LIST_KINDS.map((name): ModuleFlag => ({
    name,
    kind: 'value',
    repeatable: true,
    key: `${SEARCH}.${FILTER_KEYS[name]}`,
    ...FILTER_FLAGS[name],
  })),
  {
    name: 'mismatch',
    kind: 'value',
    repeatable: true,
    placeholder: 'FILTER',
    key: `${SEARCH}.options.mismatch`,
    help: `turn a filter round: ${FILTER_KINDS.join(', ')}`,
  },
  ...booleanFlags(DELETED, SEARCH),
  ...booleanFlags(BOOLEAN_FLAGS, `${SEARCH}.options`),
]

/** Flags to parameters as they stand in an action file. @throws ParameterError */
export function fromFlags(values: FlagValues): unknown {
  const deleted = isSet(values, 'deleted')
  return {
    searches: {
      [LABEL]: {
        ...Object.fromEntries(
          LIST_KINDS.filter((kind) => values.has(kind)).map((kind) => [
            FILTER_KEYS[kind],
            listOf(values, kind),
          ]),
        ),
        ...(deleted === undefined ? {} : { deleted }),
        options: {
          matchall: isMatchAll(values),
          mismatch: listOf(values, 'mismatch'),
          returnsha256: isSet(values, 'returnsha256') ?? false,
          tree: isSet(values, 'tree') ?? false,
        },
      },
    },
  }
}
