/** Keyrings: which public keys a policy may hold, and how parts of keys that do not belong are kept from counting. */
import * as openpgp from 'openpgp'
import { beforeAll, describe, expect, it } from 'vitest'
import { hasCode } from '../../../node/core/errors.ts'
import { describeKey, openKeyring } from '../../../node/pgp/keyring.ts'
import { verifySignature, type SignatureVerdict } from '../../../node/pgp/verify.ts'
import {
  asTestKey,
  craftSignature,
  DAY_MS,
  editKey,
  makeTestKey,
  signDetached,
  signPacket,
  writePackets,
  armorPublic,
  type TestKey,
} from '../../helpers/test-keys.ts'

const NOW_MS = Date.parse('2026-03-01T12:00:00Z')
const CREATED_MS = NOW_MS - 30 * DAY_MS
const SIGNED = Buffer.from('DSSEv1 ...')

let alice: TestKey
let mallory: TestKey

beforeAll(async () => {
  alice = await makeTestKey({ name: 'Alice', createdMs: CREATED_MS, subkeys: 1 })
  mallory = await makeTestKey({ name: 'Mallory', createdMs: CREATED_MS, subkeys: 1 })
})

async function refusalOf(keys: readonly string[]): Promise<string> {
  const error: unknown = await openKeyring(keys).then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  expect(hasCode(error, 'KEY_INVALID')).toBe(true)
  return (error as Error).message
}

async function judge(armored: string, sig: Uint8Array, keyid: string): Promise<SignatureVerdict> {
  const window = { nowMs: NOW_MS, notBeforeMs: NOW_MS - 7 * DAY_MS, notAfterMs: NOW_MS }
  return verifySignature(await openKeyring([armored]), { signed: SIGNED, keyid, sig, window })
}

describe('openKeyring', () => {
  it('knows keys by the fingerprint of their primary, and whose each subkey is', async () => {
    const keyring = await openKeyring([alice.armored, mallory.armored])
    const subkey = alice.publicKey.subkeys[0]?.getFingerprint() ?? ''
    expect(keyring.fingerprints).toEqual([alice.fingerprint, mallory.fingerprint])
    expect(keyring.ownerOf(subkey)).toBe(alice.fingerprint)
    expect(keyring.find(subkey)).toBeUndefined()
    expect(keyring.find(alice.fingerprint)?.fingerprint).toBe(alice.fingerprint)
  })

  it('takes an empty list', async () => {
    expect((await openKeyring([])).fingerprints).toEqual([])
  })

  it('refuses what is not exactly one armored public key, naming it by number', async () => {
    const half = alice.armored.slice(0, 200)
    for (const text of [
      '',
      'hello',
      half,
      `${alice.armored}\n${mallory.armored}`,
      `x${alice.armored}`,
    ]) {
      expect(await refusalOf([mallory.armored, text])).toMatch(/^key number 2: must be exactly one/)
    }
    const two = armorPublic(writePackets([...packets(alice), ...packets(mallory)]))
    expect(await refusalOf([two])).toBe('key number 1: holds 2 keys, not one')
    expect(await refusalOf([armorPublic(new Uint8Array([1, 2, 3]))])).toMatch(/^key number 1: /)
  })

  it('refuses a private key, also one that is labelled public', async () => {
    const expected = 'key number 1: this is a private key; only public keys belong here'
    expect(await refusalOf([alice.privateKey.armor()])).toBe(expected)
    expect(await refusalOf([armorPublic(alice.privateKey.write())])).toBe(expected)
  })

  it('refuses a flooded key: over 64 KiB, over 32 subkeys', async () => {
    const padded = alice.armored.replace('\n\n', `\nComment: ${'x'.repeat(65_536)}\n\n`)
    expect(await refusalOf([padded])).toBe('key number 1: larger than 65536 bytes')
    const many = await makeTestKey({ createdMs: CREATED_MS, subkeys: 33 })
    expect(await refusalOf([many.armored])).toBe(`key ${many.fingerprint}: more than 32 subkeys`)
  })

  it('refuses a fingerprint or a subkey that two keys claim', async () => {
    expect(await refusalOf([alice.armored, alice.armored])).toMatch(/is there twice$/)
    const subkey = alice.publicKey.subkeys[0]
    const grafted = editKey(mallory.publicKey, (own) => [
      ...own,
      ...(subkey ? [subkey.keyPacket, ...subkey.bindingSignatures] : []),
    ])
    const expected = `${subkey?.getFingerprint() ?? ''} already belongs to ${alice.fingerprint}`
    expect(await refusalOf([alice.armored, grafted])).toContain(expected)
  })

  it('refuses algorithms that are weak or that not every peer can check', async () => {
    const weak = await makeTestKey({ kind: 'rsa', rsaBits: 1024, createdMs: CREATED_MS })
    expect(await refusalOf([weak.armored])).toContain('RSA 1024 is not accepted')
    const { publicKey, privateKey } = await openpgp.generateKey({
      type: 'curve448',
      userIDs: { name: 'Ed448' },
      format: 'object',
    })
    expect(await refusalOf([asTestKey(privateKey, publicKey).armored])).toContain('ed448')
  })

  it('refuses a key that names another key as its revoker', async () => {
    const packet = new openpgp.SignaturePacket()
    packet.signatureType = openpgp.enums.signature.key
    packet.publicKeyAlgorithm = alice.privateKey.keyPacket.algorithm
    packet.hashAlgorithm = openpgp.enums.hash.sha256
    packet.revocationKeyClass = 0x80
    packet.revocationKeyAlgorithm = openpgp.enums.publicKey.eddsaLegacy
    packet.revocationKeyFingerprint = Buffer.from(mallory.fingerprint, 'hex')
    const data = { key: alice.publicKey.keyPacket }
    await signPacket(packet, alice.privateKey.keyPacket, { data, createdMs: CREATED_MS })
    const armored = editKey(alice.publicKey, ([primary, ...rest]) =>
      primary ? [primary, packet, ...rest] : [],
    )
    expect(await refusalOf([armored])).toContain('names another key that may revoke it')
  })
})

