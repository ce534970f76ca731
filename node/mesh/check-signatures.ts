/** Rung 8 of the ladder: every signature is good, and was made in its time. Not for what the signers weigh (validate.ts). */
import { AHEAD_LIMIT_MS, CLOCK_SKEW_MS } from '../core/action.ts'
import type { Envelope } from '../core/envelope.ts'
import type { Fingerprint } from '../core/ids.ts'
import type { Clock, SignatureVerifier } from '../core/ports.ts'
import type { Trust } from '../core/trust.ts'
import { ignore, type IgnoreCode, reject, type Refusal } from '../core/verdict.ts'
import type { Door } from '../core/verified.ts'
import { isRevocation, type Payload } from './payload.ts'
import type { VerificationBudget } from './verification-budget.ts'

/** A signature may be made this long before its document begins. */
const SIGNED_AHEAD_LIMIT_MS = AHEAD_LIMIT_MS

interface SignaturePorts {
  readonly trust: Pick<Trust, 'isRevoked'>
  readonly clock: Pick<Clock, 'now'>
  readonly signatures: SignatureVerifier
  readonly budget: VerificationBudget
}

interface SignatureCheck {
  readonly payload: Payload
  readonly door: Door
  readonly ports: SignaturePorts
}

/** Every signature is good, the first failure stops. The only costly rung, so it has a budget. */
export async function checkSignatures(
  envelope: Envelope,
  check: SignatureCheck,
): Promise<Refusal | undefined> {
  const { door, ports } = check
  const nowMs = ports.clock.now()
  // [IGNORE] varying OpenPGP's unhashed bytes makes endless envelopes of one document
  if (door !== 'own' && !ports.budget.take(door.from, envelope.signatures.length))
    return ignore('busy')
  const window = {
    nowMs,
    notBeforeMs: notBefore(check.payload),
    notAfterMs: nowMs + CLOCK_SKEW_MS,
    orWhenSigned: takesPowerAway(check.payload),
  }
  for (const { keyid, sig } of envelope.signatures) {
    const verdict = await ports.signatures.verify({ signed: envelope.signed, keyid, sig, window })
    if (verdict.ok) continue
    // [REJECT] a bad signature by a known key
    if (verdict.blame) return reject('bad-signature', `${keyid}: ${verdict.code}`)
    // Already left out of the weight; only a lie about it would matter.
    if (ports.trust.isRevoked(keyid as Fingerprint) && !isRevocation(check.payload)) continue
    // [IGNORE] keys expire and are revoked, and clocks differ
    return ignore(ignoreCode(verdict.code), `${keyid}: ${verdict.code}`)
  }
  if (door !== 'own') ports.budget.reward(door.from, envelope.signatures.length)
  return undefined
}

/** Control documents name no beginning: they count from whenever they were signed. */
const notBefore = (payload: Payload): number =>
  payload.kind === 'action' ? payload.action.validfrom - SIGNED_AHEAD_LIMIT_MS : 0

/**
 * Revocations and cancellations by a key that has expired since count as of when they were signed: a newcomer must learn
 * what everybody else holds, or it runs what the others refuse. Safe, though who holds an expired key can backdate: the key
 * must be in the policy, and its person must weigh enough today. A key that expired unstolen harms nobody, and one that was
 * stolen leaves the policy, not only its time. The worst is that something does not run.
 */
const takesPowerAway = (payload: Payload): boolean =>
  payload.kind === 'control' && payload.control.kind !== 'member'

function ignoreCode(code: string): IgnoreCode {
  switch (code) {
    case 'key-expired':
      return 'signer-expired'
    case 'key-revoked':
      return 'signer-revoked'
    case 'backdated':
    case 'postdated':
      return 'signature-time'
    default:
      return 'unknown-signer'
  }
}
