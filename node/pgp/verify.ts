/**
 * Judges one detached OpenPGP signature over bytes that we hold. Not for weighing signers (core/acl.ts).
 *
 * DEV NOTE. OpenPGP.js's own `verify` answers "one of these keys made this, and was valid when the signature says it was
 * made", which a thief of an expired or superseded key satisfies by backdating; and it once vouched for data that was not
 * signed (CVE-2025-47934). So there are no messages here, only detached packets over the caller's bytes; the key is looked
 * up by the full fingerprint in the hashed area; it must be valid *now*; and the time of signing must lie in the caller's
 * window. Cheapest checks first, the cryptography last. What remains to a relay is the unhashed area, which is ignored:
 * anybody may make endless spellings of a valid signature, so callers limit the rate or ask for `normalSignature`.
 */
import type { Key, Subkey } from 'openpgp'
import type { Fingerprint } from '../core/ids.ts'
import type { Keyring } from './keyring.ts'
import { isAcceptedAlgorithm, loadOpenPgp, strictConfig } from './openpgp.ts'
import type { PublicKey } from './public-key.ts'
import { readSignaturePacket, type SignaturePacketForm } from './signature-packet.ts'

/** Why a signature does not count, and whether every honest peer, of any policy and any clock, says the same. */
export const SIGNATURE_REFUSALS = {
  malformed: { blame: true },
  'wrong-type': { blame: true },
  'weak-hash': { blame: true },
  'unknown-critical': { blame: true },
  expiring: { blame: true },
  'bad-signature': { blame: true },
  'unknown-key': { blame: false },
  'issuer-mismatch': { blame: false },
  'weak-key': { blame: false },
  'key-revoked': { blame: false },
  'key-expired': { blame: false },
  'key-invalid': { blame: false },
  backdated: { blame: false },
  postdated: { blame: false },
} as const

export type SignatureRefusal = keyof typeof SIGNATURE_REFUSALS

export type SignatureVerdict =
  | { readonly ok: true; readonly signer: Fingerprint; readonly signedAtMs: number }
  | { readonly ok: false; readonly code: SignatureRefusal; readonly blame: boolean }

/** Milliseconds since the epoch; both ends belong to the window. */
export interface SigningWindow {
  readonly nowMs: number
  readonly notBeforeMs: number
  readonly notAfterMs: number
  /** A key that has expired since counts if it was good when the signature says it was made. Whoever holds it can backdate, so never for what gives power. */
  readonly orWhenSigned?: boolean
}

export interface SignatureInput {
  /** The bytes that were signed (PAE). */
  readonly signed: Uint8Array
  /** The primary key's fingerprint, lower-case hex. */
  readonly keyid: string
  /** One binary signature packet. */
  readonly sig: Uint8Array
  readonly window: SigningWindow
}

/** Never throws for what the bytes say: every signature gets a verdict. */
export async function verifySignature(
  keyring: Keyring,
  input: SignatureInput,
): Promise<SignatureVerdict> {
  const form = readSignaturePacket(input.sig)
  if (typeof form === 'string') return refuse(form)
  // [IGNORE] a key, or a subkey of a known key, that this policy does not know: another policy may
  const signer = keyring.find(input.keyid)
  if (signer === undefined) return refuse('unknown-key')
  const owner = keyring.ownerOf(form.issuer)
  if (owner === undefined) return refuse('unknown-key')
  if (owner !== signer.fingerprint) return refuse('issuer-mismatch')
  // [IGNORE] anything that depends on the clock or on what we know of the key
  const refusal = timeRefusal(form, input.window) ?? (await keyRefusal(signer, form, input.window))
  if (refusal !== undefined) return refuse(refusal)
  // [REJECT] a known key did not sign these bytes
  if (!(await isGenuine(signer, form, input.signed))) return refuse('bad-signature')
  return { ok: true, signer: signer.fingerprint, signedAtMs: form.createdMs }
}

/** The one spelling of a signature that has no unhashed area; `undefined` for what is no acceptable packet. */
export function normalSignature(sig: Uint8Array): Uint8Array | undefined {
  const form = readSignaturePacket(sig)
  return typeof form === 'string' ? undefined : form.normal
}

const refuse = (code: SignatureRefusal): SignatureVerdict => ({
  ok: false,
  code,
  blame: SIGNATURE_REFUSALS[code].blame,
})

function timeRefusal(
  { createdMs }: SignaturePacketForm,
  { notBeforeMs, notAfterMs }: SigningWindow,
): SignatureRefusal | undefined {
  if (createdMs < notBeforeMs) return 'backdated'
  if (createdMs > notAfterMs) return 'postdated'
  return undefined
}

/** Whether the primary and the key that signed may sign now, or might when they did. */
async function keyRefusal(
  signer: PublicKey,
  form: SignaturePacketForm,
  { nowMs, orWhenSigned = false }: SigningWindow,
): Promise<SignatureRefusal | undefined> {
  const refusal = await keyRefusalAt(signer, form, nowMs)
  const isForgiven = refusal === 'key-expired' && orWhenSigned
  return isForgiven ? keyRefusalAt(signer, form, form.createdMs) : refusal
}

/** Whether they may sign at one moment; OpenPGP.js checks bindings, flags and back-signatures. */
async function keyRefusalAt(
  { key, fingerprint, revoked, subkeys }: PublicKey,
  { issuer, createdMs }: SignaturePacketForm,
  nowMs: number,
): Promise<SignatureRefusal | undefined> {
  const part = subkeys.get(issuer) ?? key
  if (revoked.has(fingerprint) || revoked.has(issuer)) return 'key-revoked'
  if (!isAcceptedAlgorithm(part.getAlgorithmInfo())) return 'weak-key'
  if (part.getCreationTime().getTime() > createdMs) return 'backdated'
  const config = strictConfig(await loadOpenPgp())
  const now = new Date(nowMs)
  const usable = await key.getSigningKey(part.getKeyID(), now, undefined, config).catch(() => null)
  // A key id is only 64 bits: what was found must be the very key that the fingerprint names.
  if (usable?.getFingerprint() === issuer) return undefined
  return (await isExpired(key, part, now)) ? 'key-expired' : 'key-invalid'
}

async function isExpired(key: Key, part: Key | Subkey, now: Date): Promise<boolean> {
  const config = strictConfig(await loadOpenPgp())
  const ends = [
    await key.getExpirationTime(undefined, config),
    'mainKey' in part ? await part.getExpirationTime(now, config) : Infinity,
  ]
  return ends.some((end) => end instanceof Date && end <= now)
}

/** The cryptography: did this key sign exactly these bytes, as a binary document? */
async function isGenuine(
  { key, subkeys }: PublicKey,
  { issuer, createdMs, normal }: SignaturePacketForm,
  signed: Uint8Array,
): Promise<boolean> {
  const openpgp = await loadOpenPgp()
  const config = strictConfig(openpgp)
  const { keyPacket } = subkeys.get(issuer) ?? key
  try {
    const message = await openpgp.createMessage({ binary: signed })
    const signature = await openpgp.readSignature({ binarySignature: normal, config })
    const [packet, extra] = signature.packets
    const [literal] = message.packets
    if (packet === undefined || extra !== undefined || literal === undefined) return false
    const { binary } = openpgp.enums.signature
    // The time was judged above, by our own clock; the library needs some date within the signature's life.
    await packet.verify(keyPacket, binary, literal, new Date(createdMs), true, config)
    return true
  } catch {
    // Every way in which the library objects to a well-formed packet by a known key is a bad signature.
    return false
  }
}
