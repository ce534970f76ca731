/** The command line of `file`, as MIG spells it: one search, labelled s1. */
import { ParameterError, type FlagValues, type ModuleFlag } from '../contract.ts'
import { booleanFlags, isMatchAll, isSet, wholeNumberOf } from '../support/flag-values.ts'
import { FILTER_KEYS, FILTER_KINDS, type FilterKind } from './parameters.ts'

const LABEL = 's1'
const SEARCH = `searches.${LABEL}`

/** What the command line sets when nothing is typed; action files have MIG's own defaults. */
const DEFAULT_LIMITS = { maxdepth: 1000, maxerrors: 30, matchlimit: 1000 } as const
type LimitName = keyof typeof DEFAULT_LIMITS

const FILTER_FLAGS: Readonly<Record<FilterKind, Pick<ModuleFlag, 'placeholder' | 'help'>>> = {
  name: { placeholder: 'REGEX', help: 'base name matches; !REGEX: does not match' },
  size: { placeholder: 'SIZE', help: '<10k at most, >1m at least, 512 exactly; units k m g t' },
  mode: {
    placeholder: 'REGEX',
    help: 'mode as Go prints it matches: -rw-r--r--, setuid u, setgid g, sticky t',
  },
  mtime: {
    placeholder: 'TIME',
    help: '<2d modified within, >90d longer ago (d h m); after:2026-01-02, before:2026-01-02T03:04:05Z',
  },
  content: { placeholder: 'REGEX', help: 'some line matches; !REGEX: no line matches' },
  bytes: { placeholder: 'HEX', help: 'holds these bytes anywhere' },
  md5: { placeholder: 'HEX', help: 'has this MD5' },
  sha1: { placeholder: 'HEX', help: 'has this SHA-1' },
  sha2: { placeholder: 'HEX', help: 'has this SHA-256, SHA-384 or SHA-512, told by length' },
  sha3: { placeholder: 'HEX', help: 'has this SHA3-224, -256, -384 or -512, told by length' },
}

const LIMIT_FLAGS: Readonly<Record<LimitName, string>> = {
  maxdepth: 'how many directories deep, the path itself is 1; 0: any (default 1000)',
  maxerrors: 'how many errors to return; 0: all (default 30)',
  matchlimit: 'how many files to return; 0: all (default 1000)',
}

const BOOLEAN_FLAGS = {
  matchall: 'all filters must hit (default)',
  matchany: 'one filter is enough; those that hit are named, but no content or bytes',
  macroal: '-content must match all lines, !REGEX none',
  returnsha256: 'return the SHA-256 of each file found',
  decompress: 'search content and hashes of gzip files in what they unpack to',
} as const

export const flags: readonly ModuleFlag[] = [
  {
    name: 'path',
    kind: 'value',
    repeatable: true,
    placeholder: 'PATH',
    key: `${SEARCH}.paths`,
    help: 'directory, searched with all below it, or file',
  },
  ...FILTER_KINDS.map((name): ModuleFlag => ({
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
  ...Object.entries(LIMIT_FLAGS).map(([name, help]): ModuleFlag => ({
    name,
    kind: 'value',
    repeatable: false,
    placeholder: 'N',
    key: `${SEARCH}.options.${name}`,
    help,
  })),
  ...booleanFlags(BOOLEAN_FLAGS, `${SEARCH}.options`),
]

/** Flags to parameters as they stand in an action file. @throws ParameterError */
export function fromFlags(values: FlagValues): unknown {
  if ((values.get('path') ?? []).length === 0) throw new ParameterError('-path', 'is required')
  return {
    searches: {
      [LABEL]: { paths: values.get('path'), ...filters(values), options: options(values) },
    },
  }
}

function filters(values: FlagValues): Readonly<Record<string, readonly string[]>> {
  return Object.fromEntries(
    FILTER_KINDS.filter((kind) => values.has(kind)).map((kind) => [
      FILTER_KEYS[kind],
      values.get(kind) ?? [],
    ]),
  )
}

function options(values: FlagValues): Readonly<Record<string, unknown>> {
  return {
    maxdepth: limit(values, 'maxdepth'),
    maxerrors: limit(values, 'maxerrors'),
    matchlimit: limit(values, 'matchlimit'),
    matchall: isMatchAll(values),
    macroal: isSet(values, 'macroal') ?? false,
    returnsha256: isSet(values, 'returnsha256') ?? false,
    decompress: isSet(values, 'decompress') ?? false,
    mismatch: values.get('mismatch') ?? [],
  }
}

const limit = (values: FlagValues, name: LimitName): number =>
  wholeNumberOf(values, name) ?? DEFAULT_LIMITS[name]
