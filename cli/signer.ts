/** The key that a home signs with: gpg-agent's where it names one, else a key file, else the one secret key in gpg that the policy knows. */
import { MeshError } from '../node/core/errors.ts'
import type { Person } from '../node/core/ids.ts'
import type { Home } from '../node/host/home.ts'
import type { Signer } from '../node/pgp/sign.ts'
import type { Cli } from './cli.ts'

export interface PersonSigner extends Signer {
  readonly person: Person
  /** `gpg`, or the key file's path. */
  readonly keptIn: string
}

/** Loads what will sign while a command still waits for its node; nothing of the key is touched. */
export async function preloadSigning({ config }: Home): Promise<void> {
  const isGpg = config.gpgkey !== undefined || config.keyfile === undefined
  const [{ loadOpenPgp }] = await Promise.all([
    import('../node/pgp/openpgp.ts'),
    import('../node/pgp/sign.ts'),
  ])
  if (!isGpg) await loadOpenPgp()
}

/** @throws MeshError SIGNING_FAILED, KEY_INVALID, FILE_UNREADABLE */
export async function openSigner(home: Home, cli: Cli): Promise<PersonSigner> {
  const { signer, keptIn } = await chooseSigner(home, cli)
  const person = home.policy.personOf.get(signer.fingerprint)
  if (person !== undefined) return { ...signer, person, keptIn }
  const reason = `the policy of ${home.policy.mesh.name} does not know it; ask its keeper to add it`
  throw new MeshError({ code: 'KEY_INVALID', key: signer.fingerprint, reason })
}

async function chooseSigner(home: Home, cli: Cli): Promise<{ signer: Signer; keptIn: string }> {
  const { gpgkey, gnupghome, keyfile } = home.config
  const { gpgSigner, keyFileSigner } = await import('../node/pgp/sign.ts')
  const gnupg = gnupghome === undefined ? {} : { gnupgHome: home.resolve(gnupghome) }
  if (gpgkey !== undefined)
    return { signer: await gpgSigner({ keyid: gpgkey, ...gnupg }), keptIn: 'gpg' }
  if (keyfile === undefined)
    return { signer: await gpgSigner({ keyid: await findInGpg(home), ...gnupg }), keptIn: 'gpg' }
  const path = home.resolve(keyfile)
  const { askSecret } = cli.io
  const passphrase =
    askSecret === undefined ? {} : { passphrase: () => askSecret(`Passphrase of ${path}: `) }
  return { signer: await keyFileSigner(path, passphrase), keptIn: path }
}

/** The only secret key in gpg that belongs to one of the policy's people. */
async function findInGpg(home: Home): Promise<string> {
  const { gpgSecretKeys } = await import('../node/pgp/gpg-keys.ts')
  const { gnupghome } = home.config
  const keys = await gpgSecretKeys(gnupghome === undefined ? undefined : home.resolve(gnupghome))
  const [key, another] = keys.filter(({ fingerprint }) => home.policy.personOf.has(fingerprint))
  if (key !== undefined && another === undefined) return key.fingerprint
  const reason =
    key === undefined
      ? 'gpg has no secret key of anybody in the policy; set gpgkey or keyfile in config.json'
      : 'gpg has several keys that the policy knows; set gpgkey in config.json'
  throw new MeshError({ code: 'SIGNING_FAILED', key: 'gpg', reason })
}
