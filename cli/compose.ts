/** From an unsigned action to a signed one: what the mesh and the moment add to it. */
import { type Action, ANSWER_WITHIN_LIMIT_MS, encodeAction } from '../node/core/action.ts'
import { toBase64url } from '../node/core/bytes.ts'
import { compose, type Draft } from '../node/core/draft.ts'
import {
  buildEnvelope,
  type DocumentKind,
  type Envelope,
  type EnvelopeSignature,
  pae,
} from '../node/core/envelope.ts'
import { MeshError } from '../node/core/errors.ts'
import type { NodeStatus } from '../node/core/investigator-api.ts'
import { systemClock, systemRandom } from '../node/host/system.ts'
import type { Signer } from '../node/pgp/sign.ts'
import type { Session } from './session.ts'

/** So many agents may all answer at once; measured: 4 to 9 ms of CPU to accept a connection, 0.5 to 0.9 ms an answer. */
const CALM_AGENTS = 300
const SPREAD_PER_AGENT_MS = 10
const NONCE_SIZE = 16

/** What the node knows that an action must say. */
export interface Survey {
  /** Agents that the target means by their last known facts. */
  readonly expected: number
  readonly status: NodeStatus
}

/** @throws MeshError TARGET_INVALID */
export async function survey(target: string, { api }: Session): Promise<Survey> {
  const [agents, status] = await Promise.all([api.agents(target), api.status()])
  return { expected: agents.length, status }
}

/** @throws MeshError ACTION_INVALID */
export function composeAction(
  draft: Draft,
  expiryMs: number,
  { expected, status }: Survey,
): Action {
  const action = compose(draft, {
    mesh: status.mesh,
    replyto: [status.reply],
    answerwithin: answerWithin(expected),
    nonce: toBase64url(systemRandom.bytes(NONCE_SIZE)),
    nowMs: systemClock.now(),
    expiryMs,
  })
  requireFuture(action)
  return action
}

/** @throws MeshError ACTION_INVALID */
export function requireFuture({ expireafter }: Action): void {
  if (expireafter > systemClock.now()) return
  throw new MeshError({ code: 'ACTION_INVALID', path: 'expireafter', reason: 'is in the past' })
}

/** One signature over a payload. @throws MeshError SIGNING_FAILED */
export async function signPayload(
  { kind, payload }: { kind: DocumentKind; payload: Uint8Array },
  { signer, signal }: { signer: Signer; signal: AbortSignal },
): Promise<EnvelopeSignature> {
  return { keyid: signer.fingerprint, sig: await signer.sign(pae(kind, payload), signal) }
}

/** @throws MeshError ACTION_INVALID, SIGNING_FAILED */
export async function signAction(
  action: Action,
  by: { signer: Signer; signal: AbortSignal },
): Promise<Envelope> {
  const payload = encodeAction(action)
  return buildEnvelope('action', payload, [await signPayload({ kind: 'action', payload }, by)])
}

const answerWithin = (agents: number): number =>
  agents <= CALM_AGENTS ? 0 : Math.min(ANSWER_WITHIN_LIMIT_MS, agents * SPREAD_PER_AGENT_MS)
