/** Turns an outcome into a signed, sealed answer in the outbox, due at its moment. Not for carrying it (courier.ts). */
import type { ReplyNode } from '../core/action.ts'
import { sha256Hex, toUtf8 } from '../core/bytes.ts'
import { buildEnvelope, pae } from '../core/envelope.ts'
import type { PeerId } from '../core/ids.ts'
import type { Clock, Ledger, PeerSignatures, Sealer } from '../core/ports.ts'
import type { Policy } from '../core/policy.ts'
import { type Answer, encodeAnswer, ERROR_LENGTH_LIMIT, foundAnything } from '../core/result.ts'
import { sealContext } from '../core/seal-context.ts'
import type { VerifiedAction } from '../core/verified.ts'
import { KEEP_AFTER_EXPIRY_MS, type Outbox } from './outbox.ts'
import type { Outcome } from './execute.ts'

export interface AnsweringPorts {
  readonly self: PeerId
  readonly policy: Policy
  readonly clock: Pick<Clock, 'now'>
  readonly signatures: PeerSignatures
  readonly sealer: Sealer
  readonly outbox: Outbox
  readonly ledger: Ledger
  /** The host's name, as it is now. */
  hostName(): Promise<string>
  /** Applies extra privacy mode to what leaves. */
  mask(answer: Answer): Answer
  wake(recipients: readonly ReplyNode[]): void
}

export interface Answering {
  /** A promise of a later answer, for runs that take long. */
  started(verified: VerifiedAction): Promise<void>
  /** The answer itself. On disk when this resolves; it leaves when `dispatch` is called. */
  final(verified: VerifiedAction, outcome: Outcome): Promise<void>
  /** Wakes the courier, once the caller has written down that the action is answered. */
  dispatch(verified: VerifiedAction): void
}

export function createAnswering(ports: AnsweringPorts): Answering {
  const { clock, self, policy } = ports

  async function send(verified: VerifiedAction, answer: Answer): Promise<void> {
    const recipients = recipientsOf(verified, policy)
    if (recipients.length === 0) return
    const { documentId: action } = verified.envelope
    const isFinal = answer.status !== 'started'
    const { sealed, unusable } = await ports.sealer.seal(signAnswer(ports.mask(answer), ports), {
      recipients: recipients.map(({ sealing }) => sealing),
      context: sealContext(action, self),
    })
    const notBeforeMs = isFinal && isEmpty(answer) ? clock.now() + spreadMs(verified, self) : 0
    const expiresAtMs = verified.action.expireafter + KEEP_AFTER_EXPIRY_MS
    const isUnusable = ({ sealing }: ReplyNode): boolean => unusable.includes(sealing)
    const waiting = recipients.filter((each) => !isUnusable(each))
    const notTo = recipients.filter(isUnusable).map(({ peer }) => peer)
    await ports.ledger.append({
      event: 'answer',
      action,
      status: answer.status,
      bytes: sealed?.length ?? 0,
      to: waiting.map(({ peer }) => peer),
      ...(notTo.length === 0 ? {} : { notTo, why: 'nothing can be sealed to their keys' }),
    })
    if (sealed === undefined) return
    await ports.outbox.put({ action, isFinal, waiting, notBeforeMs, expiresAtMs }, sealed)
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
      name: await ports.hostName(),
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
      if (ports.outbox.hasFinal(verified.envelope.documentId)) return
      await send(verified, await compose(verified, { status: 'started', results: [] }))
      ports.wake(recipientsOf(verified, policy))
    },
    final: async (verified, outcome) => send(verified, await compose(verified, outcome)),
    dispatch: (verified) => {
      ports.wake(recipientsOf(verified, policy))
    },
  }
}

function signAnswer(answer: Answer, { self, signatures }: AnsweringPorts): Uint8Array {
  const payload = encodeAnswer(answer)
  return buildEnvelope('result', payload, [
    { keyid: self, sig: signatures.sign(pae('result', payload)) },
  ]).bytes
}

/** The nodes the action names, and every signer's own nodes; each once. */
function recipientsOf({ action, people }: VerifiedAction, policy: Policy): readonly ReplyNode[] {
  const own = [...people].flatMap((person) => policy.people[person]?.nodes ?? [])
  const recipients = new Map(action.replyto.map((node) => [node.peer, node]))
  // The policy's key for a person's node wins: whoever launches must not blind those who signed with them.
  for (const { peer, sealing } of own) {
    recipients.set(peer, { peer, sealing, addresses: recipients.get(peer)?.addresses ?? [] })
  }
  return [...recipients.values()]
}

const isEmpty = (answer: Answer): boolean => answer.status === 'success' && !foundAnything(answer)

/** The same moment for the same action and agent, spread evenly over `answerwithin`. */
function spreadMs({ action, envelope }: VerifiedAction, self: PeerId): number {
  const draw = Number.parseInt(sha256Hex(toUtf8(`${envelope.documentId} ${self}`)).slice(0, 8), 16)
  return Math.floor((draw / 2 ** 32) * action.answerwithin)
}
