/** Reads one armored OpenPGP public key within a budget and establishes, once, what it says for ever: parts and revocations. */
import type { Key, SignaturePacket, Subkey } from 'openpgp'
import { MeshError, reasonOf } from '../core/errors.ts'
import type { Fingerprint } from '../core/ids.ts'
import {
  algorithmName,
  isAcceptedAlgorithm,
  loadOpenPgp,
  revocationConfig,
  strictConfig,
  type OpenPgp,
} from './openpgp.ts'

/** A key with many certifications has about 20 KiB; more is a flooded key (CVE-2025-30258 was one). */
export const KEY_SIZE_LIMIT = 64 * 1024
const SUBKEYS_LIMIT = 32
const USER_IDS_LIMIT = 64

export interface PublicKey {
  readonly fingerprint: Fingerprint
  readonly key: Key
  readonly subkeys: ReadonlyMap<string, Subkey>
  /** Fingerprints of the primary or subkeys that the owner revoked, whenever and for whatever reason. */
  readonly revoked: ReadonlySet<string>
}

/**
 * Reads armored text that holds exactly one public key.
 * @param label names the key in errors until its fingerprint is known.
 * @throws MeshError KEY_INVALID
 */
export async function readPublicKey(armored: string, label: string): Promise<PublicKey> {
  const key = await parse(armored, label)
  const fingerprint = key.getFingerprint() as Fingerprint
  const invalid = (reason: string): MeshError =>
    new MeshError({ code: 'KEY_INVALID', key: fingerprint, reason })
  const algorithm = key.getAlgorithmInfo()
  if (!isAcceptedAlgorithm(algorithm)) {
    throw invalid(`${algorithmName(algorithm)} is not accepted: use Ed25519, ECDSA or RSA >= 2048`)
  }
  if (key.subkeys.length > SUBKEYS_LIMIT) throw invalid(`more than ${SUBKEYS_LIMIT} subkeys`)
  if (key.users.length > USER_IDS_LIMIT) throw invalid(`more than ${USER_IDS_LIMIT} user ids`)
  const subkeys = new Map(key.subkeys.map((subkey) => [subkey.getFingerprint(), subkey]))
  if (subkeys.size !== key.subkeys.length || subkeys.has(fingerprint)) {
    throw invalid('one of its subkeys is there twice')
  }
  const openpgp = await loadOpenPgp()
  if (namesRevoker(key, openpgp)) {
    throw invalid('names another key that may revoke it, which is not supported')
  }
  return { fingerprint, key, subkeys, revoked: await findRevoked(key, openpgp) }
}

async function parse(armored: string, label: string): Promise<Key> {
  const invalid = (reason: string, cause?: unknown): MeshError =>
    new MeshError({ code: 'KEY_INVALID', key: label, reason }, { cause })
  if (armored.length > KEY_SIZE_LIMIT) throw invalid(`larger than ${KEY_SIZE_LIMIT} bytes`)
  if (/-----BEGIN PGP PRIVATE KEY BLOCK/.test(armored)) {
    throw invalid('this is a private key; only public keys belong here')
  }
  if (!isOneBlock(armored.trim())) {
    throw invalid('must be exactly one armored OpenPGP public key block')
  }
  const openpgp = await loadOpenPgp()
  const keys = await openpgp
    .readKeys({ armoredKeys: armored, config: strictConfig(openpgp) })
    .catch((cause: unknown) => Promise.reject(invalid(reasonOf(cause), cause)))
  const [key] = keys
  if (key === undefined || keys.length > 1) throw invalid(`holds ${keys.length} keys, not one`)
  // The armor header is only a label: a private key may hide behind a public one's.
  if (key.isPrivate()) throw invalid('this is a private key; only public keys belong here')
  return key
}

const isOneBlock = (text: string): boolean =>
  text.startsWith('-----BEGIN PGP PUBLIC KEY BLOCK-----') &&
  text.endsWith('-----END PGP PUBLIC KEY BLOCK-----') &&
  text.split('-----BEGIN').length === 2

/** Revocation by a designated other key cannot be checked here, and must not silently count for nothing. */
function namesRevoker(key: Key, { SignaturePacket }: OpenPgp): boolean {
  return key
    .toPacketList()
    .some((packet) => packet instanceof SignaturePacket && packet.revocationKeyClass !== null)
}

/**
 * Any revocation that verifies is final here. OpenPGP.js follows the standard instead: a "soft" one (superseded, retired)
 * counts only from its date on, which a thief of the old key gets around by backdating.
 */
async function findRevoked(key: Key, openpgp: OpenPgp): Promise<ReadonlySet<string>> {
  const { keyRevocation, subkeyRevocation } = openpgp.enums.signature
  const config = revocationConfig(openpgp)
  const primary = key.keyPacket
  const holds = async (revocation: SignaturePacket, subkey?: Subkey): Promise<boolean> => {
    const type = subkey === undefined ? keyRevocation : subkeyRevocation
    const data = subkey === undefined ? { key: primary } : { key: primary, bind: subkey.keyPacket }
    // At its own moment of creation: neither a later date nor an expiry may take a revocation back.
    const date = revocation.created ?? undefined
    return revocation.verify(primary, type, data, date, false, config).then(
      () => true,
      () => false, // made by another key or damaged: anybody can put such packets beside a key
    )
  }
  const verdicts = [
    ...key.revocationSignatures.map(async (signature) => ({
      fingerprint: key.getFingerprint(),
      revoked: await holds(signature),
    })),
    ...key.subkeys.flatMap((subkey) =>
      subkey.revocationSignatures.map(async (signature) => ({
        fingerprint: subkey.getFingerprint(),
        revoked: await holds(signature, subkey),
      })),
    ),
  ]
  const found = await Promise.all(verdicts)
  return new Set(found.filter(({ revoked }) => revoked).map(({ fingerprint }) => fingerprint))
}
