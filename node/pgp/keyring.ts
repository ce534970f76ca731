/** The public keys of the people whom the policy knows, found by fingerprint. Not for judging signatures (verify.ts). */
import { MeshError } from '../core/errors.ts'
import type { Fingerprint } from '../core/ids.ts'
import { algorithmName, loadOpenPgp, strictConfig } from './openpgp.ts'
import { readPublicKey, type PublicKey } from './public-key.ts'

export interface Keyring {
  /** Fingerprints of the primary keys, in the order given. */
  readonly fingerprints: readonly Fingerprint[]
  /** The key with this primary fingerprint. */
  find(primary: string): PublicKey | undefined
  /** The primary fingerprint of the key that this fingerprint, of a primary or a subkey, belongs to. */
  ownerOf(fingerprint: string): Fingerprint | undefined
}

/** What `mig keys` shows of a key, and what a policy author checks. */
export interface KeyDescription {
  readonly fingerprint: Fingerprint
  readonly subkeys: readonly string[]
  readonly userIds: readonly string[]
  /** `Ed25519`, `RSA 3072`, `ECDSA nistP256`. */
  readonly algorithm: string
  readonly createdMs: number
  /** `null`: never. */
  readonly expiresMs: number | null
  readonly revoked: boolean
}

/**
 * Reads armored public keys, each text exactly one key. No fingerprint, of a primary or a subkey, may be claimed twice:
 * weight counts people, and one key must not count as two. Expired and revoked keys load; verify.ts refuses them.
 * @throws MeshError KEY_INVALID, naming the key by its number (from 1) or its fingerprint
 */
export async function openKeyring(armoredKeys: readonly string[]): Promise<Keyring> {
  const keys = await Promise.all(
    armoredKeys.map((armored, index) => readPublicKey(armored, `number ${index + 1}`)),
  )
  const owners = new Map<string, Fingerprint>()
  for (const { fingerprint, subkeys } of keys) {
    for (const part of [fingerprint, ...subkeys.keys()]) {
      const owner = owners.get(part)
      if (owner !== undefined) throw claimedTwice(fingerprint, { part, owner })
      owners.set(part, fingerprint)
    }
  }
  const byFingerprint = new Map(keys.map((key) => [key.fingerprint as string, key]))
  return {
    fingerprints: keys.map(({ fingerprint }) => fingerprint),
    find: (primary) => byFingerprint.get(primary),
    ownerOf: (fingerprint) => owners.get(fingerprint),
  }
}

function claimedTwice(
  key: Fingerprint,
  { part, owner }: { part: string; owner: string },
): MeshError {
  const reason =
    part === key && owner === key ? 'is there twice' : `${part} already belongs to ${owner}`
  return new MeshError({ code: 'KEY_INVALID', key, reason })
}

/** What one armored public key says of itself. @throws MeshError KEY_INVALID */
export async function describeKey(armored: string): Promise<KeyDescription> {
  const { key, fingerprint, subkeys, revoked } = await readPublicKey(armored, 'as given')
  const config = strictConfig(await loadOpenPgp())
  const expires = await key.getExpirationTime(undefined, config)
  const isRevoked = revoked.has(fingerprint)
  if (expires === null && !isRevoked) {
    const reason = 'no self-signature with SHA-256 or better binds a user id to it'
    throw new MeshError({ code: 'KEY_INVALID', key: fingerprint, reason })
  }
  return {
    fingerprint,
    subkeys: [...subkeys.keys()],
    userIds: key.getUserIDs(),
    algorithm: algorithmName(key.getAlgorithmInfo()),
    createdMs: key.getCreationTime().getTime(),
    expiresMs: expires instanceof Date ? expires.getTime() : null,
    revoked: isRevoked,
  }
}
