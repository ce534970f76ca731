/** Real GnuPG as oracle and as signer: what it signs verifies here, what we sign verifies there. */
import { chmod, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { generateKey } from '../../../node/pgp/generate.ts'
import { gpgExportPublic, gpgSecretKeys } from '../../../node/pgp/gpg-keys.ts'
import { describeKey, openKeyring } from '../../../node/pgp/keyring.ts'
import { gpgSigner, keyFileSigner } from '../../../node/pgp/sign.ts'
import {
  normalSignature,
  verifySignature,
  type SignatureVerdict,
} from '../../../node/pgp/verify.ts'
import { createGpgHome, hasGpg, type GpgHome } from '../../helpers/gpg.ts'
import { DAY_MS } from '../../helpers/test-keys.ts'

const SIGNED = Buffer.from('DSSEv1 32 application/vnd.mig.action+json 14 {"name":"\u00fc"}\n')
const ALGORITHMS = ['ed25519', 'nistp256', 'nistp384', 'rsa2048'] as const

describe.skipIf(!hasGpg)('with GnuPG', () => {
  let gpg: GpgHome
  const keys = new Map<string, string>()
  const keyOf = (algorithm: string): string => keys.get(algorithm) ?? ''

  beforeAll(async () => {
    gpg = await createGpgHome()
    for (const algorithm of ALGORITHMS) {
      keys.set(algorithm, gpg.generate(`${algorithm} <${algorithm}@example.org>`, { algorithm }))
    }
  })
  afterAll(() => gpg[Symbol.asyncDispose]())

  async function judge(fingerprint: string, sig: Uint8Array): Promise<SignatureVerdict> {
    const nowMs = Date.now()
    const window = { nowMs, notBeforeMs: nowMs - 7 * DAY_MS, notAfterMs: nowMs + 300_000 }
    const keyring = await openKeyring([gpg.exportPublic(fingerprint)])
    return verifySignature(keyring, { signed: SIGNED, keyid: fingerprint, sig, window })
  }

  describe('a signature by gpg', () => {
    it.each(ALGORITHMS)('verifies here: %s', async (algorithm) => {
      const sig = gpg.sign(keyOf(algorithm), SIGNED)
      const verdict = await judge(keyOf(algorithm), sig)
      expect(verdict).toMatchObject({ ok: true, signer: keyOf(algorithm) })
    })

    it.each(ALGORITHMS)('still verifies in gpg in its normal form: %s', async (algorithm) => {
      const sig = gpg.sign(keyOf(algorithm), SIGNED)
      expect(await gpg.verifies(normalSignature(sig) ?? sig, SIGNED)).toBe(true)
      expect(await gpg.verifies(sig, Buffer.from('other'))).toBe(false)
    })

    it('armored, clear-signed, inline or by SHA-1 is refused', async () => {
      const user = ['--local-user', keyOf('rsa2048')]
      const forms = {
        armored: gpg.run([...user, '--armor', '--detach-sign'], SIGNED),
        clear: gpg.run([...user, '--clear-sign'], SIGNED),
        inline: gpg.run([...user, '--compress-level', '0', '--sign'], SIGNED),
        compressed: gpg.run([...user, '--sign'], SIGNED),
      }
      for (const sig of Object.values(forms)) {
        const verdict = await judge(keyOf('rsa2048'), sig)
        expect(verdict).toEqual({ ok: false, code: 'malformed', blame: true })
      }
      const weak = gpg.sign(keyOf('rsa2048'), SIGNED, ['--digest-algo', 'SHA1'])
      expect(await judge(keyOf('rsa2048'), weak)).toMatchObject({ code: 'weak-hash', blame: true })
      const text = gpg.sign(keyOf('rsa2048'), SIGNED, ['--textmode'])
      expect(await judge(keyOf('rsa2048'), text)).toMatchObject({ code: 'wrong-type', blame: true })
    })

    it('with a clock turned back is refused', async () => {
      const past = ['--faked-system-time', '20240101T000000!']
      const fingerprint = gpg.generate('Old <old@example.org>', {
        algorithm: 'ed25519',
        extra: past,
      })
      const sig = gpg.sign(fingerprint, SIGNED, past)
      expect(await judge(fingerprint, sig)).toEqual({ ok: false, code: 'backdated', blame: false })
      expect(await judge(fingerprint, gpg.sign(fingerprint, SIGNED))).toMatchObject({ ok: true })
    })

    it('by an expired key is refused, though gpg signed while it was valid', async () => {
      const then = new Date(Date.now() - 3 * DAY_MS).toISOString().replace(/[-:]|\.\d+Z/g, '')
      const extra = ['--faked-system-time', `${then}!`]
      const init = { algorithm: 'ed25519', expires: '1d', extra }
      const fingerprint = gpg.generate('Expired <expired@example.org>', init)
      const sig = gpg.sign(fingerprint, SIGNED, extra)
      expect(await judge(fingerprint, sig)).toEqual({
        ok: false,
        code: 'key-expired',
        blame: false,
      })
    })

    it('by a signing subkey counts for the primary, until the subkey is revoked', async () => {
      const fingerprint = gpg.generate('Sub <sub@example.org>', { algorithm: 'ed25519' })
      const subkey = gpg.addSigningSubkey(fingerprint, 'rsa2048')
      const sig = gpg.sign(`${subkey}!`, SIGNED)
      expect(await judge(fingerprint, sig)).toMatchObject({ ok: true, signer: fingerprint })
      gpg.revokeSubkey(fingerprint)
      expect(await judge(fingerprint, sig)).toEqual({
        ok: false,
        code: 'key-revoked',
        blame: false,
      })
      const byPrimary = gpg.sign(`${fingerprint}!`, SIGNED)
      expect(await judge(fingerprint, byPrimary)).toMatchObject({ ok: true, signer: fingerprint })
    })

    it('by a revoked key is refused', async () => {
      const fingerprint = gpg.generate('Revoked <revoked@example.org>', { algorithm: 'ed25519' })
      const sig = gpg.sign(fingerprint, SIGNED)
      await gpg.revoke(fingerprint)
      expect(await judge(fingerprint, sig)).toEqual({
        ok: false,
        code: 'key-revoked',
        blame: false,
      })
      expect((await describeKey(gpg.exportPublic(fingerprint))).revoked).toBe(true)
    })
  })

  describe('gpgSigner', () => {
    it.each(ALGORITHMS)('signs through gpg-agent: %s', async (algorithm) => {
      const keyid = keyOf(algorithm).toUpperCase()
      const signer = await gpgSigner({ keyid, gnupgHome: gpg.path })
      const sig = await signer.sign(SIGNED)
      expect(signer.fingerprint).toBe(keyOf(algorithm))
      expect(normalSignature(sig)).toEqual(Buffer.from(sig))
      expect(await judge(keyOf(algorithm), sig)).toMatchObject({ ok: true })
      expect(await gpg.verifies(sig, SIGNED)).toBe(true)
    })

    it('takes any name that gpg takes, and always names the primary', async () => {
      const fingerprint = gpg.generate('Many Names <names@example.org>', { algorithm: 'ed25519' })
      const subkey = gpg.addSigningSubkey(fingerprint, 'ed25519')
      for (const keyid of [
        'names@example.org',
        'Many Names',
        `0x${fingerprint.slice(-16)}`,
        subkey,
      ]) {
        const signer = await gpgSigner({ keyid, gnupgHome: gpg.path })
        expect(signer.fingerprint).toBe(fingerprint)
      }
      const exact = await gpgSigner({ keyid: `${fingerprint}!`, gnupgHome: gpg.path })
      expect(await judge(fingerprint, await exact.sign(SIGNED))).toMatchObject({ ok: true })
    })

    it('does not confuse a name with an option', async () => {
      const signing = gpgSigner({ keyid: '--version', gnupgHome: gpg.path })
      await expect(signing).rejects.toThrow('cannot sign with --version: gpg has no secret key')
    })

    it('says so when there is no such key, several, or no gpg', async () => {
      const missing = gpgSigner({ keyid: 'nobody@example.org', gnupgHome: gpg.path })
      await expect(missing).rejects.toMatchObject({ code: 'SIGNING_FAILED' })
      const several = gpgSigner({ keyid: 'example.org', gnupgHome: gpg.path })
      await expect(several).rejects.toThrow(
        'several secret keys by this name; give the fingerprint',
      )
      const program = join(gpg.path, 'no-such-program')
      const absent = gpgSigner({ keyid: keyOf('ed25519'), gnupgHome: gpg.path, program })
      await expect(absent).rejects.toThrow(/gpg does not start .*install GnuPG or use a key file/)
    })

    it('tells a home that gpg cannot read from a missing key', async () => {
      const gnupgHome = join(gpg.path, 'no-such-home')
      const signing = gpgSigner({ keyid: keyOf('ed25519'), gnupgHome })
      await expect(signing).rejects.toThrow(/gpg cannot list its keys: .*no-such-home/)
    })

    it('says so at once when the passphrase cannot be asked for', async () => {
      await using locked = await createGpgHome()
      const init = { algorithm: 'ed25519', passphrase: 'correct horse' }
      const keyid = locked.generate('Locked <locked@example.org>', init)
      await writeFile(
        join(locked.path, 'gpg-agent.conf'),
        `pinentry-program ${join(locked.path, 'no-pinentry')}\n`,
      )
      const signer = await gpgSigner({ keyid, gnupgHome: locked.path })
      locked.restartAgent()
      await expect(signer.sign(SIGNED)).rejects.toThrow(/pinentry/)
    })

    it('hands out nothing that a gpg.conf spoilt', async () => {
      const { path } = gpg
      const conf = join(path, 'gpg.conf')
      const signer = await gpgSigner({ keyid: keyOf('rsa2048'), gnupgHome: path })
      const spoilers = [
        ['digest-algo SHA1', 'its digest is weaker than SHA-256'],
        [`local-user ${keyOf('ed25519')}`, 'exactly one'],
        ['sig-notation !a@example.org=b', 'critical subpacket'],
      ]
      try {
        for (const [line = '', reason = ''] of spoilers) {
          await writeFile(conf, `${line}\n`)
          await expect(signer.sign(SIGNED)).rejects.toThrow(reason)
        }
        await writeFile(conf, 'armor\ntextmode\ndefault-sig-expire 7d\n')
        expect(await judge(keyOf('rsa2048'), await signer.sign(SIGNED))).toMatchObject({ ok: true })
      } finally {
        await writeFile(conf, '')
      }
    })

    it('stops when aborted', async () => {
      const signer = await gpgSigner({ keyid: keyOf('ed25519'), gnupgHome: gpg.path })
      const reason = new Error('enough')
      await expect(signer.sign(SIGNED, AbortSignal.abort(reason))).rejects.toBe(reason)
      const controller = new AbortController()
      const signing = signer.sign(Buffer.alloc(32 * 1024 * 1024), controller.signal)
      controller.abort(reason)
      await expect(signing).rejects.toBe(reason)
    })
  })

  it('gpgSecretKeys lists whose secret keys are there, gpgExportPublic their public halves', async () => {
    const listed = await gpgSecretKeys(gpg.path)
    const fingerprint = keyOf('nistp256')
    expect(listed).toContainEqual({ fingerprint, userId: 'nistp256 <nistp256@example.org>' })
    const armored = await gpgExportPublic(fingerprint, gpg.path)
    expect(await describeKey(armored)).toMatchObject({ fingerprint, algorithm: 'ECDSA nistP256' })
    await expect(gpgExportPublic('0'.repeat(40), gpg.path)).rejects.toThrow(
      'not in the gpg keyring',
    )
  })

  it('a generated key can be imported into gpg 2.2, which then signs with it', async () => {
    const person = { name: 'Irene Adler', email: 'irene@example.org' }
    const made = await generateKey(person, Date.now())
    gpg.run(['--import'], made.privateKeyArmored)
    const signer = await gpgSigner({ keyid: 'irene@example.org', gnupgHome: gpg.path })
    expect(signer.fingerprint).toBe(made.fingerprint)
    expect(await judge(made.fingerprint, await signer.sign(SIGNED))).toMatchObject({ ok: true })
  })

  it('what a key file signs, gpg verifies', async () => {
    const made = await generateKey({ name: 'File' }, Date.now())
    const path = join(gpg.path, 'private.asc')
    await writeFile(path, made.privateKeyArmored)
    await chmod(path, 0o600)
    gpg.run(['--import'], made.publicKeyArmored)
    const signer = await keyFileSigner(path)
    expect(await gpg.verifies(await signer.sign(SIGNED), SIGNED)).toBe(true)
  })
})
