/** Raw Ed25519 (RFC 8032) with an agent's peer key: what signs results and presence. Not for people's keys (sign.ts, verify.ts). */
import { createPrivateKey, createPublicKey, sign, verify } from 'node:crypto'

const KEY_SIZE = 32
const SIGNATURE_SIZE = 64
/** What stands before the 32 bytes of a seed in PKCS #8 and of a public key in SPKI (RFC 8410 section 10). */
const PKCS8_PREFIX = Buffer.from('302e020100300506032b657004220420', 'hex')
const SPKI_PREFIX = Buffer.from('302a300506032b6570032100', 'hex')

/**
 * The 64-byte signature over `bytes`.
 * @param seed the private key as RFC 8032 has it, 32 bytes.
 * @throws RangeError unless the seed has 32 bytes
 */
export function signWithPeerKey(seed: Uint8Array, bytes: Uint8Array): Uint8Array {
  if (seed.length !== KEY_SIZE) throw new RangeError('an Ed25519 private seed has 32 bytes')
  const der = Buffer.concat([PKCS8_PREFIX, seed])
  return sign(null, bytes, createPrivateKey({ key: der, format: 'der', type: 'pkcs8' }))
}

/** False for anything but this key's signature over these bytes, also for a key or signature of the wrong size. */
export function verifyPeerSignature(
  publicKey: Uint8Array,
  bytes: Uint8Array,
  signature: Uint8Array,
): boolean {
  if (publicKey.length !== KEY_SIZE || signature.length !== SIGNATURE_SIZE) return false
  const der = Buffer.concat([SPKI_PREFIX, publicKey])
  return verify(null, bytes, createPublicKey({ key: der, format: 'der', type: 'spki' }), signature)
}
