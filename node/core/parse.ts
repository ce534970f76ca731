/** Schema failures as one line with a field path, the same for every kind of document. */
import { z } from 'zod'
import { fieldPath, type Parsed } from '../../agent-modules/support/refusal.ts'
import { isPlainJson, NESTING_LIMIT, parseCanonicalJson } from './bytes.ts'
import { MeshError } from './errors.ts'

/** Text quoted from a stranger's document: enough to find the place, too little to fill a log or a cache. */
const QUOTED_LENGTH = 64

/** JSON of any shape that survives being signed; a module's own schema reads it later. Linear, where `z.json()` is not cheap. */
export const jsonValue = z.custom<z.core.util.JSONType>((value) => isPlainJson(value), {
  error: ({ input }) =>
    input === undefined
      ? 'is missing'
      : `must be JSON of at most ${NESTING_LIMIT} levels, without the key __proto__`,
})

/** Parses once, at the border: `path` is `operations[0].module`. */
export function parseWith<T>(schema: z.ZodType<T>, raw: unknown): Parsed<T> {
  const result = schema.safeParse(raw)
  if (result.success) return { ok: true, value: result.data }
  const issue = result.error.issues[0]
  return { ok: false, path: fieldPath(issue?.path ?? []), reason: reasonFor(issue) }
}

/** Reads the payload of an envelope; `what` names it in the error. @throws MeshError PAYLOAD_MALFORMED */
export function parsePayload<T>(schema: z.ZodType<T>, payload: Uint8Array, what: string): T {
  const raw = parseCanonicalJson(payload)
  if (raw === undefined) throw malformed(what, 'not canonical JSON')
  const parsed = parseWith(schema, raw)
  if (parsed.ok) return parsed.value
  throw malformed(what, parsed.path === '' ? parsed.reason : `${parsed.path}: ${parsed.reason}`)
}

const malformed = (what: string, reason: string): MeshError =>
  new MeshError({ code: 'PAYLOAD_MALFORMED', what, reason })

/** Unknown keys may be many and long; the first is named. */
function reasonFor(issue: z.core.$ZodIssue | undefined): string {
  if (issue?.code !== 'unrecognized_keys') return issue?.message ?? 'not valid'
  return `unknown key ${JSON.stringify((issue.keys[0] ?? '').slice(0, QUOTED_LENGTH))}`
}
