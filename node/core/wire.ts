/** The frames of the direct protocols: JSON, one frame a message, size checked before it is parsed. Not for framing (node/net). */
import { z } from 'zod'
import { fromUtf8, toUtf8 } from './bytes.ts'
import { DOCUMENT_SIZE_LIMIT } from './envelope.ts'
import { MeshError } from './errors.ts'
import { documentId, envelopeId, peerId } from './ids.ts'
import { parseWith } from './parse.ts'

export const PROTOCOLS = {
  sync: '/mig/sync/1',
  result: '/mig/result/1',
  peers: '/mig/peers/1',
  presence: '/mig/presence/1',
} as const
export type Protocol = (typeof PROTOCOLS)[keyof typeof PROTOCOLS]

/** Largest frame of any protocol, in bytes: one batch of documents. */
export const FRAME_SIZE_LIMIT = 4 * 1024 * 1024
/** Ids one frame may carry, and documents bytes one batch may carry. */
export const IDS_LIMIT = 1024
export const BATCH_SIZE_LIMIT = 3 * 1024 * 1024
export const PEERS_ANSWER_LIMIT = 32
/** Results up to this many bytes ride along with their header. */
export const SMALL_RESULT_SIZE = 32 * 1024
/** Bytes of a result that travel in one frame. */
export const CHUNK_SIZE = 64 * 1024

const ids = z.array(envelopeId).max(IDS_LIMIT).readonly()
const bound = z.string().regex(/^(?:|g|[0-9a-f]{64})$/)
const rangeFingerprint = z.strictObject({
  from: bound,
  to: bound,
  fingerprint: z.string().regex(/^[0-9a-f]{32}$/),
})
const rangeList = z.strictObject({
  from: bound,
  to: bound,
  ids: z.array(envelopeId).max(64).readonly(),
})
type Range = Readonly<z.infer<typeof rangeFingerprint> | z.infer<typeof rangeList>>

/** Ranges of one frame lie apart: else a small frame could have the whole set read, or copied, thousands of times. */
function areApart(ranges: readonly Range[]): boolean {
  const sorted = ranges.toSorted((a, b) => (a.from < b.from ? -1 : 1))
  return sorted.every(({ from, to }, at) => from < to && (sorted[at - 1]?.to ?? '') <= from)
}
const APART = 'ranges must not be empty or overlap'

export const syncedKind = z.enum(['revoke', 'cancel', 'member', 'action'])
/** What sync carries, in the order in which it is fetched: control documents first. */
export type SyncedKind = z.infer<typeof syncedKind>
export const SYNCED_KINDS = syncedKind.options

const envelopeText = z.string().max(DOCUMENT_SIZE_LIMIT * 2)

/** A peer asks, the other answers, one at a time on one stream. */
export const syncRequest = z.discriminatedUnion('type', [
  /** I hold these; which do you want? */
  z.strictObject({ type: z.literal('offer'), ids }),
  z.strictObject({ type: z.literal('put'), envelopes: z.array(envelopeText).max(IDS_LIMIT) }),
  z.strictObject({ type: z.literal('get'), ids }),
  z.strictObject({
    type: z.literal('compare'),
    kind: syncedKind,
    ranges: z.array(rangeFingerprint).max(256).refine(areApart, APART).readonly(),
  }),
])
export type SyncRequest = z.infer<typeof syncRequest>

const fate = z.strictObject({
  id: envelopeId,
  /** `stored`: kept and handed on; otherwise the code of the verdict. */
  fate: z.string().max(64),
  detail: z.string().max(256),
})
export type Fate = z.infer<typeof fate>

export const syncReply = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('wants'), ids, fates: z.array(fate).max(IDS_LIMIT) }),
  z.strictObject({ type: z.literal('fates'), fates: z.array(fate).max(IDS_LIMIT) }),
  z.strictObject({ type: z.literal('documents'), envelopes: z.array(envelopeText).max(IDS_LIMIT) }),
  z
    .strictObject({
      type: z.literal('compared'),
      pieces: z.array(rangeFingerprint).max(4096).readonly(),
      lists: z.array(rangeList).max(4096).readonly(),
    })
    .refine(({ pieces, lists }) => areApart([...pieces, ...lists]), APART),
])
export type SyncReply = z.infer<typeof syncReply>

/** Agent to investigator, before the bytes of a sealed result. */
export const resultHeader = z.strictObject({
  action: documentId,
  agent: peerId,
  /** Bytes of the sealed result, and their SHA-256. */
  size: z.number().int().min(1),
  digest: z.string().regex(/^[0-9a-f]{64}$/),
  /** The whole of a small one, base64: it saves a round trip. */
  body: z
    .string()
    .max(2 * SMALL_RESULT_SIZE)
    .optional(),
})
export type ResultHeader = z.infer<typeof resultHeader>

export const resultReply = z.discriminatedUnion('type', [
  /** Go on from this byte. */
  z.strictObject({ type: z.literal('send'), offset: z.number().int().min(0) }),
  z.strictObject({ type: z.literal('busy'), retryAfterMs: z.number().int().min(0).max(3_600_000) }),
  /** On disk here: the agent may forget it. */
  z.strictObject({ type: z.literal('ack'), digest: z.string() }),
  /** Never wanted here: the agent may forget it for this node. */
  z.strictObject({ type: z.literal('unwanted'), reason: z.string().max(256) }),
])
export type ResultReply = z.infer<typeof resultReply>

export const peersRequest = z.strictObject({ type: z.literal('peers') })
/** A peer and its libp2p signed peer record (RFC 0003), base64. */
const peerRecord = z.strictObject({ peer: peerId, record: z.string().max(4096) })
export type PeerRecord = z.infer<typeof peerRecord>
export const peersReply = z.strictObject({
  records: z.array(peerRecord).max(PEERS_ANSWER_LIMIT).readonly(),
})

export const presenceRequest = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('leave'), envelope: z.string().max(64 * 1024) }),
  /** Records that came after `cursor`, oldest first. */
  z.strictObject({ type: z.literal('pull'), cursor: z.number().int().min(0) }),
  z.strictObject({ type: z.literal('find'), peer: peerId }),
])
export type PresenceRequest = z.infer<typeof presenceRequest>
export const presenceReply = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('kept') }),
  z.strictObject({
    type: z.literal('records'),
    envelopes: z
      .array(z.string().max(64 * 1024))
      .max(256)
      .readonly(),
    cursor: z.number().int().min(0),
    more: z.boolean(),
  }),
])
export type PresenceReply = z.infer<typeof presenceReply>

/** One frame's bytes. */
export const encodeFrame = (message: unknown): Uint8Array => toUtf8(JSON.stringify(message))

/** Reads one frame. @throws MeshError FRAME_INVALID */
export function decodeFrame<T>(schema: z.ZodType<T>, frame: Uint8Array): T {
  const parsed = parseWith(schema, parseJson(frame))
  if (parsed.ok) return parsed.value
  throw new MeshError({ code: 'FRAME_INVALID', reason: `${parsed.path} ${parsed.reason}`.trim() })
}

function parseJson(frame: Uint8Array): unknown {
  try {
    return JSON.parse(fromUtf8(frame))
  } catch (cause) {
    throw new MeshError({ code: 'FRAME_INVALID', reason: 'not JSON' }, { cause })
  }
}
