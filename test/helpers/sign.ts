/** Signs bytes with a generated key, as a key file would. */
import * as openpgp from 'openpgp'
import { normalSignature } from '../../node/pgp/verify.ts'
import type { GeneratedKey } from '../../node/pgp/generate.ts'

/** One detached binary signature packet in its normal form. */
export async function signBytes(
  key: GeneratedKey,
  bytes: Uint8Array,
  date = new Date(),
): Promise<Uint8Array> {
  const signingKeys = await openpgp.readPrivateKey({ armoredKey: key.privateKeyArmored })
  const message = await openpgp.createMessage({ binary: bytes })
  const signature = await openpgp.sign({
    message,
    signingKeys,
    detached: true,
    format: 'binary',
    date,
  })
  return normalSignature(signature as Uint8Array)!
}
