/** What is wrong with a file that a person wrote, in words for that person. Not for documents from strangers (parse.ts). */
import type { z } from 'zod'
import { fieldPath, type Parsed } from './parse.ts'
import { closest } from './suggest.ts'

const TYPES: Readonly<Record<string, string>> = {
  string: 'a text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'an object',
  record: 'an object',
}

const UNITS: Readonly<Record<string, string>> = { string: ' characters', array: ' entries' }

/** How zod begins what it words itself; a schema's own words are for people already. */
const ZODS_OWN = /^(?:Invalid|Too (?:small|big))/

/** `known`: every key that the schema has anywhere, for what a misspelt one may have meant. */
export function parseWritten<T>(
  schema: z.ZodType<T>,
  raw: unknown,
  known: readonly string[],
): Parsed<T> {
  const result = schema.safeParse(raw)
  if (result.success) return { ok: true, value: result.data }
  const { issues } = result.error
  // A misspelt key is why another one is missing.
  const issue = issues.find(({ code }) => code === 'unrecognized_keys') ?? issues[0]
  if (issue === undefined) return { ok: false, path: '', reason: 'not valid' }
  const reason = explain(issue, { value: valueAt(raw, issue.path), known })
  return { ok: false, path: fieldPath(issue.path), reason }
}

function explain(
  issue: z.core.$ZodIssue,
  { value, known }: { value: unknown; known: readonly string[] },
): string {
  if (issue.code === 'unrecognized_keys') return unknownKey(issue.keys[0] ?? '', known)
  if (value === undefined) return 'is missing'
  if (!ZODS_OWN.test(issue.message)) return issue.message
  if (issue.code === 'invalid_key') return issue.issues[0]?.message ?? issue.message
  if (issue.code === 'invalid_type')
    return `must be ${TYPES[issue.expected] ?? issue.expected}, not ${kindOf(value)}`
  if (issue.code === 'invalid_value')
    return `must be ${issue.values.map((each) => JSON.stringify(each)).join(' or ')}`
  return bound(issue)
}

function bound(issue: z.core.$ZodIssue): string {
  if (issue.code === 'too_big')
    return `must be at most ${String(issue.maximum)}${UNITS[issue.origin] ?? ''}`
  if (issue.code !== 'too_small') return issue.message
  const isEmpty = issue.origin !== 'number' && Number(issue.minimum) === 1
  return isEmpty ? 'must not be empty' : `must be at least ${String(issue.minimum)}`
}

function unknownKey(key: string, known: readonly string[]): string {
  const near = closest(key, known)
  const shown = JSON.stringify(key.slice(0, 64))
  return `unknown key ${shown}${near === undefined ? '' : `; did you mean ${JSON.stringify(near)}?`}`
}

function kindOf(value: unknown): string {
  if (value === null) return 'null'
  if (Array.isArray(value)) return TYPES['array'] ?? ''
  return typeof value === 'boolean' ? String(value) : (TYPES[typeof value] ?? typeof value)
}

const valueAt = (raw: unknown, path: readonly PropertyKey[]): unknown =>
  path.reduce<unknown>(
    (value, part) =>
      typeof value === 'object' && value !== null && Object.hasOwn(value, part)
        ? Reflect.get(value, part)
        : undefined,
    raw,
  )
