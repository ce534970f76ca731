/** The demo's two investigators: with keys in a temporary gpg keyring where there is gpg, with key files where not. */
import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)
const PEOPLE = ['alice', 'bob'] as const

export interface Cast extends AsyncDisposable {
  readonly people: readonly { readonly name: string; readonly gpg: string | undefined }[]
  readonly environment: Readonly<Record<string, string>>
  readonly signsWith: string
}

export async function openCast(): Promise<Cast> {
  const hasGpg = await run('gpg', ['--version']).then(
    () => true,
    () => false,
  )
  return hasGpg ? castWithGpg() : castWithKeyFiles()
}

function castWithKeyFiles(): Cast {
  return {
    people: PEOPLE.map((name) => ({ name, gpg: undefined })),
    environment: {},
    signsWith: 'key files (there is no gpg here)',
    [Symbol.asyncDispose]: () => Promise.resolve(),
  }
}

async function castWithGpg(): Promise<Cast> {
  // gpg-agent's socket path must stay short.
  const home = await mkdtemp(join(tmpdir(), 'mig-gpg-'))
  const gpg = (...args: string[]): Promise<{ stdout: string }> =>
    run('gpg', ['--homedir', home, '--batch', ...args])
  const people = []
  for (const name of PEOPLE) {
    await gpg('--passphrase', '', '--quick-generate-key', name, 'ed25519', 'sign', 'never')
    const { stdout } = await gpg('--with-colons', '--list-secret-keys', `=${name}`)
    people.push({ name, gpg: /^fpr:+([0-9A-F]{40}):/m.exec(stdout)?.[1]?.toLowerCase() })
  }
  return {
    people,
    environment: { GNUPGHOME: home },
    signsWith: 'gpg',
    async [Symbol.asyncDispose]() {
      await run('gpgconf', ['--homedir', home, '--kill', 'all']).catch(() => undefined)
      await rm(home, { recursive: true, force: true })
    },
  }
}
