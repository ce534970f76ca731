/** Signing with a private key file, for hosts without gpg; and the keys that `mig` makes for people. */
import { spawnSync } from 'node:child_process'
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as openpgp from 'openpgp'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { generateKey, type GeneratedKey } from '../../../node/pgp/generate.ts'
import { describeKey, openKeyring } from '../../../node/pgp/keyring.ts'
import { keyFileSigner } from '../../../node/pgp/sign.ts'
import { verifySignature } from '../../../node/pgp/verify.ts'
import { makeTestKey } from '../../helpers/test-keys.ts'

const NOW_MS = Date.parse('2026-03-01T12:00:00Z')
const SIGNED = Buffer.from('DSSEv1 ...')
const nowMs = (): number => NOW_MS

let directory: string
let made: GeneratedKey

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'mig-keys-'))
  made = await generateKey({ name: 'Irene Adler', email: 'irene@example.org' }, NOW_MS)
})
afterAll(() => rm(directory, { recursive: true }))

async function keyFile(name: string, text: string, mode = 0o600): Promise<string> {
  const path = join(directory, name)
  await writeFile(path, text)
  await chmod(path, mode)
  return path
}

describe('keyFileSigner', () => {
  it('makes signatures that count, dated by the given clock', async () => {
    const signer = await keyFileSigner(await keyFile('good', made.privateKeyArmored), { nowMs })
    const sig = await signer.sign(SIGNED)
    const keyring = await openKeyring([made.publicKeyArmored])
    const window = { nowMs: NOW_MS, notBeforeMs: NOW_MS, notAfterMs: NOW_MS }
    const verdict = await verifySignature(keyring, {
      signed: SIGNED,
      keyid: signer.fingerprint,
      sig,
      window,
    })
    expect(verdict).toEqual({ ok: true, signer: made.fingerprint, signedAtMs: NOW_MS })
  })

  it.each(['640', '604', '620', '644'])('refuses a file that others can use: %s', async (mode) => {
    const path = await keyFile(`mode-${mode}`, made.privateKeyArmored, parseInt(mode, 8))
    await expect(keyFileSigner(path)).rejects.toMatchObject({ code: 'FILE_UNREADABLE' })
    await expect(keyFileSigner(path)).rejects.toThrow(`run: chmod 600 ${path}`)
  })

  it('refuses a missing file, a directory, a pipe, a public key and other text', async () => {
    const missing = keyFileSigner(join(directory, 'missing'))
    await expect(missing).rejects.toMatchObject({ code: 'FILE_UNREADABLE' })
    await expect(keyFileSigner(directory)).rejects.toThrow('not a regular file')
    const pipe = join(directory, 'pipe')
    expect(spawnSync('mkfifo', ['-m', '600', pipe]).status).toBe(0)
    await expect(keyFileSigner(pipe)).rejects.toThrow('not a regular file')
    for (const text of [made.publicKeyArmored, 'hello', '']) {
      const signing = keyFileSigner(await keyFile('other', text))
      await expect(signing).rejects.toMatchObject({ code: 'KEY_INVALID' })
    }
  })

  it('asks for the passphrase of an encrypted key, once', async () => {
    const privateKey = await openpgp.readPrivateKey({ armoredKey: made.privateKeyArmored })
    const encrypted = await openpgp.encryptKey({ privateKey, passphrase: 'correct horse' })
    const path = await keyFile('encrypted', encrypted.armor())
    let asked = 0
    const passphrase = (answer: string) => (): Promise<string> => {
      asked += 1
      return Promise.resolve(answer)
    }
    const signer = await keyFileSigner(path, { passphrase: passphrase('correct horse'), nowMs })
    await signer.sign(SIGNED)
    await signer.sign(SIGNED)
    expect(asked).toBe(1)
    const wrong = keyFileSigner(path, { passphrase: passphrase('battery staple') })
    await expect(wrong).rejects.toMatchObject({ detail: { reason: 'wrong passphrase' } })
    await expect(keyFileSigner(path)).rejects.toThrow('the key is encrypted; give its passphrase')
  })

  it('says so when the key can no longer sign', async () => {
    const createdMs = NOW_MS - 10_000
    const { privateKey } = await makeTestKey({ createdMs, expiresAfterMs: 5000 })
    const signer = await keyFileSigner(await keyFile('expired', privateKey.armor()), { nowMs })
    await expect(signer.sign(SIGNED)).rejects.toMatchObject({ code: 'SIGNING_FAILED' })
    await expect(signer.sign(SIGNED)).rejects.toThrow(/expired/)
  })

  it('stops when aborted', async () => {
    const signer = await keyFileSigner(await keyFile('abort', made.privateKeyArmored))
    const reason = new Error('enough')
    await expect(signer.sign(SIGNED, AbortSignal.abort(reason))).rejects.toBe(reason)
  })
})

describe('generateKey', () => {
  it('makes an Ed25519 key that never expires, without subkeys', async () => {
    expect(await describeKey(made.publicKeyArmored)).toEqual({
      fingerprint: made.fingerprint,
      subkeys: [],
      userIds: ['Irene Adler <irene@example.org>'],
      algorithm: 'Ed25519',
      createdMs: NOW_MS,
      expiresMs: null,
      revoked: false,
    })
  })

  it('takes a name alone, and refuses what is no e-mail address', async () => {
    const nameOnly = await generateKey({ name: 'Sherlock' }, NOW_MS)
    expect((await describeKey(nameOnly.publicKeyArmored)).userIds).toEqual(['Sherlock'])
    const bad = generateKey({ name: 'X', email: 'not an address' }, NOW_MS)
    await expect(bad).rejects.toMatchObject({ code: 'KEY_INVALID' })
  })
})
