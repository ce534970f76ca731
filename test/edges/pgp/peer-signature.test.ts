/** Peer keys: raw Ed25519 signatures, and peer ids as the one name of a key. */
import { peerIdFromPrivateKey } from '@libp2p/peer-id'
import { generateKeyPair } from '@libp2p/crypto/keys'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { peerIdFromPublicKey, publicKeyFromPeerId } from '../../../node/core/peer-id.ts'
import { signWithPeerKey, verifyPeerSignature } from '../../../node/pgp/peer-signature.ts'

/** RFC 8032 section 7.1, test 2. */
const RFC8032 = {
  seed: '4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb',
  publicKey: '3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c',
  message: '72',
  signature:
    '92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da' +
    '085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00',
}
const hex = (text: string): Uint8Array => Buffer.from(text, 'hex')
const seed = hex(RFC8032.seed)
const publicKey = hex(RFC8032.publicKey)
const message = hex(RFC8032.message)
const signature = hex(RFC8032.signature)

describe('signatures by peer keys', () => {
  it('are those of RFC 8032', () => {
    expect(Buffer.from(signWithPeerKey(seed, message)).toString('hex')).toBe(RFC8032.signature)
    expect(verifyPeerSignature(publicKey, message, signature)).toBe(true)
  })

  it('hold for no other bytes and no other key', () => {
    expect(verifyPeerSignature(publicKey, hex('73'), signature)).toBe(false)
    expect(verifyPeerSignature(seed, message, signature)).toBe(false)
  })

  it('are not malleable: no changed signature verifies', () => {
    const order = 2n ** 252n + 27742317777372353535851937790883648493n
    const little = (value: bigint): Uint8Array =>
      hex(value.toString(16).padStart(64, '0')).toReversed()
    const s = BigInt(`0x${Buffer.from(signature.slice(32).toReversed()).toString('hex')}`)
    const twin = Buffer.concat([signature.subarray(0, 32), little(s + order)])
    expect(verifyPeerSignature(publicKey, message, twin)).toBe(false)
    const law = fc.property(fc.nat({ max: 511 }), (bit) => {
      const changed = Uint8Array.from(signature)
      changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7))
      expect(verifyPeerSignature(publicKey, message, changed)).toBe(false)
    })
    fc.assert(law, { numRuns: 512 })
  })

  it('of a wrong size are false, keys of a wrong size an error where we sign', () => {
    expect(verifyPeerSignature(publicKey, message, signature.subarray(1))).toBe(false)
    expect(verifyPeerSignature(publicKey.subarray(1), message, signature)).toBe(false)
    expect(() => signWithPeerKey(seed.subarray(1), message)).toThrow(RangeError)
  })
})

describe('peer ids', () => {
  it("are those of libp2p, and libp2p's keys verify here", async () => {
    for (let round = 0; round < 20; round += 1) {
      const key = await generateKeyPair('Ed25519')
      const raw = key.publicKey.raw
      const id = peerIdFromPublicKey(raw)
      expect(id).toBe(peerIdFromPrivateKey(key).toString())
      expect(publicKeyFromPeerId(id)).toEqual(Uint8Array.from(raw))
      const signed = await key.sign(message)
      expect(verifyPeerSignature(raw, message, signed)).toBe(true)
      expect(signWithPeerKey(key.raw.subarray(0, 32), message)).toEqual(Buffer.from(signed))
    }
  })

  it('and keys are one to one', () => {
    const law = fc.property(fc.uint8Array({ minLength: 32, maxLength: 32 }), (key) => {
      const id = peerIdFromPublicKey(key)
      expect(id).toMatch(/^12D3KooW[1-9A-HJ-NP-Za-km-z]{44}$/)
      expect(publicKeyFromPeerId(id)).toEqual(key)
    })
    fc.assert(law)
    const extremes = [new Uint8Array(32), new Uint8Array(32).fill(255)]
    for (const key of extremes) expect(publicKeyFromPeerId(peerIdFromPublicKey(key))).toEqual(key)
  })

  it('of other forms are refused: RSA, secp256k1, CID, spaces, wrong letters', () => {
    const id = peerIdFromPublicKey(publicKey)
    const others = [
      '',
      id.slice(1),
      id.slice(0, -1),
      `1${id}`,
      ` ${id}`,
      `${id}\n`,
      `${id.slice(0, -1)}0`,
      `${id.slice(0, -1)}é`,
      `2${id.slice(1)}`,
      'z'.repeat(52),
      '1'.repeat(52),
      'QmYyQSo1c1Ym7orWxLYvCrM2EmxFTANf8wXmmE7DWjhx5N',
      '16Uiu2HAkyLtzhPYJWYp9mUHwYkyrGBk9oJsfVGUQ4UZtTHgGjRHX',
    ]
    for (const other of others) expect(publicKeyFromPeerId(other)).toBeUndefined()
  })

  it('need a key of 32 bytes', () => {
    expect(() => peerIdFromPublicKey(new Uint8Array(31))).toThrow(RangeError)
  })
})
