/** Homes whose key stays in gpg-agent: nothing of it is ever in the home. */
import { spawnSync } from 'node:child_process'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { run } from '../../cli/run.ts'
import { createGpgHome, type GpgHome, hasGpg } from '../helpers/gpg.ts'
import { runMig } from '../helpers/processes.ts'
import { recordingIo } from '../helpers/recording-io.ts'

describe.skipIf(!hasGpg)('a home that signs with gpg', { timeout: 60_000 }, () => {
  let gpg: GpgHome
  let dir = ''
  let print = ''
  beforeAll(async () => {
    gpg = await createGpgHome()
    print = gpg.generate('Ada <ada@example.org>', { algorithm: 'ed25519' })
    dir = await mkdtemp(join(tmpdir(), 'mig-gpg-'))
    const people = ['--person', 'ada', '--person', 'bob', '--gpg', `ada=${print}`]
    const made = await runMig(['init', join(dir, 'lab'), ...people], {
      env: { GNUPGHOME: gpg.path },
    })
    expect(made.stderr).toContain('made the mesh')
  })
  afterAll(async () => {
    await rm(dir, { recursive: true })
    await gpg[Symbol.asyncDispose]()
  })

  const mig = async (
    home: string,
    ...args: string[]
  ): Promise<{ code: number; out: string; err: string }> => {
    const { io, stdout, stderr } = recordingIo({})
    const code = await run(
      ['--home', join(dir, 'lab', home), ...args],
      io,
      new AbortController().signal,
    )
    return { code, out: stdout(), err: stderr() }
  }

  it('keeps no private key in the home', async () => {
    expect(await readdir(join(dir, 'lab/investigator'))).not.toContain('signing-key.asc')
    expect(await readFile(join(dir, 'lab/policy.json'), 'utf8')).not.toContain('PRIVATE')
  })

  it('keys says whose key it is and where it is kept', async () => {
    const { out, err, code } = await mig('investigator', 'keys')
    expect(out).toContain(print)
    expect(err).toContain(`this home signs as ada with ${print}, kept in gpg`)
    expect(code).toBe(0)
  })

  it('signs through gpg-agent what a key file signs second, and both hold', async () => {
    const victim = 'a'.repeat(40)
    const first = await mig('investigator', 'revoke', 'key', victim, '-s', '-reason', 'lost laptop')
    expect(first.err).toContain('@revoke: weight 1 of 2, not enough')
    await writeFile(join(dir, 'a.json'), first.out)
    const second = await mig('investigator-2', 'sign', join(dir, 'a.json'))
    expect(second.err).toContain('@revoke: weight 2 of 2')
    await writeFile(join(dir, 'b.json'), second.out)
    const { out, code } = await mig('investigator-2', 'show', join(dir, 'b.json'))
    expect(out).toContain(`revokes  key ${victim}`)
    expect(out).toContain(`signed   by ada, ${print}: good`)
    expect(code).toBe(0)
  })

  it('one person alone cannot revoke, but may give up their own key', async () => {
    const alone = await mig('investigator', 'revoke', 'key', 'a'.repeat(40))
    expect(alone).toMatchObject({ code: 3, out: '' })
    const own = await mig('investigator', 'revoke', 'key', print, '-s')
    expect(own.err).toContain('enough: send it')
  })

  it('says in one line when gpg has no such key', async () => {
    const config = join(dir, 'lab/investigator/config.json')
    const before = await readFile(config, 'utf8')
    await writeFile(config, before.replace(print, 'b'.repeat(40)))
    const { code, err } = await mig('investigator', 'revoke', 'key', print, '-s')
    await writeFile(config, before)
    expect(code).toBe(2)
    expect(err).toMatch(/^mig: cannot sign with b{40}: gpg has no secret key by this name\n/)
  })

  it('a new key file signs for nobody until the policy knows it', async () => {
    const path = join(dir, 'eve.asc')
    const made = await mig('investigator', 'keys', 'new', '--name', 'Eve', '--out', path)
    expect(made.out).toContain('BEGIN PGP PUBLIC KEY')
    expect(spawnSync('gpg', ['--homedir', gpg.path, '--batch', '--show-keys', path]).status).toBe(0)
    expect((await mig('investigator', 'keys', 'new', '--name', 'Eve', '--out', path)).code).toBe(2)
  })
})