describe('a subkey that does not belong', () => {
  it('grafted onto a key without a binding signature never counts', async () => {
    const thief = mallory.privateKey.subkeys[0]
    const sig = await sigBy(thief)
    for (const bindings of [[], thief?.bindingSignatures ?? []]) {
      const armored = editKey(alice.publicKey, (own) => [
        ...own,
        ...(mallory.publicKey.subkeys[0] ? [mallory.publicKey.subkeys[0].keyPacket] : []),
        ...bindings,
      ])
      const verdict = await judge(armored, sig, alice.fingerprint)
      expect(verdict).toMatchObject({ ok: false, code: 'key-invalid' })
    }
  })

  it('bound by a primary that does not hold it (no back-signature) never counts', async () => {
    const victim = alice.privateKey.subkeys[0]
    const stolen = alice.publicKey.subkeys[0]
    const binding = new openpgp.SignaturePacket()
    binding.signatureType = openpgp.enums.signature.subkeyBinding
    binding.publicKeyAlgorithm = mallory.privateKey.keyPacket.algorithm
    binding.hashAlgorithm = openpgp.enums.hash.sha256
    binding.keyFlags = Uint8Array.of(openpgp.enums.keyFlags.signData)
    const data = { key: mallory.publicKey.keyPacket, bind: stolen?.keyPacket }
    await signPacket(binding, mallory.privateKey.keyPacket, { data, createdMs: CREATED_MS })
    const armored = editKey(mallory.publicKey, (own) => [
      ...own,
      ...(stolen ? [stolen.keyPacket, binding] : []),
    ])
    const verdict = await judge(armored, await sigBy(victim), mallory.fingerprint)
    expect(verdict).toMatchObject({ ok: false, code: 'key-invalid' })
  })
})

