/**
 * An action that nobody has signed: a JSON file that a person edits, MIG's own files (syntax 2) included. `compose` makes
 * it complete. Not for signed bytes (action.ts).
 */
import { z } from 'zod'
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
import { parseWith } from './parse.ts'

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
  syntaxversion: z.union([z.literal(2), z.literal(3)]).optional(),
})

export interface Draft extends Omit<z.infer<typeof draftSchema>, 'syntaxversion'> {
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
  const entries = Object.entries(raw).map(([key, value]) => [key.toLowerCase(), value] as const)
  const isServerKey = (key: string): boolean => SERVER_KEYS.some((each) => each === key)
  const parsed = parseWith(
    draftSchema,
    Object.fromEntries(entries.filter(([key]) => !isServerKey(key))),
  )
  if (!parsed.ok)
    throw new MeshError({ code: 'ACTION_INVALID', path: parsed.path, reason: parsed.reason })
  const { syntaxversion, ...draft } = parsed.value
  void syntaxversion
  return { ...draft, dropped: entries.map(([key]) => key).filter(isServerKey) }
}

/** What makes a draft complete; times in ms since the epoch. */
export interface Composition {
  readonly mesh: MeshId
  readonly replyto: readonly ReplyNode[]
  readonly answerwithin: number
  readonly nonce: string
  readonly nowMs: number
  /** How long from now, where the draft does not say. */
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
    expireafter: draft.expireafter ?? nowMs + composition.expiryMs,
    operations: draft.operations,
    replyto: [...composition.replyto],
    answerwithin: composition.answerwithin,
    nonce: composition.nonce,
    seq: nowMs,
  }
}
