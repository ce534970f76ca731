/** Reads an armored OpenPGP private key from a file that only its owner can read. */
import { constants } from 'node:fs'
import { open } from 'node:fs/promises'
import type { PrivateKey } from 'openpgp'
import { MeshError, reasonOf } from '../core/errors.ts'
import { isAcceptedAlgorithm, loadOpenPgp, strictConfig } from './openpgp.ts'
import { KEY_SIZE_LIMIT } from './public-key.ts'

export interface KeyFileOptions {
  /** Asked once, only when the key is encrypted. */
  readonly passphrase?: () => Promise<string>
  /** Milliseconds since the epoch, for the time in signatures; the system's clock by default. */
  readonly nowMs?: () => number
}

/**
 * The private key in the file, unlocked.
 * @throws MeshError FILE_UNREADABLE when it cannot be read or others can read it; KEY_INVALID when it is no private key
 *   of an accepted algorithm; SIGNING_FAILED when the passphrase is missing or wrong
 */
export async function readKeyFile(path: string, options: KeyFileOptions): Promise<PrivateKey> {
  const armored = await readPrivately(path)
  const invalid = (reason: string, cause?: unknown): MeshError =>
    new MeshError({ code: 'KEY_INVALID', key: path, reason }, { cause })
  const openpgp = await loadOpenPgp()
  const key = await openpgp
    .readPrivateKey({ armoredKey: armored, config: strictConfig(openpgp) })
    .catch((cause: unknown) => Promise.reject(invalid(reasonOf(cause), cause)))
  if (!isAcceptedAlgorithm(key.getAlgorithmInfo())) throw invalid('its algorithm is not accepted')
  if (key.isDecrypted()) return key
  const locked = (reason: string, cause?: unknown): MeshError =>
    new MeshError({ code: 'SIGNING_FAILED', key: path, reason }, { cause })
  if (options.passphrase === undefined) throw locked('the key is encrypted; give its passphrase')
  const passphrase = await options.passphrase()
  return openpgp
    .decryptKey({ privateKey: key, passphrase })
    .catch((cause: unknown) => Promise.reject(locked('wrong passphrase', cause)))
}

async function readPrivately(path: string): Promise<string> {
  const unreadable = (reason: string, cause?: unknown): MeshError =>
    new MeshError({ code: 'FILE_UNREADABLE', path, reason }, { cause })
  // Without waiting for a writer, should it be a pipe.
  const flags = constants.O_RDONLY | constants.O_NONBLOCK
  const file = await open(path, flags).catch((cause: unknown) =>
    Promise.reject(unreadable(reasonOf(cause), cause)),
  )
  try {
    const stat = await file.stat()
    if (!stat.isFile()) throw unreadable('not a regular file')
    if ((stat.mode & 0o077) !== 0) {
      throw unreadable(`others can read this private key; run: chmod 600 ${path}`)
    }
    if (stat.size > KEY_SIZE_LIMIT)
      throw unreadable(`larger than ${KEY_SIZE_LIMIT} bytes, not a key`)
    return await file.readFile('utf8')
  } finally {
    await file.close()
  }
}