describe('revocation', () => {
  it.each(['noReason', 'keySuperseded', 'keyCompromised', 'keyRetired'] as const)(
    'of the primary is final, whenever it says it was made: %s',
    async (reason) => {
      const flag = openpgp.enums.reasonForRevocation[reason]
      const { publicKey } = await openpgp.revokeKey({
        key: alice.privateKey,
        reasonForRevocation: { flag },
        date: new Date(NOW_MS + 365 * DAY_MS),
        format: 'object',
      })
      const sig = await signDetached(alice, SIGNED, { createdMs: NOW_MS - DAY_MS })
      const verdict = await judge(publicKey.armor(), sig, alice.fingerprint)
      expect(verdict).toEqual({ ok: false, code: 'key-revoked', blame: false })
      expect((await describeKey(publicKey.armor())).revoked).toBe(true)
    },
  )

  it('of a subkey is final for that subkey; the primary still counts', async () => {
    const [subkey] = alice.privateKey.subkeys
    const flag = openpgp.enums.reasonForRevocation.keySuperseded
    const primary = alice.privateKey.keyPacket as openpgp.SecretKeyPacket
    const revoked = await subkey?.revoke(primary, { flag }, new Date(NOW_MS + DAY_MS))
    const [added] = revoked?.revocationSignatures ?? []
    const armored = editKey(alice.publicKey, (own) => [...own, ...(added ? [added] : [])])
    const bySubkey = await judge(armored, await sigBy(subkey), alice.fingerprint)
    expect(bySubkey).toEqual({ ok: false, code: 'key-revoked', blame: false })
    const byPrimary = await judge(armored, await sigBy(alice.privateKey), alice.fingerprint)
    expect(byPrimary).toMatchObject({ ok: true })
  })

  it('made by somebody else revokes nothing', async () => {
    const { publicKey } = await openpgp.revokeKey({
      key: mallory.privateKey,
      date: new Date(NOW_MS),
      format: 'object',
    })
    const [primary, ...rest] = packets(alice)
    const foreign = publicKey.revocationSignatures
    const armored = armorPublic(writePackets(primary ? [primary, ...foreign, ...rest] : []))
    const sig = await signDetached(alice, SIGNED, { createdMs: NOW_MS })
    expect(foreign).toHaveLength(1)
    expect(await judge(armored, sig, alice.fingerprint)).toMatchObject({ ok: true })
  })
})

describe('describeKey', () => {
  it('tells what a policy author must see', async () => {
    const init = { createdMs: CREATED_MS, expiresAfterMs: 90 * DAY_MS }
    const key = await makeTestKey({ ...init, name: 'Zoë', kind: 'nistP256' })
    expect(await describeKey(key.armored)).toEqual({
      fingerprint: key.fingerprint,
      subkeys: [],
      userIds: ['Zoë <test@example.org>'],
      algorithm: 'ECDSA nistP256',
      createdMs: CREATED_MS,
      expiresMs: CREATED_MS + 90 * DAY_MS,
      revoked: false,
    })
    expect(await describeKey(alice.armored)).toMatchObject({
      expiresMs: null,
      algorithm: 'Ed25519',
    })
  })

  it('refuses a key that no user id is bound to, or only by SHA-1', async () => {
    const bare = editKey(alice.publicKey, (own) => own.slice(0, 1))
    await expect(describeKey(bare)).rejects.toThrow('no self-signature with SHA-256 or better')
    const old = await makeTestKey({ kind: 'rsa', createdMs: CREATED_MS })
    const { sha1, sha256 } = openpgp.enums.hash
    expect(await describeKey(await selfCertified(old, sha256))).toMatchObject({ revoked: false })
    const weak = await selfCertified(old, sha1)
    await expect(describeKey(weak)).rejects.toThrow('no self-signature with SHA-256 or better')
    const sig = await signDetached(old, SIGNED, { createdMs: NOW_MS })
    expect(await judge(weak, sig, old.fingerprint)).toMatchObject({ code: 'key-invalid' })
  })
})

/** The key with one new self-signature, made with this hash, in place of its own. */
async function selfCertified(key: TestKey, hash: openpgp.enums.hash): Promise<string> {
  const [primary, userId] = packets(key)
  const packet = new openpgp.SignaturePacket()
  packet.signatureType = openpgp.enums.signature.certPositive
  packet.publicKeyAlgorithm = key.privateKey.keyPacket.algorithm
  packet.hashAlgorithm = hash
  packet.keyFlags = Uint8Array.of(openpgp.enums.keyFlags.signData)
  const data = { key: key.publicKey.keyPacket, userID: key.publicKey.users[0]?.userID }
  await signPacket(packet, key.privateKey.keyPacket, { data, createdMs: CREATED_MS })
  return armorPublic(writePackets(primary && userId ? [primary, userId, packet] : []))
}

const packets = ({ publicKey }: TestKey): openpgp.AnyPacket[] => [...publicKey.toPacketList()]

function sigBy(key: openpgp.PrivateKey | openpgp.Subkey | undefined): Promise<Uint8Array> {
  if (key === undefined) throw new Error('the test key has no such part')
  return craftSignature({ keyPacket: key.keyPacket, bytes: SIGNED, createdMs: NOW_MS })
}
