/** The public half of a node's Ed25519 key (RFC 8032). */
import { createPrivateKey, createPublicKey } from 'node:crypto'

const PKCS8_PREFIX = Buffer.from('302e020100300506032b657004220420', 'hex')
const KEY_SIZE = 32

/** 32 bytes, from the 32-byte seed. */
export function publicKeyOf(seed: Uint8Array): Uint8Array {
  const der = Buffer.concat([PKCS8_PREFIX, seed])
  const spki = createPublicKey(createPrivateKey({ key: der, format: 'der', type: 'pkcs8' }))
  return spki.export({ format: 'der', type: 'spki' }).subarray(-KEY_SIZE)
}
