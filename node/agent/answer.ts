/** Turns an outcome into a signed, sealed answer in the outbox, due at its moment. Not for carrying it (courier.ts). */
import type { ReplyNode } from '../core/action.ts'
import { sha256Hex, toUtf8 } from '../core/bytes.ts'
import { buildEnvelope, pae } from '../core/envelope.ts'
import { hasCode, MeshError, reasonOf } from '../core/errors.ts'
import type { PeerId } from '../core/ids.ts'
import type { Clock, Ledger, Logger, PeerSignatures, Sealer } from '../core/ports.ts'
import type { Policy } from '../core/policy.ts'
import {
  type Answer,
  ANSWER_KEPT_MS,
  encodeAnswer,
  ERROR_LENGTH_LIMIT,
  foundAnything,
  RESULT_SIZE_LIMIT,
  toAgentName,
} from '../core/result.ts'
import { sealContext } from '../core/seal-context.ts'
import type { VerifiedAction } from '../core/verified.ts'
import type { Outbox } from './outbox.ts'
import type { Outcome } from './execute.ts'
import type { Insist } from './insist.ts'

export interface AnsweringPorts {
  readonly self: PeerId
  readonly policy: Policy
  readonly clock: Pick<Clock, 'now'>
  readonly logger: Logger
  readonly signatures: PeerSignatures
  readonly sealer: Pick<Sealer, 'seal'>
  readonly outbox: Pick<Outbox, 'put' | 'hasFinal'>
  /** Loses no entry (insist.ts). */
  readonly ledger: Ledger
  readonly insist: Insist
  /** The host's name, as it is now. */
  hostName(): Promise<string>
  /** Applies extra privacy mode to what leaves. */
  mask(answer: Answer): Promise<Answer>
  wake(recipients: readonly ReplyNode[]): void
}

export interface Answering {
  /** A promise of a later answer, for runs that take long. */
  started(verified: VerifiedAction): Promise<void>
  /** The answer itself. On disk when this resolves, with the status it gives; it leaves when `dispatch` is called. */
  final(verified: VerifiedAction, outcome: Outcome): Promise<Answer['status']>
  /** Wakes the courier, once the caller has written down that the action is answered. */
  dispatch(verified: VerifiedAction): void
}

export function createAnswering(ports: AnsweringPorts): Answering {
  const { clock, self, policy, ledger, outbox } = ports

  async function send(verified: VerifiedAction, answer: Answer): Promise<Answer['status']> {
    const signed = await signAnswer(answer, ports)
    const { status } = signed.answer
    const sealed = await sealAnswer(verified, signed.bytes, ports)
    if (sealed === undefined) return status
    const { documentId: action } = verified.envelope
    const { bytes, recipients, unusable } = sealed
    const item = {
      action,
      isFinal: status !== 'started',
      waiting: recipients,
      notBeforeMs: isEmpty(signed.answer) ? clock.now() + spreadMs(verified, self) : 0,
      expiresAtMs: verified.action.expireafter + ANSWER_KEPT_MS,
    }
    const to = recipients.map(({ peer }) => peer)
    const notTo =
      unusable.length === 0 ? {} : { notTo: unusable, why: 'nothing can be sealed to their keys' }
    const entry = { event: 'answer', action, status, bytes: bytes.length, to, ...notTo }
    await Promise.all([ledger.append(entry), keep(item, bytes)])
    return status
  }

  /** Only a final answer is worth waiting for a disk that fails. */
  async function keep(item: Parameters<Outbox['put']>[0], bytes: Uint8Array): Promise<void> {
    if (item.waiting.length === 0) return
    const put = (): Promise<void> => outbox.put(item, bytes)
    await (item.isFinal ? ports.insist('outbox', put) : put())
  }

  async function compose(
    verified: VerifiedAction,
    outcome: Omit<Outcome, 'status'> & Pick<Answer, 'status'>,
  ): Promise<Answer> {
    const { status, reason, detail, startedAtMs, results } = outcome
    return {
      mesh: policy.mesh.id,
      action: verified.envelope.documentId,
      agent: self,
      name: toAgentName(await ports.hostName()),
      status,
      ...(reason === undefined ? {} : { reason }),
      ...(detail === undefined || detail === ''
        ? {}
        : { detail: detail.slice(0, ERROR_LENGTH_LIMIT) }),
      ...(startedAtMs === undefined ? {} : { startedat: startedAtMs }),
      at: clock.now(),
      results: [...results],
    }
  }

  return {
    started: async (verified) => {
      if (outbox.hasFinal(verified.envelope.documentId)) return
      await send(verified, await compose(verified, { status: 'started', results: [] }))
      ports.wake(recipientsOf(verified, policy))
    },
    final: async (verified, outcome) => send(verified, await compose(verified, outcome)),
    dispatch: (verified) => {
      ports.wake(recipientsOf(verified, policy))
    },
  }
}

