/** The parameters of `file`, in MIG's JSON shape. Unknown keys are refused by name, never ignored. */
import path from 'node:path'
import { z } from 'zod'
import { quote } from '../support/filter-error.ts'
import { parseBytes, parseDigest, parseSize } from '../support/filters.ts'
import { parseInvertible, parsePattern } from '../support/pattern-filter.ts'
import { parseTime } from '../support/time-filter.ts'
import { filters, flag, optional, searchesOf } from '../support/search-parameters.ts'

/** Filters in the order of their cost, which is the order they are tried in. */
export const FILTER_KINDS = [
  'name',
  'size',
  'mode',
  'mtime',
  'content',
  'bytes',
  'md5',
  'sha1',
  'sha2',
  'sha3',
] as const
export type FilterKind = (typeof FILTER_KINDS)[number]

/** The key of each kind of filter in a search. */
export const FILTER_KEYS = {
  name: 'names',
  size: 'sizes',
  mode: 'modes',
  mtime: 'mtimes',
  content: 'contents',
  bytes: 'bytes',
  md5: 'md5',
  sha1: 'sha1',
  sha2: 'sha2',
  sha3: 'sha3',
} as const satisfies Record<FilterKind, string>

const PATHS_LIMIT = 256
const PATH_LENGTH_LIMIT = 4096

/** Keys that people write because old documents have them, and what to write instead. */
const DEAD_KEYS: Readonly<Record<string, string>> = {
  regexes: 'MIG does not read it either, such a search finds nothing there; write "contents"',
  debug: 'it only prints on the agent',
  remotefs: 'MIG declares it and does not read it',
}

const isAbsolute = (place: string): boolean =>
  path.posix.isAbsolute(place) || path.win32.isAbsolute(place)

const searchPath = z
  .string()
  .min(1)
  .max(PATH_LENGTH_LIMIT)
  .refine(isAbsolute, { error: 'must be an absolute path' })
  .refine((place) => !place.includes('\0'), { error: 'must not hold a zero character' })

const limit = optional(z.int().min(0).max(1_000_000_000), 0)

/** 0 stands for no limit, as in MIG; so does an absent key. */
const options = z.strictObject(
  {
    maxdepth: limit,
    maxerrors: limit,
    matchlimit: limit,
    matchall: flag,
    macroal: flag,
    mismatch: optional(z.array(z.enum(FILTER_KINDS)).max(FILTER_KINDS.length), []),
    returnsha256: flag,
    decompress: flag,
  },
  { error: nameDeadKey },
)

export const search = z.strictObject(
  {
    description: z.string().max(1024).nullish(),
    paths: z.array(searchPath).min(1).max(PATHS_LIMIT),
    names: filters(parseInvertible),
    sizes: filters(parseSize),
    modes: filters(parsePattern),
    mtimes: filters((text) => parseTime(text, 0)),
    contents: filters(parseInvertible),
    bytes: filters(parseBytes),
    md5: filters((text) => parseDigest('md5', text)),
    sha1: filters((text) => parseDigest('sha1', text)),
    sha2: filters((text) => parseDigest('sha2', text)),
    sha3: filters((text) => parseDigest('sha3', text)),
    options: options.nullish().transform((value) => value ?? options.parse({})),
  },
  { error: nameDeadKey },
)

const label = z.string().min(1).max(64)

export const parameters = z.strictObject({ searches: searchesOf(label, search) })
export type Parameters = z.infer<typeof parameters>
export type Search = z.infer<typeof search>

/** Contents and byte strings: a file's answer to each is one bit of what it holds. */
export const probes = ({ searches }: Parameters): number =>
  Object.values(searches).reduce(
    (sum, { contents, bytes }) => sum + contents.length + bytes.length,
    0,
  )

/** All other keys are unknown as those of any module. */
function nameDeadKey(issue: z.core.$ZodRawIssue): string | undefined {
  if (issue.code !== 'unrecognized_keys') return undefined
  const key = issue.keys.find((each) => Object.hasOwn(DEAD_KEYS, each))
  return key === undefined ? undefined : `unknown key ${quote(key)}: ${DEAD_KEYS[key] ?? ''}`
}
