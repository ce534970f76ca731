/** verifySignature: which signatures count, and which of the others are the fault of whoever sent them. */
import fc from 'fast-check'
import * as openpgp from 'openpgp'
import { beforeAll, describe, expect, it } from 'vitest'
import { openKeyring, type Keyring } from '../../../node/pgp/keyring.ts'
import { SIGNATURE_SIZE_LIMIT } from '../../../node/pgp/signature-packet.ts'
import {
  normalSignature,
  SIGNATURE_REFUSALS,
  verifySignature,
  type SignatureRefusal,
  type SignatureVerdict,
} from '../../../node/pgp/verify.ts'
import {
  craftSignature,
  DAY_MS,
  makeTestKey,
  newPacket,
  signDetached,
  subpacket,
  withUnhashedArea,
  type TestKey,
} from '../../helpers/test-keys.ts'

const NOW_MS = Date.parse('2026-03-01T12:00:00Z')
const SIGNED = Buffer.from('DSSEv1 32 application/vnd.mig.action+json 2 {}')
const WINDOW = { nowMs: NOW_MS, notBeforeMs: NOW_MS - 7 * DAY_MS, notAfterMs: NOW_MS + 300_000 }

let alice: TestKey
let bob: TestKey
let keyring: Keyring
let good: Uint8Array

beforeAll(async () => {
  alice = await makeTestKey({ name: 'Alice', createdMs: NOW_MS - 100 * DAY_MS, subkeys: 1 })
  bob = await makeTestKey({ name: 'Bob', kind: 'rsa', createdMs: NOW_MS - 100 * DAY_MS })
  keyring = await openKeyring([alice.armored, bob.armored])
  good = await signDetached(alice, SIGNED, { createdMs: NOW_MS })
})

const verify = (
  sig: Uint8Array,
  change: { keyid?: string; signed?: Uint8Array; keys?: Keyring; nowMs?: number } = {},
): Promise<SignatureVerdict> => {
  const { keyid = alice.fingerprint, signed = SIGNED, keys = keyring, nowMs = NOW_MS } = change
  return verifySignature(keys, { signed, keyid, sig, window: { ...WINDOW, nowMs } })
}

const refused = (code: SignatureRefusal): SignatureVerdict => ({
  ok: false,
  code,
  blame: SIGNATURE_REFUSALS[code].blame,
})

describe('a good signature', () => {
  it.each(['ed25519Legacy', 'ed25519', 'v6', 'rsa', 'nistP256', 'nistP384', 'nistP521'] as const)(
    'counts for its primary key: %s',
    async (kind) => {
      const key = await makeTestKey({ kind, createdMs: NOW_MS - DAY_MS })
      const sig = await signDetached(key, SIGNED, { createdMs: NOW_MS })
      const keys = await openKeyring([key.armored])
      expect(await verify(sig, { keyid: key.fingerprint, keys })).toEqual({
        ok: true,
        signer: key.fingerprint,
        signedAtMs: NOW_MS,
      })
    },
  )

  it('by a signing subkey counts for the primary key', async () => {
    const keyId = alice.publicKey.subkeys[0]?.getKeyID()
    expect(keyId).toBeDefined()
    const sig = await signDetached(alice, SIGNED, { createdMs: NOW_MS, ...(keyId && { keyId }) })
    expect(await verify(sig)).toMatchObject({ ok: true, signer: alice.fingerprint })
  })

  it('by the primary key counts also where there is a signing subkey', async () => {
    const { keyPacket } = alice.privateKey
    const sig = await craftSignature({ keyPacket, bytes: SIGNED, createdMs: NOW_MS })
    expect(await verify(sig)).toMatchObject({ ok: true, signer: alice.fingerprint })
  })

  it('may be made at either end of the window', async () => {
    for (const createdMs of [WINDOW.notBeforeMs, WINDOW.notAfterMs]) {
      expect(await verify(await signDetached(alice, SIGNED, { createdMs }))).toMatchObject({
        ok: true,
      })
    }
  })
})

