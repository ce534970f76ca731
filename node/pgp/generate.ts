/** Makes a new OpenPGP key for people who have none. */
import { MeshError, reasonOf } from '../core/errors.ts'
import type { Fingerprint } from '../core/ids.ts'
import { loadOpenPgp } from './openpgp.ts'

export interface Identity {
  readonly name: string
  readonly email?: string
}

export interface GeneratedKey {
  readonly privateKeyArmored: string
  readonly publicKeyArmored: string
  readonly fingerprint: Fingerprint
}

/**
 * An Ed25519 key that never expires, not encrypted, whose primary signs: `ed25519Legacy`, because GnuPG 2.2 reads no
 * other form of Ed25519. It has no subkeys: results are sealed to a node's own key (seal.ts), not to a person's.
 * @param nowMs the time of creation.
 * @throws MeshError KEY_INVALID when name or e-mail cannot be a user id
 */
export async function generateKey(person: Identity, nowMs: number): Promise<GeneratedKey> {
  const openpgp = await loadOpenPgp()
  const { privateKey, publicKey } = await openpgp
    .generateKey({
      type: 'ecc',
      curve: 'ed25519Legacy',
      userIDs: { ...person },
      date: new Date(nowMs),
      subkeys: [],
      format: 'object',
    })
    .catch((cause: unknown) => {
      throw new MeshError(
        { code: 'KEY_INVALID', key: person.name, reason: reasonOf(cause) },
        { cause },
      )
    })
  return {
    privateKeyArmored: privateKey.armor(),
    publicKeyArmored: publicKey.armor(),
    fingerprint: publicKey.getFingerprint() as Fingerprint,
  }
}
