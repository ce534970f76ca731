/** A GnuPG of one's own for a test: a temporary home, fresh keys, no agent left behind. Nothing touches the user's keyring. */
import { spawnSync } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** Tests of real gpg are skipped, visibly, where this is false. */
export const hasGpg = spawnSync('gpg', ['--version']).status === 0

export interface GpgHome extends AsyncDisposable {
  readonly path: string
  /** Runs gpg; throws with what it said unless it succeeds. */
  run(args: readonly string[], input?: Uint8Array | string): Buffer
  /** Makes a key without passphrase, or with the given one; the fingerprint of its primary, lower-case. */
  generate(userId: string, init: GpgKeyInit): string
  /** Adds a signing subkey and tells its fingerprint. */
  addSigningSubkey(fingerprint: string, algorithm: string): string
  /** A binary detached signature. */
  sign(fingerprint: string, bytes: Uint8Array, extra?: readonly string[]): Uint8Array
  /** Whether gpg itself finds the signature good. */
  verifies(signature: Uint8Array, bytes: Uint8Array): Promise<boolean>
  exportPublic(fingerprint: string): string
  /** Revokes a primary key with the certificate that gpg made along with it. */
  revoke(fingerprint: string): Promise<void>
  /** Revokes the first subkey. */
  revokeSubkey(fingerprint: string): void
  /** Forgets cached passphrases and reads gpg-agent.conf anew. */
  restartAgent(): void
}

interface GpgKeyInit {
  /** `ed25519`, `nistp256`, `rsa2048`. */
  readonly algorithm: string
  /** GnuPG's words: `never`, `1d`. */
  readonly expires?: string
  readonly passphrase?: string
  readonly extra?: readonly string[]
}

/** The path is short: gpg-agent's sockets lie in the home, and a socket's path has at most 107 bytes. */
export async function createGpgHome(): Promise<GpgHome> {
  const path = await mkdtemp(join(tmpdir(), 'g-'))
  const run = (args: readonly string[], input: Uint8Array | string = ''): Buffer => {
    const done = spawnSync('gpg', ['--homedir', path, '--batch', '--no-tty', ...args], { input })
    if (done.status === 0) return done.stdout
    throw new Error(`gpg ${args.join(' ')}: ${done.stderr.toString()}`)
  }
  const killAgent = (): void => {
    spawnSync('gpgconf', ['--homedir', path, '--kill', 'all'])
  }
  const fingerprints = (wanted: string): readonly string[] =>
    run(['--with-colons', '--list-keys', wanted])
      .toString()
      .split('\n')
      .filter((line) => line.startsWith('fpr:'))
      .map((line) => line.split(':')[9]?.toLowerCase() ?? '')
  const last = (list: readonly string[]): string => list.at(-1) ?? ''
  return {
    path,
    run,
    generate(userId, { algorithm, expires = 'never', passphrase = '', extra = [] }) {
      const secret = ['--pinentry-mode', 'loopback', '--passphrase', passphrase]
      run([...extra, ...secret, '--quick-generate-key', userId, algorithm, 'sign', expires])
      return fingerprints(`=${userId}`)[0] ?? ''
    },
    addSigningSubkey(fingerprint, algorithm) {
      const secret = ['--pinentry-mode', 'loopback', '--passphrase', '']
      run([...secret, '--quick-add-key', fingerprint, algorithm, 'sign', 'never'])
      return last(fingerprints(fingerprint))
    },
    sign: (fingerprint, bytes, extra = []) =>
      run([...extra, '--local-user', fingerprint, '--output', '-', '--detach-sign'], bytes),
    async verifies(signature, bytes) {
      await writeFile(join(path, 'sig'), signature)
      const args = ['--homedir', path, '--batch', '--status-fd', '1', '--verify']
      const done = spawnSync('gpg', [...args, join(path, 'sig'), '-'], { input: bytes })
      return done.status === 0 && done.stdout.toString().includes('[GNUPG:] VALIDSIG ')
    },
    exportPublic: (fingerprint) => run(['--armor', '--export', fingerprint]).toString(),
    async revoke(fingerprint) {
      const file = join(path, 'openpgp-revocs.d', `${fingerprint.toUpperCase()}.rev`)
      // A colon before the armor keeps people from importing it by mistake.
      run(['--import'], (await readFile(file, 'utf8')).replace(':-----BEGIN', '-----BEGIN'))
    },
    revokeSubkey(fingerprint) {
      const dialogue = 'key 1\nrevkey\ny\n3\n\ny\nsave\n'
      run(['--command-fd', '0', '--edit-key', fingerprint], dialogue)
    },
    restartAgent: killAgent,
    async [Symbol.asyncDispose]() {
      killAgent()
      await rm(path, { recursive: true, force: true })
    },
  }
}
