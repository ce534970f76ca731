/** What the user's GnuPG keyring holds: whose secret keys are there, and the public half to put into a policy. */
import { MeshError } from '../core/errors.ts'
import type { Fingerprint } from '../core/ids.ts'
import { lastLine, runGpg, type GpgOptions } from './gpg.ts'

export interface SecretKey {
  /** Of the primary key. */
  readonly fingerprint: Fingerprint
  /** The first user id; empty when there is none. */
  readonly userId: string
}

/** libgpg-error's GPG_ERR_NO_SECKEY. */
const NO_SUCH_SECRET_KEY = 'ERROR keylist.getkey 17'

/** The keys that the user can sign with. @throws MeshError SIGNING_FAILED when gpg is absent or fails */
export const gpgSecretKeys = (gnupgHome?: string): Promise<readonly SecretKey[]> =>
  findSecretKeys(undefined, { home: gnupgHome })

/** The secret keys that `keyid` (a fingerprint, key id, e-mail address, name) means to gpg; all of them without it. */
export async function findSecretKeys(
  keyid: string | undefined,
  options: GpgOptions,
): Promise<readonly SecretKey[]> {
  const wanted = keyid === undefined ? [] : ['--', keyid]
  const args = ['--with-colons', '--list-secret-keys', ...wanted]
  const { exitCode, stdout, status, stderr } = await runGpg(args, options)
  if (exitCode === 0 || status.includes(NO_SUCH_SECRET_KEY)) return parseListing(stdout.toString())
  const reason = `gpg cannot list its keys: ${lastLine(stderr)}`
  throw new MeshError({ code: 'SIGNING_FAILED', key: keyid ?? 'gpg', reason })
}

/**
 * The armored public key, in its minimal form: the newest self-signatures, no certifications by others.
 * @throws MeshError KEY_INVALID when the keyring does not have it, SIGNING_FAILED when gpg is absent
 */
export async function gpgExportPublic(fingerprint: string, gnupgHome?: string): Promise<string> {
  const args = ['--armor', '--export-options', 'export-minimal', '--export', '--', fingerprint]
  const { exitCode, stdout } = await runGpg(args, { home: gnupgHome })
  if (exitCode === 0 && stdout.length > 0) return stdout.toString()
  throw new MeshError({ code: 'KEY_INVALID', key: fingerprint, reason: 'not in the gpg keyring' })
}

/** Colon-separated records (GnuPG's doc/DETAILS): `sec` begins a key, the first `fpr` after it is the primary's. */
function parseListing(listing: string): readonly SecretKey[] {
  const records = listing.split('\n').map((line) => line.split(':'))
  const starts = records.flatMap(([type], index) => (type === 'sec' ? [index] : []))
  return starts.flatMap((start, nth) => {
    const own = records.slice(start, starts[nth + 1])
    const fingerprint = own.find(([type]) => type === 'fpr')?.[9]
    const userId = own.find(([type]) => type === 'uid')?.[9] ?? ''
    if (fingerprint === undefined) return []
    return [{ fingerprint: fingerprint.toLowerCase() as Fingerprint, userId: unescape(userId) }]
  })
}

/** Colons and control characters come as `\xNN`. */
const unescape = (text: string): string =>
  text.replace(/\\x([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(parseInt(hex, 16)))
