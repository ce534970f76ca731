/** The envelope: one spelling, ids that follow the bytes, and bytes that never change again (test/vectors/envelope.json). */
import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { toBase64, toUtf8 } from '../../node/core/bytes.ts'
import {
  buildEnvelope,
  documentIdOf,
  type DocumentKind,
  pae,
  parseEnvelope,
  PAYLOAD_TYPES,
  SIGNATURES_LIMIT,
} from '../../node/core/envelope.ts'
import { hasCode } from '../../node/core/errors.ts'
import { openKeyring } from '../../node/pgp/keyring.ts'
import { verifySignature } from '../../node/pgp/verify.ts'

interface Vectors {
  readonly keys: readonly { readonly armored: string; readonly fingerprint: string }[]
  readonly signedAt: string
  readonly documents: readonly {
    readonly kind: DocumentKind
    readonly payload: string
    readonly pae: string
    readonly documentId: string
    readonly signatures: readonly { readonly keyid: string; readonly sig: string }[]
    readonly envelope: string
    readonly envelopeId: string
  }[]
}
const vectors = JSON.parse(
  readFileSync(new URL('../vectors/envelope.json', import.meta.url), 'utf8'),
) as Vectors

const kinds = Object.keys(PAYLOAD_TYPES) as DocumentKind[]
const keyid = fc
  .array(fc.constantFrom(...'0123456789abcdef'), { minLength: 40, maxLength: 40 })
  .map((digits) => digits.join(''))
const signatures = fc.uniqueArray(fc.record({ keyid, sig: fc.uint8Array({ maxLength: 200 }) }), {
  minLength: 1,
  maxLength: SIGNATURES_LIMIT,
  selector: (each) => each.keyid,
})

describe('an envelope', () => {
  it('is read as it was built, whatever the order of signing', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...kinds),
        fc.uint8Array(),
        signatures,
        (kind, payload, signed) => {
          const built = buildEnvelope(kind, payload, signed)
          const read = parseEnvelope(built.bytes)
          expect(read).toEqual({
            ...built,
            payload: Buffer.from(payload),
            signatures: read.signatures,
          })
          expect(buildEnvelope(kind, payload, signed.toReversed()).id).toBe(built.id)
          expect(read.documentId).toBe(documentIdOf(kind, payload))
        },
      ),
    )
  })

  it('has no second spelling', () => {
    const built = buildEnvelope('action', toUtf8('{}'), [
      { keyid: 'a'.repeat(40), sig: Uint8Array.of(1) },
    ])
    const raw = JSON.parse(Buffer.from(built.bytes).toString()) as Record<string, unknown>
    const { payload, payloadType, signatures: all } = raw
    const others = [
      { payload, payloadType, signatures: all },
      { payloadType, signatures: all, payload },
      { payloadType, payload, signatures: [{ sig: 'AQ==', keyid: 'a'.repeat(40) }] },
    ]
    for (const other of others) {
      expect(() => parseEnvelope(toUtf8(JSON.stringify(other)))).toThrow(/out of order/)
    }
  })

  it('separates the kinds: the same payload has another id as another kind', () => {
    const ids = kinds.map((kind) => documentIdOf(kind, toUtf8('{}')))
    expect(new Set(ids).size).toBe(kinds.length)
  })

  it('names the limit when it is too large', () => {
    expect.assertions(1)
    try {
      parseEnvelope(new Uint8Array(11), 10)
    } catch (error) {
      expect(hasCode(error, 'TOO_LARGE') && error.detail).toMatchObject({ size: 11, limit: 10 })
    }
  })

  it('is not built when one key signed twice', () => {
    const twice = { keyid: 'a'.repeat(40), sig: new Uint8Array() }
    expect(() => buildEnvelope('action', toUtf8('{}'), [twice, twice])).toThrow(/one a key/)
  })
})

describe('PAE', () => {
  it('counts bytes, not characters (DSSE, protocol.md)', () => {
    expect(Buffer.from(pae('action', toUtf8('"é"'))).toString()).toBe(
      'DSSEv1 31 application/vnd.mig.action+json 4 "é"',
    )
  })

  it('is never the same for two documents', () => {
    const document = fc.tuple(fc.constantFrom(...kinds), fc.uint8Array())
    fc.assert(
      fc.property(document, document, ([kind, payload], [otherKind, other]) => {
        const isSame = kind === otherKind && Buffer.compare(payload, other) === 0
        expect(Buffer.compare(pae(kind, payload), pae(otherKind, other)) === 0).toBe(isSame)
      }),
    )
  })
})

describe('the frozen vectors', () => {
  it('are of every kind that investigators sign', () => {
    expect(vectors.documents.map(({ kind }) => kind)).toEqual([
      'action',
      'cancel',
      'revoke',
      'member',
    ])
  })

  it.each(vectors.documents)('$kind: PAE bytes, ids and envelope bytes', (vector) => {
    const payload = toUtf8(vector.payload)
    expect(toBase64(pae(vector.kind, payload))).toBe(vector.pae)
    expect(documentIdOf(vector.kind, payload)).toBe(vector.documentId)
    const built = buildEnvelope(
      vector.kind,
      payload,
      vector.signatures.map((each) => ({
        keyid: each.keyid,
        sig: Buffer.from(each.sig, 'base64'),
      })),
    )
    expect(Buffer.from(built.bytes).toString()).toBe(vector.envelope)
    expect(built.id).toBe(vector.envelopeId)
    expect(parseEnvelope(toUtf8(vector.envelope)).documentId).toBe(vector.documentId)
  })

  it.each(vectors.documents)('$kind: the signatures still hold', async (vector) => {
    const keyring = await openKeyring(vectors.keys.map(({ armored }) => armored))
    expect(keyring.fingerprints).toEqual(vectors.keys.map(({ fingerprint }) => fingerprint))
    const nowMs = Date.parse(vectors.signedAt)
    const { signed, signatures: all } = parseEnvelope(toUtf8(vector.envelope))
    for (const { keyid: by, sig } of all) {
      const window = { nowMs, notBeforeMs: nowMs, notAfterMs: nowMs }
      expect(await verifySignature(keyring, { signed, keyid: by, sig, window })).toMatchObject({
        ok: true,
      })
    }
  })
})