describe('refused with blame: what every honest peer refuses', () => {
  it('a signature over other bytes', async () => {
    expect(await verify(good, { signed: Buffer.from('other') })).toEqual(refused('bad-signature'))
  })

  it('armor, two packets, bytes after the packet, nothing, and more than the limit', async () => {
    const armored = openpgp.armor(openpgp.enums.armor.signature, good)
    const forms = [
      Buffer.from(armored),
      Buffer.concat([good, good]),
      Buffer.concat([good, Buffer.of(0)]),
      good.subarray(0, -1),
      new Uint8Array(),
      new Uint8Array(SIGNATURE_SIZE_LIMIT + 1).fill(0xc2),
    ]
    for (const form of forms) expect(await verify(form)).toEqual(refused('malformed'))
  })

  it('another spelling of a good signature: longer lengths, inexact or padded integers', async () => {
    const body = Buffer.from(good.subarray(2 + Number((good[1] ?? 0) >= 192)))
    const size = Buffer.alloc(4)
    size.writeUInt32BE(body.length)
    const at = firstInteger(body)
    const bits = body.readUInt16BE(at)
    const withBits = (wrong: number): Uint8Array => {
      const changed = Buffer.from(body)
      changed.writeUInt16BE(wrong, at)
      return changed
    }
    // One octet more of zeros, counted.
    const more = (Math.ceil(bits / 8) + 1) * 8
    const padded = [withBits(more).subarray(0, at + 2), Buffer.of(0), body.subarray(at + 2)]
    const spellings = [
      Buffer.concat([Buffer.of(0x89), size.subarray(2), body]),
      Buffer.concat([Buffer.of(0x8a), size, body]),
      Buffer.concat([Buffer.of(0x8b), body]),
      Buffer.concat([Buffer.of(0xc2, 0xff), size, body]),
      newPacket(2, withBits(bits - 1)),
      newPacket(2, withBits(bits + 1)),
      newPacket(2, withBits(0)),
      newPacket(2, Buffer.concat(padded)),
    ]
    expect(await verify(Buffer.concat([Buffer.of(0x88, body.length), body]))).toMatchObject({
      ok: true,
    })
    for (const form of spellings) expect(await verify(form)).toEqual(refused('malformed'))
  })

  it('a cleartext or an inline-signed message, whatever it holds (CVE-2025-47934)', async () => {
    const { privateKey } = alice
    const inline: unknown = await openpgp.sign({
      message: await openpgp.createMessage({ binary: SIGNED }),
      signingKeys: privateKey,
      format: 'binary',
      date: new Date(NOW_MS),
    })
    const cleartext = await openpgp.sign({
      message: await openpgp.createCleartextMessage({ text: SIGNED.toString() }),
      signingKeys: privateKey,
      date: new Date(NOW_MS),
    })
    const literal = newPacket(11, Buffer.concat([Buffer.from('b\0\0\0\0\0'), SIGNED]))
    const compressed = newPacket(8, Buffer.concat([Buffer.of(0), good]))
    const forms = [inline as Uint8Array, Buffer.from(cleartext), Buffer.concat([good, literal])]
    for (const form of [...forms, compressed, Buffer.concat([literal, good])]) {
      expect(await verify(form)).toEqual(refused('malformed'))
    }
  })

  it('SHA-1, SHA-224, MD5 and RIPEMD-160', async () => {
    const { md5, sha1, sha224, ripemd } = openpgp.enums.hash
    for (const hash of [md5, sha1, sha224, ripemd]) {
      const { keyPacket } = bob.privateKey
      const sig = await craftSignature({ keyPacket, bytes: SIGNED, createdMs: NOW_MS, hash })
      expect(await verify(sig, { keyid: bob.fingerprint })).toEqual(refused('weak-hash'))
    }
  })

  it('a text signature, which holds for other line ends too', async () => {
    const { keyPacket } = alice.privateKey
    const type = openpgp.enums.signature.text
    const sig = await craftSignature({ keyPacket, bytes: SIGNED, createdMs: NOW_MS, type })
    expect(await verify(sig)).toEqual(refused('wrong-type'))
  })

  it('a certification or a binding of a key, replayed as a document signature', async () => {
    const certification = alice.publicKey.users[0]?.selfCertifications[0]
    const binding = alice.publicKey.subkeys[0]?.bindingSignatures[0]
    for (const packet of [certification, binding]) {
      const sig = newPacket(2, packet?.write() ?? new Uint8Array())
      expect(await verify(sig)).toEqual(refused('wrong-type'))
    }
  })

  it('a document signature relabelled from a certification', async () => {
    const body = alice.publicKey.users[0]?.selfCertifications[0]?.write() ?? new Uint8Array()
    const relabelled = Uint8Array.from(body, (octet, index) => (index === 1 ? 0 : octet))
    const verdict = await verify(newPacket(2, relabelled))
    expect(verdict).toMatchObject({ ok: false, blame: true })
  })

  it('an unknown critical subpacket or notation', async () => {
    const { keyPacket } = alice.privateKey
    const notation = { name: 'a@b.org', value: Buffer.of(1), humanReadable: false, critical: true }
    const sig = await craftSignature({
      keyPacket,
      bytes: SIGNED,
      createdMs: NOW_MS,
      prepare: (packet) => packet.rawNotations.push(notation),
    })
    expect(await verify(sig)).toEqual(refused('unknown-critical'))
    const hashedArea = Buffer.concat([hashed(alice), subpacket(0x80 | 100, Buffer.of(1))])
    const unknown = await craftSignature({
      keyPacket,
      bytes: SIGNED,
      createdMs: NOW_MS,
      hashedArea,
    })
    expect(await verify(unknown)).toEqual(refused('unknown-critical'))
  })

  it('a hashed area without issuer fingerprint, with two, or one of another version', async () => {
    const { keyPacket } = alice.privateKey
    const issuer = Buffer.from(alice.fingerprint, 'hex')
    const areas = [
      created(),
      Buffer.concat([hashed(alice), hashed(alice).subarray(created().length)]),
      Buffer.concat([created(), subpacket(33, Buffer.concat([Buffer.of(6), issuer]))]),
      Buffer.concat([created(), subpacket(33, Buffer.concat([Buffer.of(4), issuer.subarray(8)]))]),
      Buffer.concat([hashed(alice), subpacket(16, Buffer.alloc(8))]),
      Buffer.concat([hashed(alice), created()]),
      hashed(alice).subarray(created().length),
    ]
    for (const hashedArea of areas) {
      const sig = await craftSignature({ keyPacket, bytes: SIGNED, createdMs: NOW_MS, hashedArea })
      expect(await verify(sig)).toEqual(refused('malformed'))
    }
  })
})

