/**
 * The signed envelope around every document: DSSE, Dead Simple Signing Envelope (github.com/secure-systems-lab/dsse,
 * protocol.md and envelope.md), in the strict form that every peer agrees on. Not for judging signatures (mesh/validate.ts).
 */
import { z } from 'zod'
import { fromBase64, parseCanonicalJson, sha256Hex, toBase64, toUtf8 } from './bytes.ts'
import { MeshError } from './errors.ts'
import type { DocumentId, EnvelopeId } from './ids.ts'

export const PAYLOAD_TYPES = {
  action: 'application/vnd.mig.action+json',
  cancel: 'application/vnd.mig.cancel+json',
  revoke: 'application/vnd.mig.revoke+json',
  member: 'application/vnd.mig.member+json',
  result: 'application/vnd.mig.result+json',
  presence: 'application/vnd.mig.presence+json',
} as const

/** What a document is. The payload type separates the domains: a signature for one kind never counts for another. */
export type DocumentKind = keyof typeof PAYLOAD_TYPES

/** Largest document that travels by gossip and sync, in bytes. */
export const DOCUMENT_SIZE_LIMIT = 256 * 1024
/** Quorums are small; more signatures would only be work for the verifier. */
export const SIGNATURES_LIMIT = 16

export interface EnvelopeSignature {
  /** An OpenPGP primary key's fingerprint, or a peer id for what agents sign. */
  readonly keyid: string
  readonly sig: Uint8Array
}

export interface Envelope {
  /** The exact bytes that travel; nobody re-serialises to verify. */
  readonly bytes: Uint8Array
  readonly id: EnvelopeId
  readonly documentId: DocumentId
  readonly kind: DocumentKind
  readonly payload: Uint8Array
  /** What the signatures are over: PAE(payloadType, payload). */
  readonly signed: Uint8Array
  readonly signatures: readonly EnvelopeSignature[]
}

const envelopeSchema = z.strictObject({
  payloadType: z.enum(Object.values(PAYLOAD_TYPES)),
  payload: z.string(),
  signatures: z
    .array(
      z.strictObject({
        keyid: z.string().regex(/^[0-9A-Za-z]{40,64}$/),
        sig: z.string().max(16_384),
      }),
    )
    .min(1)
    .max(SIGNATURES_LIMIT),
})

const kindOf = new Map(
  Object.entries(PAYLOAD_TYPES).map(([kind, type]) => [type, kind as DocumentKind]),
)

/** DSSE's pre-authentication encoding: `DSSEv1 <length> <type> <length> <payload>`. */
export function pae(kind: DocumentKind, payload: Uint8Array): Uint8Array {
  const type = PAYLOAD_TYPES[kind]
  const head = `DSSEv1 ${Buffer.byteLength(type)} ${type} ${payload.length} `
  return Buffer.concat([toUtf8(head), payload])
}

/** The id of a document before anybody has signed it. */
export const documentIdOf = (kind: DocumentKind, payload: Uint8Array): DocumentId =>
  sha256Hex(pae(kind, payload)) as DocumentId

/**
 * Reads an envelope in its strict form: canonical JSON, canonical base64, 1 to 16 signatures strictly sorted by keyid.
 * @throws MeshError TOO_LARGE, ENVELOPE_MALFORMED
 */
export function parseEnvelope(
  bytes: Uint8Array,
  sizeLimit: number = DOCUMENT_SIZE_LIMIT,
): Envelope {
  if (bytes.length > sizeLimit) {
    throw new MeshError({
      code: 'TOO_LARGE',
      what: 'document',
      size: bytes.length,
      limit: sizeLimit,
    })
  }
  const parsed = envelopeSchema.safeParse(parseCanonicalJson(bytes))
  if (!parsed.success) throw malformed(parsed.error.issues[0]?.message ?? 'not canonical JSON')
  const kind = kindOf.get(parsed.data.payloadType)
  if (kind === undefined) throw malformed('unknown payload type')
  const payload = decode(parsed.data.payload, 'payload')
  const signatures = parsed.data.signatures.map(({ keyid, sig }) => ({
    keyid,
    sig: decode(sig, 'signature'),
  }))
  requireSorted(signatures)
  const parts = { kind, payload, signatures }
  // Else a relay could spell one document's envelope in many orders, each with an id of its own.
  if (Buffer.compare(bytes, spell(parts)) !== 0) throw malformed('its fields are out of order')
  return assemble(bytes, parts)
}

/** The envelope of a payload and its signatures, sorted. @throws MeshError ENVELOPE_MALFORMED when one key signed twice. */
export function buildEnvelope(
  kind: DocumentKind,
  payload: Uint8Array,
  signatures: readonly EnvelopeSignature[],
): Envelope {
  const sorted = signatures.toSorted((a, b) => (a.keyid < b.keyid ? -1 : 1))
  requireSorted(sorted)
  const parts = { kind, payload, signatures: sorted }
  return assemble(spell(parts), parts)
}

type EnvelopeParts = Pick<Envelope, 'kind' | 'payload' | 'signatures'>

/** The one spelling of an envelope. */
function spell({ kind, payload, signatures }: EnvelopeParts): Uint8Array {
  const text = JSON.stringify({
    payloadType: PAYLOAD_TYPES[kind],
    payload: toBase64(payload),
    signatures: signatures.map(({ keyid, sig }) => ({ keyid, sig: toBase64(sig) })),
  })
  return toUtf8(text)
}

function assemble(bytes: Uint8Array, parts: EnvelopeParts): Envelope {
  const signed = pae(parts.kind, parts.payload)
  return {
    ...parts,
    bytes,
    signed,
    id: sha256Hex(bytes) as EnvelopeId,
    documentId: sha256Hex(signed) as DocumentId,
  }
}

function requireSorted(signatures: readonly EnvelopeSignature[]): void {
  signatures.forEach(({ keyid }, index) => {
    const before = signatures[index - 1]
    if (before !== undefined && before.keyid >= keyid) {
      throw malformed('signatures must be sorted by keyid, one a key')
    }
  })
}

function decode(text: string, what: string): Uint8Array {
  const bytes = fromBase64(text)
  if (bytes === undefined) throw malformed(`${what} is not canonical base64`)
  return bytes
}

const malformed = (reason: string): MeshError =>
  new MeshError({ code: 'ENVELOPE_MALFORMED', reason })
