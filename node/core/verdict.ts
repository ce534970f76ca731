/** What the ladder says of a document. Expected bad news is a value, and who is to blame is part of it. */

/** What every honest peer of any policy and any clock refuses: the sending peer pays. */
export const REJECT_CODES = {
  'too-large': 'larger than any document may be',
  'malformed-envelope': 'not an envelope in its strict form',
  'malformed-payload': 'the payload is not what its type says',
  'wrong-mesh': 'made for another mesh',
  'bad-signature': 'a known key did not sign these bytes',
  'bad-target': 'the target expression cannot be read',
  'not-gossip': 'this kind of document does not travel here',
} as const

/** What honest peers may disagree on, having another clock, policy or history: dropped without blame. */
export const IGNORE_CODES = {
  'already-accepted': 'known here already',
  'already-revoked': 'what it revokes was revoked before',
  expired: 'its time is over',
  'too-early': 'it begins more than 7 days from now',
  'unknown-signer': 'signed by a key that the policy does not know or cannot use',
  'signer-expired': 'signed by a key that has expired',
  'signer-revoked': 'signed by a key that was revoked',
  'signature-time': 'signed outside of the time it may be signed in',
  'too-little-weight': 'the people who signed weigh less than the policy demands',
  'too-many': 'the signer already has as many documents here as allowed',
  busy: 'too many signatures to check right now',
} as const

/** Refusals that another moment may turn: never held against a document. */
const PASSING: ReadonlySet<string> = new Set<IgnoreCode>([
  'busy',
  'too-early',
  // A clock that ran ahead is put right one day.
  'expired',
  'signer-expired',
  'signature-time',
  'too-many',
])
export const isPassing = (code: string): boolean => PASSING.has(code)

export type RejectCode = keyof typeof REJECT_CODES
export type IgnoreCode = keyof typeof IGNORE_CODES

export type Refusal =
  | { readonly kind: 'ignore'; readonly code: IgnoreCode; readonly detail: string }
  | { readonly kind: 'reject'; readonly code: RejectCode; readonly detail: string }

export type Verdict<T> = { readonly kind: 'accept'; readonly value: T } | Refusal

export const accept = <T>(value: T): Verdict<T> => ({ kind: 'accept', value })
export const ignore = (code: IgnoreCode, detail = ''): Refusal => ({
  kind: 'ignore',
  code,
  detail: brief(detail),
})
export const reject = (code: RejectCode, detail = ''): Refusal => ({
  kind: 'reject',
  code,
  detail: brief(detail),
})

/** Refusals are cached, logged and sent back by the thousand: none may be long, whatever its document says. */
const DETAIL_LENGTH = 256
const brief = (detail: string): string => detail.slice(0, DETAIL_LENGTH)

/** One line for people: what is wrong, then the particulars. */
export function explain(refusal: Refusal): string {
  const text = refusal.kind === 'ignore' ? IGNORE_CODES[refusal.code] : REJECT_CODES[refusal.code]
  return refusal.detail === '' ? text : `${text}: ${refusal.detail}`
}