describe('refused without blame: where honest peers may differ', () => {
  it('a key that this keyring does not know, before any cryptography', async () => {
    const keyid = '0'.repeat(40)
    expect(await verify(good, { keyid })).toEqual(refused('unknown-key'))
    const carol = await makeTestKey({ name: 'Carol', createdMs: NOW_MS - DAY_MS })
    const sig = await signDetached(carol, SIGNED, { createdMs: NOW_MS })
    expect(await verify(sig, { keyid: carol.fingerprint })).toEqual(refused('unknown-key'))
    // A subkey that Alice may have added since: her key here does not have it.
    expect(await verify(sig)).toEqual(refused('unknown-key'))
  })

  it("one known person's signature under another's name", async () => {
    expect(await verify(good, { keyid: bob.fingerprint })).toEqual(refused('issuer-mismatch'))
  })

  it("a subkey's fingerprint as keyid: people are named by their primary key", async () => {
    const keyid = alice.publicKey.subkeys[0]?.getFingerprint() ?? ''
    expect(await verify(good, { keyid })).toEqual(refused('unknown-key'))
  })

  it('an expired key, also when the signature is dated before its expiry', async () => {
    const init = { createdMs: NOW_MS - 10 * DAY_MS, expiresAfterMs: 8 * DAY_MS }
    const key = await makeTestKey(init)
    const keys = await openKeyring([key.armored])
    const sig = await signDetached(key, SIGNED, { createdMs: NOW_MS - 3 * DAY_MS })
    expect(await verify(sig, { keyid: key.fingerprint, keys })).toEqual(refused('key-expired'))
    const before = { keyid: key.fingerprint, keys, nowMs: NOW_MS - 3 * DAY_MS }
    expect(await verify(sig, before)).toMatchObject({ ok: true })
  })

  it('an expired key where the caller asks for the time of signing: only what was signed after its expiry', async () => {
    const init = { createdMs: NOW_MS - 10 * DAY_MS, expiresAfterMs: 8 * DAY_MS }
    const key = await makeTestKey(init)
    const keys = await openKeyring([key.armored])
    const judge = async (createdMs: number): Promise<unknown> => {
      const { keyPacket } = key.privateKey
      const sig = await craftSignature({ keyPacket, bytes: SIGNED, createdMs })
      const window = { ...WINDOW, nowMs: NOW_MS, orWhenSigned: true }
      return verifySignature(keys, { signed: SIGNED, keyid: key.fingerprint, sig, window })
    }
    expect(await judge(NOW_MS - 3 * DAY_MS)).toMatchObject({ ok: true })
    expect(await judge(NOW_MS - DAY_MS)).toEqual(refused('key-expired'))
  })

  it('a signature made before or after the window', async () => {
    const early = await signDetached(alice, SIGNED, { createdMs: WINDOW.notBeforeMs - 1000 })
    const late = await signDetached(alice, SIGNED, { createdMs: WINDOW.notAfterMs + 1000 })
    expect(await verify(early)).toEqual(refused('backdated'))
    expect(await verify(late)).toEqual(refused('postdated'))
  })

  it('a signature dated before its key was made', async () => {
    const key = await makeTestKey({ createdMs: NOW_MS - DAY_MS })
    const { keyPacket } = key.privateKey
    const createdMs = NOW_MS - 2 * DAY_MS
    const sig = await craftSignature({ keyPacket, bytes: SIGNED, createdMs })
    const keys = await openKeyring([key.armored])
    expect(await verify(sig, { keyid: key.fingerprint, keys })).toEqual(refused('backdated'))
  })

  it('a signature that sets itself an end, from its first moment', async () => {
    const { keyPacket } = alice.privateKey
    const endingAfter = (seconds: number): Promise<Uint8Array> => {
      const hashedArea = Buffer.concat([hashed(alice), subpacket(3, Buffer.of(0, 0, 0, seconds))])
      return craftSignature({ keyPacket, bytes: SIGNED, createdMs: NOW_MS, hashedArea })
    }
    expect(await verify(await endingAfter(60))).toEqual(refused('expiring'))
    expect(await verify(await endingAfter(0)), 'zero means never').toMatchObject({ ok: true })
  })
})

