/**
 * An action: the question itself, as it is signed (syntax 3). MIG's own files (syntax 2) enter through draft.ts.
 * Not for control documents (control.ts).
 */
import { z } from 'zod'
import { toUtf8 } from './bytes.ts'
import { MeshError } from './errors.ts'
import { meshId, peerId } from './ids.ts'
import { jsonValue, parsePayload, parseWith } from './parse.ts'
import { DAY_MS, instant, MINUTE_MS, toInstant } from './time.ts'

/** Longest life of an action: validfrom to expireafter. */
export const LIFETIME_LIMIT_MS = 30 * DAY_MS
/** How far ahead of now an action may begin. */
export const AHEAD_LIMIT_MS = 7 * DAY_MS
/** Clocks of honest hosts differ by no more than this. */
export const CLOCK_SKEW_MS = 5 * MINUTE_MS
/** Longest wait that a publisher may ask of agents with nothing to report. */
export const ANSWER_WITHIN_LIMIT_MS = 10 * MINUTE_MS
export const TARGET_SIZE_LIMIT = 4096
/** The last instant that a JavaScript date can hold (ECMA-262, time values). */
const LAST_TIME_MS = 8.64e15
const OPERATIONS_LIMIT = 64
const REPLY_LIMIT = 4

export const operation = z.strictObject({
  module: z.string().regex(/^[a-z][a-z0-9-]{0,63}$/, 'must be a module name'),
  parameters: jsonValue,
})
/** One question to one module. */
export type Operation = z.infer<typeof operation>

/** Who wrote the action and for what; shown, never acted on. MIG's keys. */
export const description = z.strictObject({
  author: z.string().max(256).optional(),
  email: z.string().max(256).optional(),
  url: z.string().max(1024).optional(),
  revision: z.number().int().nonnegative().optional(),
})
export const threat = z.strictObject({
  ref: z.string().max(256).optional(),
  level: z.string().max(256).optional(),
  family: z.string().max(256).optional(),
  type: z.string().max(256).optional(),
})

/** An investigator's node that wants the answers: sealed to `sealing`, sent to `peer`; addresses are hints. */
export const replyNode = z.strictObject({
  peer: peerId,
  /** X25519 public key, base64url, 32 bytes. */
  sealing: z.string().regex(/^[A-Za-z0-9_-]{43}$/, 'must be a 32-byte key in base64url'),
  addresses: z.array(z.string().min(1).max(256)).max(8),
})
export type ReplyNode = z.infer<typeof replyNode>

const actionSchema = z
  .strictObject({
    syntaxversion: z.literal(3),
    mesh: meshId,
    name: z.string().min(1).max(256),
    target: z.string().min(1).max(TARGET_SIZE_LIMIT),
    description: description.optional(),
    threat: threat.optional(),
    validfrom: instant,
    expireafter: instant,
    operations: z.array(operation).min(1).max(OPERATIONS_LIMIT),
    replyto: z.array(replyNode).max(REPLY_LIMIT),
    /** Milliseconds within which an agent with nothing to report spreads its answer. */
    answerwithin: z.number().int().min(0).max(ANSWER_WITHIN_LIMIT_MS),
    nonce: z.string().regex(/^[A-Za-z0-9_-]{22}$/, 'must be 16 bytes in base64url'),
    /** Rises with every action one home composes, so that a gap can be seen. */
    seq: z.number().int().nonnegative(),
  })
  .refine((action) => action.validfrom < action.expireafter, {
    path: ['expireafter'],
    message: 'must be after validfrom',
  })
  .refine((action) => action.expireafter - action.validfrom <= LIFETIME_LIMIT_MS, {
    path: ['expireafter'],
    message: 'must be at most 30 days after validfrom',
  })

/** A complete action; nothing in it says that anybody signed it. Times are ms since the epoch. */
export type Action = z.infer<typeof actionSchema>

/** Reads a signed payload. @throws MeshError PAYLOAD_MALFORMED */
export const parseAction = (payload: Uint8Array): Action =>
  parsePayload(actionSchema, payload, 'action')

/** The bytes to be signed, and later to be read by `parseAction`. @throws MeshError ACTION_INVALID */
export function encodeAction(action: Action): Uint8Array {
  const wire = {
    ...action,
    validfrom: wireTime('validfrom', action.validfrom),
    expireafter: wireTime('expireafter', action.expireafter),
  }
  const parsed = parseWith(actionSchema, wire)
  if (!parsed.ok) {
    throw new MeshError({ code: 'ACTION_INVALID', path: parsed.path, reason: parsed.reason })
  }
  return toUtf8(JSON.stringify(wire))
}

function wireTime(path: string, ms: number): string {
  if (Math.abs(ms) <= LAST_TIME_MS) return toInstant(ms)
  throw new MeshError({ code: 'ACTION_INVALID', path, reason: 'is out of the calendar' })
}