interface SignedAnswer {
  readonly answer: Answer
  readonly bytes: Uint8Array
}

/** An answer that cannot be given as it is, too large or not to be masked, is given as a failure that says so. */
async function signAnswer(answer: Answer, ports: AnsweringPorts): Promise<SignedAnswer> {
  try {
    return sign(await ports.mask(answer), ports)
  } catch (error) {
    ports.logger.log('answer-not-made', { action: answer.action, reason: reasonOf(error) })
    // A guest's error may quote what must not leave.
    const why = hasCode(error, 'TOO_LARGE') ? `: ${reasonOf(error)}` : ''
    const detail = `the answer could not be made${why}`
    return sign({ ...answer, status: 'failed', detail, results: [] }, ports)
  }
}

/** @throws MeshError TOO_LARGE */
function sign(answer: Answer, { self, signatures }: AnsweringPorts): SignedAnswer {
  const payload = encodeAnswer(answer)
  const [size, limit] = [payload.length, RESULT_SIZE_LIMIT]
  if (size > limit) throw new MeshError({ code: 'TOO_LARGE', what: 'answer', size, limit })
  const sig = signatures.sign(pae('result', payload))
  return { answer, bytes: buildEnvelope('result', payload, [{ keyid: self, sig }]).bytes }
}

interface SealedAnswer {
  readonly recipients: ReplyNode[]
  /** Nodes whose keys nothing can be sealed to. */
  readonly unusable: readonly PeerId[]
  readonly bytes: Uint8Array
}

/** Sealed to everybody it can be sealed to: one bad key in an action must not keep the answer from the others. */
async function sealAnswer(
  verified: VerifiedAction,
  plaintext: Uint8Array,
  { policy, self, sealer }: AnsweringPorts,
): Promise<SealedAnswer | undefined> {
  const recipients = recipientsOf(verified, policy)
  if (recipients.length === 0) return undefined
  const { sealed, unusable } = await sealer.seal(plaintext, {
    recipients: recipients.map(({ sealing }) => sealing),
    context: sealContext(verified.envelope.documentId, self),
  })
  const [bad = [], good = []] = [true, false].map((isBad) =>
    recipients.filter(({ sealing }) => unusable.includes(sealing) === isBad),
  )
  return {
    bytes: sealed ?? new Uint8Array(),
    recipients: good,
    unusable: bad.map(({ peer }) => peer),
  }
}

/** Every signer's own nodes, at most 8 of each of 16, and the 4 that the action names; each once. */
function recipientsOf({ action, people }: VerifiedAction, policy: Policy): readonly ReplyNode[] {
  const named = new Map(action.replyto.map((node) => [node.peer, node]))
  const own = [...people].flatMap((person) => policy.people[person]?.nodes ?? [])
  // The policy's key for a person's node wins: whoever launches must not blind those who signed with them.
  const recipients = new Map(
    own.map(({ peer, sealing }): [PeerId, ReplyNode] => [
      peer,
      { peer, sealing, addresses: named.get(peer)?.addresses ?? [] },
    ]),
  )
  for (const [peer, node] of named) if (!recipients.has(peer)) recipients.set(peer, node)
  return [...recipients.values()]
}

const isEmpty = (answer: Answer): boolean => answer.status === 'success' && !foundAnything(answer)

/** The same moment for the same action and agent, spread evenly over `answerwithin`. */
function spreadMs({ action, envelope }: VerifiedAction, self: PeerId): number {
  const draw = Number.parseInt(sha256Hex(toUtf8(`${envelope.documentId} ${self}`)).slice(0, 8), 16)
  return Math.floor((draw / 2 ** 32) * action.answerwithin)
}
