/**
 * An action that nobody has signed: a JSON file that a person edits, MIG's own files (syntax 2) included. `compose` makes
 * it complete. Not for signed bytes (action.ts).
 */
import { z } from 'zod'
import { parseWritten } from '../../agent-modules/support/refusal.ts'
import {
  type Action,
  CLOCK_SKEW_MS,
  description,
  operation,
  type ReplyNode,
  TARGET_SIZE_LIMIT,
  threat,
} from './action.ts'
import { MeshError } from './errors.ts'
import type { MeshId } from './ids.ts'

/** What MIG's server filled in; a file copied from a server has them, and they mean nothing before signing. */
const SERVER_KEYS = [
  'id',
  'status',
  'starttime',
  'finishtime',
  'lastupdatetime',
  'counters',
  'investigators',
  'pgpsignatures',
  'mesh',
  'replyto',
  'answerwithin',
  'nonce',
  'seq',
] as const

const looseTime = z.iso
  .datetime({ offset: true, message: 'must be an RFC 3339 time such as 2026-11-21T02:30:00Z' })
  .transform((text) => Date.parse(text))

const draftSchema = z.strictObject({
  name: z.string().min(1).max(256),
  target: z.string().min(1).max(TARGET_SIZE_LIMIT),
  description: description.optional(),
  threat: threat.optional(),
  validfrom: looseTime.optional(),
  expireafter: looseTime.optional(),
  operations: z
    .array(
      operation.extend({
        is_compressed: z.literal(false).optional(),
        want_compressed: z.boolean().optional(),
      }),
    )
    .min(1)
    .transform((all) => all.map(({ module, parameters }) => ({ module, parameters }))),
  syntaxversion: z.literal([2, 3]).optional(),
})

export interface Draft extends z.infer<typeof draftSchema> {
  /** Keys of the file that say nothing here, by name. */
  readonly dropped: readonly string[]
}

/**
 * Reads an unsigned action file. Keys are matched as MIG's (Go's) reader does, without regard to case; keys nobody reads
 * are an error that names them. @throws MeshError ACTION_INVALID
 */
export function parseDraft(raw: unknown): Draft {
  if (typeof raw !== 'object' || raw === null || Array.isArray(raw)) {
    throw new MeshError({ code: 'ACTION_INVALID', path: '', reason: 'must be a JSON object' })
  }
  const entries = lowerKeys(raw, '')
  const isServerKey = (key: string): boolean => SERVER_KEYS.some((each) => each === key)
  const parsed = parseWritten(
    draftSchema,
    Object.fromEntries(
      entries
        .filter(([key]) => !isServerKey(key))
        .map(([key, value]) => [key, readPart(key, value)]),
    ),
  )
  if (!parsed.ok)
    throw new MeshError({ code: 'ACTION_INVALID', path: parsed.path, reason: parsed.reason })
  return { ...parsed.value, dropped: entries.map(([key]) => key).filter(isServerKey) }
}

/** The parts that have keys of their own; what is in `parameters` is the module's, and stays as it is. */
function readPart(key: string, value: unknown): unknown {
  const isMap = (part: unknown): part is object =>
    typeof part === 'object' && part !== null && !Array.isArray(part)
  const read = (part: unknown, path: string): unknown =>
    isMap(part) ? Object.fromEntries(lowerKeys(part, path)) : part
  if (key === 'description' || key === 'threat') return read(value, `${key}.`)
  if (key !== 'operations' || !Array.isArray(value)) return value
  return value.map((each: unknown, index) => read(each, `operations[${index}].`))
}

/** Go's reader would take the last of two spellings of one key, and nobody would see it. */
function lowerKeys(map: object, path: string): (readonly [string, unknown])[] {
  const entries = Object.entries(map).map(([key, value]) => [key.toLowerCase(), value] as const)
  const keys = entries.map(([key]) => key)
  const twice = keys.find((key, index) => keys.indexOf(key) !== index)
  if (twice === undefined) return entries
  throw new MeshError({ code: 'ACTION_INVALID', path: path + twice, reason: 'is there twice' })
}

/** What makes a draft complete; times in ms since the epoch. */
export interface Composition {
  readonly mesh: MeshId
  readonly replyto: readonly ReplyNode[]
  readonly answerwithin: number
  readonly nonce: string
  readonly nowMs: number
  /** How long from now, or from its own later start, where the draft does not say. */
  readonly expiryMs: number
}

/** A complete action. Where the draft names no start, it begins one clock skew ago, so that hosts whose clocks run late answer at once. */
export function compose(draft: Draft, composition: Composition): Action {
  const { nowMs } = composition
  return {
    syntaxversion: 3,
    mesh: composition.mesh,
    name: draft.name,
    target: draft.target,
    ...(draft.description === undefined ? {} : { description: draft.description }),
    ...(draft.threat === undefined ? {} : { threat: draft.threat }),
    validfrom: draft.validfrom ?? nowMs - CLOCK_SKEW_MS,
    expireafter:
      draft.expireafter ?? Math.max(nowMs, draft.validfrom ?? nowMs) + composition.expiryMs,
    operations: draft.operations,
    replyto: [...composition.replyto],
    answerwithin: composition.answerwithin,
    nonce: composition.nonce,
    seq: nowMs,
  }
}