describe('endless variants', () => {
  it('of a valid signature differ in the unhashed area only, which never matters', async () => {
    const bobIssuer = Buffer.concat([Buffer.of(4), Buffer.from(bob.fingerprint, 'hex')])
    const areas = [
      new Uint8Array(),
      subpacket(33, bobIssuer),
      subpacket(16, Buffer.from(bob.fingerprint.slice(-16), 'hex')),
      subpacket(0x80 | 100, Buffer.of(1)),
      Buffer.from('ffff', 'hex'), // not even subpackets
      Buffer.alloc(4000, 1),
    ]
    for (const area of areas) {
      const variant = withUnhashedArea(good, area)
      expect(await verify(variant)).toMatchObject({ ok: true, signer: alice.fingerprint })
      expect(normalSignature(variant)).toEqual(normalSignature(good))
      // The label that a relay put on the envelope does not make it another person's either.
      expect(await verify(variant, { keyid: bob.fingerprint })).toEqual(refused('issuer-mismatch'))
    }
  })

  it('no mutation verifies unless it has the same normal form', async () => {
    const signatures = [good, await signDetached(bob, SIGNED, { createdMs: NOW_MS })]
    const padded = signatures.map((sig) => withUnhashedArea(sig, subpacket(100, Buffer.alloc(4))))
    const mutation = fc.record({
      which: fc.nat({ max: padded.length - 1 }),
      edits: fc.array(
        fc.record({ at: fc.double({ min: 0, max: 0.999, noNaN: true }), to: fc.nat({ max: 255 }) }),
        { minLength: 1, maxLength: 3 },
      ),
    })
    const law = fc.asyncProperty(mutation, async ({ which, edits }) => {
      const original = padded[which] ?? new Uint8Array()
      const mutated = Uint8Array.from(original)
      for (const { at, to } of edits) mutated[Math.floor(at * mutated.length)] = to
      const keyid = which === 0 ? alice.fingerprint : bob.fingerprint
      const verdict = await verify(mutated, { keyid })
      const isSame = Buffer.from(normalSignature(mutated) ?? []).equals(
        normalSignature(original) ?? Buffer.of(1),
      )
      expect(verdict.ok).toBe(isSame)
    })
    await fc.assert(law, { numRuns: 1500 })
  })

  it('junk gets a verdict, never an exception', async () => {
    const junk = fc.uint8Array({ maxLength: 400 }).map((bytes) => newPacket(2, bytes))
    const anything = fc.oneof(fc.uint8Array({ maxLength: 400 }), junk)
    const law = fc.asyncProperty(anything, async (sig) => {
      expect((await verify(sig)).ok).toBe(false)
    })
    await fc.assert(law, { numRuns: 500 })
  })
})

/** Where the integers of a version 4 signature begin: after both subpacket areas and 16 bits of the digest. */
function firstInteger(body: Buffer): number {
  const unhashed = 6 + body.readUInt16BE(4)
  return unhashed + 2 + body.readUInt16BE(unhashed) + 2
}

/** The creation time subpacket of NOW_MS. */
function created(): Buffer {
  const time = Buffer.alloc(4)
  time.writeUInt32BE(NOW_MS / 1000)
  return Buffer.from(subpacket(2, time))
}

/** The least a hashed area needs: creation time and issuer fingerprint. */
function hashed(key: TestKey): Buffer {
  const issuer = Buffer.concat([Buffer.of(4), Buffer.from(key.fingerprint, 'hex')])
  return Buffer.concat([created(), subpacket(33, issuer)])
}
