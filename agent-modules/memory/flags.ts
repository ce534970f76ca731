/** The command line of `memory`, as MIG spells it: one search, labelled s1. */
import { ParameterError, type FlagValues, type ModuleFlag } from '../contract.ts'
import { booleanFlags, isMatchAll, isSet, listOf, textOf } from '../support/flag-values.ts'

const LABEL = 's1'
const SEARCH = `searches.${LABEL}`
const BYTES_FORM = /^(?:0x[0-9a-f]{1,13}|[0-9]{1,15})$/i

const LIST_FLAGS = {
  name: {
    key: 'names',
    placeholder: 'REGEX',
    help: 'path of the executable, or name, matches; !REGEX: neither does',
  },
  lib: {
    key: 'libraries',
    placeholder: 'REGEX',
    help: 'path of some mapped file matches; !REGEX: none does',
  },
  content: { key: 'contents', placeholder: 'REGEX', help: 'some line of memory matches' },
  bytes: { key: 'bytes', placeholder: 'HEX', help: 'memory holds these bytes' },
} as const

const NUMBER_FLAGS = {
  offset: {
    placeholder: 'ADDRESS',
    help: 'look at memory from this address on; decimal, or 0x...',
  },
  maxlength: {
    placeholder: 'BYTES',
    help: 'look at so many bytes of each process; 0: all (default)',
  },
} as const

const BOOLEAN_FLAGS = {
  matchall: 'all filters must hit (default)',
  matchany: 'one filter is enough; those that hit are named, but no content or bytes',
  logfailures: 'say of each process what could not be read',
} as const

export const flags: readonly ModuleFlag[] = [
  ...Object.entries(LIST_FLAGS).map(([name, { key, placeholder, help }]): ModuleFlag => ({
    name,
    kind: 'value',
    repeatable: true,
    key: `${SEARCH}.${key}`,
    placeholder,
    help,
  })),
  ...Object.entries(NUMBER_FLAGS).map(([name, { placeholder, help }]): ModuleFlag => ({
    name,
    kind: 'value',
    repeatable: false,
    key: `${SEARCH}.options.${name}`,
    placeholder,
    help,
  })),
  ...booleanFlags(BOOLEAN_FLAGS, `${SEARCH}.options`),
]

/** Flags to parameters as they stand in an action file. @throws ParameterError */
export function fromFlags(values: FlagValues): unknown {
  const lists = Object.entries(LIST_FLAGS).filter(([name]) => values.has(name))
  return {
    searches: {
      [LABEL]: {
        ...Object.fromEntries(lists.map(([name, { key }]) => [key, listOf(values, name)])),
        options: {
          offset: bytesOf(values, 'offset'),
          maxlength: bytesOf(values, 'maxlength'),
          logfailures: isSet(values, 'logfailures') ?? false,
          matchall: isMatchAll(values),
        },
      },
    },
  }
}

function bytesOf(values: FlagValues, name: keyof typeof NUMBER_FLAGS): number {
  const text = textOf(values, name) ?? '0'
  if (!BYTES_FORM.test(text))
    throw new ParameterError(`-${name}`, 'must be a whole number of bytes, decimal or 0x...')
  return Number(text)
}
