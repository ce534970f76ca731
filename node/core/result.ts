/** What one agent answers to one action: MIG's result per operation, and the document around it that the agent signs. */
import { z } from 'zod'
import { toUtf8 } from './bytes.ts'
import { documentId, meshId, peerId } from './ids.ts'
import { jsonValue, parsePayload } from './parse.ts'
import { DAY_MS, instant, toInstant } from './time.ts'

/** Longest error line carried, and how many of them: errors explain, they do not carry data. */
export const ERROR_LENGTH_LIMIT = 1024
export const ERRORS_LIMIT = 1000
/** The largest result document an agent may send. */
export const RESULT_SIZE_LIMIT = 64 * 1024 * 1024
/** Its envelope carries it in base64. */
export const RESULT_ENVELOPE_LIMIT = 2 * RESULT_SIZE_LIMIT
/** How long after its action an agent keeps an answer for a laptop that is away, which for as long asks for it. */
export const ANSWER_KEPT_MS = 30 * DAY_MS

/**
 * How one operation ended. `success`: it ran to its end; `failed`: it raised; `timeout`, `cancelled`: stopped by the
 * clock or by a person; `killed`: it broke a resource limit; `unsupported`: this platform cannot answer it.
 */
export const operationStatus = z.enum([
  'success',
  'failed',
  'timeout',
  'cancelled',
  'killed',
  'unsupported',
])
export type OperationStatus = z.infer<typeof operationStatus>

/** MIG's result of one operation. `elements` has the shape the module declares; of a run that was stopped, what it had found before; else `null`. */
export const operationResult = z.strictObject({
  module: z.string().min(1).max(64),
  status: operationStatus,
  foundanything: z.boolean(),
  success: z.boolean(),
  elements: jsonValue,
  statistics: jsonValue,
  errors: z.array(z.string().max(ERROR_LENGTH_LIMIT)).max(ERRORS_LIMIT),
})
export type OperationResult = z.infer<typeof operationResult>

/** Why an agent that was meant did not run an action. The host decides, and says so. */
export const REFUSAL_REASONS = {
  'unknown-module': 'this agent has no such module',
  'bad-parameters': 'the module does not take these parameters',
  'over-ceiling': 'more than this host grants',
  'killed-before': 'one of its operations was killed here for what it took, after this was signed',
  'signer-revoked': 'a signer was revoked before the run, and the rest weigh too little',
  'history-lost': 'this agent lost its journal and cannot know whether it ran this before',
} as const
export type RefusalReason = keyof typeof REFUSAL_REASONS

/**
 * Where the run of a whole action stands. `started` is a promise of a later answer; all others are final. `interrupted`:
 * the agent died in the run, and an action never runs twice.
 */
export const answerStatus = z.enum([
  'started',
  'success',
  'failed',
  'timeout',
  'cancelled',
  'refused',
  'interrupted',
  'expired',
])
export type AnswerStatus = z.infer<typeof answerStatus>

const AGENT_NAME_LENGTH = 256
/** Control and format characters (Unicode Cc, Cf), line ends and halves of characters: what can forge what a terminal shows. */
const INVISIBLE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u

/** A host's name as an answer may carry it. */
export const toAgentName = (name: string): string =>
  name.replaceAll(new RegExp(INVISIBLE, 'gu'), '').slice(0, AGENT_NAME_LENGTH).toWellFormed()

export const answerSchema = z.strictObject({
  mesh: meshId,
  action: documentId,
  agent: peerId,
  /** The host's name, as its owner calls it. */
  name: z
    .string()
    .max(AGENT_NAME_LENGTH)
    .refine((name) => !INVISIBLE.test(name), 'must be printable'),
  status: answerStatus,
  reason: z.enum(Object.keys(REFUSAL_REASONS) as [RefusalReason, ...RefusalReason[]]).optional(),
  detail: z.string().max(ERROR_LENGTH_LIMIT).optional(),
  startedat: instant.optional(),
  at: instant,
  results: z.array(operationResult).max(64),
})

/** One agent's answer. Times in ms since the epoch. */
export type Answer = z.infer<typeof answerSchema>

export const foundAnything = (answer: Answer): boolean =>
  answer.results.some((each) => each.foundanything)

/** The bytes the agent signs. */
export function encodeAnswer(answer: Answer): Uint8Array {
  const { startedat, at, ...rest } = answer
  const wire = {
    ...rest,
    ...(startedat === undefined ? {} : { startedat: toInstant(startedat) }),
    at: toInstant(at),
  }
  return toUtf8(JSON.stringify(wire))
}

/** Reads a signed answer. @throws MeshError PAYLOAD_MALFORMED */
export const parseAnswer = (payload: Uint8Array): Answer =>
  parsePayload(answerSchema, payload, 'result')
