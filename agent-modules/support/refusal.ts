/**
 * Why what a person wrote is refused, in plain words: where, what must stand there, and what does. For parameters, policies
 * and action files in one place, from what zod says. Not for documents from strangers (node/core/parse.ts), who are quoted less.
 */
import { z } from 'zod'
import { quote } from './filter-error.ts'
import { closest } from './suggest.ts'

type Issue = z.core.$ZodRawIssue | z.core.$ZodIssue

const TYPES: Readonly<Record<string, string>> = {
  string: 'a text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'an object',
  record: 'an object',
}
/** Of a key enough is shown to find the place, too little to fill a log or a cache. */
const KEY_LENGTH = 64
/** What has a size, and what that counts. */
const SIZED: Readonly<Record<string, readonly [noun: string, unit: string]>> = {
  string: ['a text', 'characters'],
  array: ['a list', 'entries'],
}

export type Parsed<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly path: string; readonly reason: string }

export function parseWritten<T>(schema: z.ZodType<T>, raw: unknown): Parsed<T> {
  const result = schema.safeParse(raw, { error: refusalOf })
  if (result.success) return { ok: true, value: result.data }
  const { issues } = result.error
  // A misspelt key is why another one is missing.
  const issue = issues.find(({ code }) => code === 'unrecognized_keys') ?? issues[0]
  return { ok: false, path: fieldPath(issue?.path ?? []), reason: issue?.message ?? 'not valid' }
}

/** `searches.s1.sizes[0]` */
export function fieldPath(path: readonly PropertyKey[]): string {
  return path
    .map((part) => (typeof part === 'number' ? `[${String(part)}]` : `.${shortened(part)}`))
    .join('')
    .replace(/^\./, '')
}

/** A copy, so that the short text does not keep the long one alive. */
const shortened = (part: PropertyKey): string =>
  Buffer.from(String(part).slice(0, KEY_LENGTH)).toString()

/** As zod's error map, which has no word where a schema has its own. */
function refusalOf(issue: z.core.$ZodRawIssue): string {
  if (issue.code === 'unrecognized_keys') return unknownKeys(issue.keys, issue.inst)
  if (issue.code === 'invalid_key') return `its name ${issue.issues[0]?.message ?? 'is not valid'}`
  if (issue.code === 'invalid_union') {
    const [nearest] = issue.errors.flatMap(([first]) => (isOfType(first) ? [] : [first]))
    if (nearest !== undefined) return withPlace(nearest)
  }
  const expected = expectation(issue)
  if (expected === undefined) return 'is not valid'
  if (issue.input === undefined) return `is missing; it must be ${expected}`
  const given = isEmpty(issue) ? '' : `, not ${shown(issue)}`
  return `must be ${expected}${given}`
}

function unknownKeys(keys: readonly string[], schema: unknown): string {
  const known = schema instanceof z.ZodObject ? Object.keys(schema.shape) : []
  const [key = ''] = keys
  const near = closest(key, known)
  const meant = near === undefined ? `there are ${known.join(', ')}` : `did you mean "${near}"?`
  return `unknown key ${quote(key)}; ${meant}`
}

/** What must stand there, as a noun; undefined of what is said in other words. */
function expectation(issue: Issue): string | undefined {
  if (issue.code === 'invalid_type') return TYPES[issue.expected] ?? issue.expected
  if (issue.code === 'invalid_value') return oneOf(issue.values.map(String))
  if (issue.code === 'too_small') return sized(issue.origin, 'at least', issue.minimum)
  if (issue.code === 'too_big') return sized(issue.origin, 'at most', issue.maximum)
  if (issue.code === 'invalid_format') return `a text of the form ${issue.pattern ?? issue.format}`
  if (issue.code !== 'invalid_union') return undefined
  return issue.errors.flatMap(([first]) => (first && expectation(first)) ?? []).join(' or ')
}

const oneOf = (words: readonly string[]): string =>
  `${words.length > 1 ? 'one of ' : ''}${words.join(', ')}`

function sized(origin: string, bound: string, limit: number | bigint): string {
  const [noun, unit] = SIZED[origin] ?? []
  if (noun === undefined) return `${bound} ${limit}`
  return bound === 'at least' && Number(limit) === 1
    ? `${noun} that is not empty`
    : `${noun} of ${bound} ${limit} ${unit ?? ''}`
}

/** Of alternatives, those say least of which not even the type is given. */
const isOfType = (issue: z.core.$ZodIssue | undefined): boolean =>
  issue === undefined ||
  (issue.path.length === 0 && (issue.code === 'invalid_type' || issue.code === 'invalid_value'))

const withPlace = ({ path, message }: z.core.$ZodIssue): string =>
  path.length === 0 ? message : `${fieldPath(path)}: ${message}`

/** That it must not be so says enough. */
const isEmpty = ({ code, input }: z.core.$ZodRawIssue): boolean =>
  code === 'too_small' && (input === '' || (Array.isArray(input) && input.length === 0))

/** What was given, short; of what is too long or too short, only its size. */
function shown({ code, input }: z.core.$ZodRawIssue): string {
  const isSize = code === 'too_big' || code === 'too_small'
  if (typeof input === 'string') return isSize ? String(input.length) : quote(input)
  if (Array.isArray(input)) return isSize ? String(input.length) : 'a list'
  if (typeof input === 'object' && input !== null) return 'an object'
  return typeof input === 'function' || typeof input === 'symbol'
    ? `a ${typeof input}`
    : String(input)
}
