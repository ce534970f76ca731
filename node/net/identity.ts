/** A node's Ed25519 key as libp2p wants it. Not for making or keeping one (node/host/home.ts). */
import { generateKeyPairFromSeed } from '@libp2p/crypto/keys'
import type { PrivateKey } from '@libp2p/interface'

/** The same 32-byte seed, the same peer id, on every start. */
export const privateKeyOf = (seed: Uint8Array): Promise<PrivateKey> =>
  generateKeyPairFromSeed('Ed25519', seed)
