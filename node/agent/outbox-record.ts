/** How an answer that waits looks on disk: its record is written once, and who is still to get it stands apart. Not for when it is dropped (outbox.ts). */
import { z } from 'zod'
import { replyNode } from '../core/action.ts'
import { fromUtf8, toUtf8 } from '../core/bytes.ts'
import { documentId, type PeerId, peerId } from '../core/ids.ts'
import { parseWith } from '../core/parse.ts'

const headerSchema = z.strictObject({
  action: documentId,
  /** `started` is overtaken by the final answer. */
  isFinal: z.boolean(),
  waiting: z.array(replyNode),
  /** Not sent before this moment, ms. */
  notBeforeMs: z.number(),
  expiresAtMs: z.number(),
  digest: z.string(),
  size: z.number(),
})
type Header = z.infer<typeof headerSchema>
export type OutboxItem = Header & { readonly key: string }

/** Beside an answer that some of its nodes have: the peers that still wait. Sorts right after the answer itself. */
const REST = ':rest'
export const restKey = (key: string): string => `${key}${REST}`
/** The key of the answer that this record belongs to, if it is such a record. */
export const answerOfRest = (key: string): string | undefined =>
  key.endsWith(REST) ? key.slice(0, -REST.length) : undefined

/** Four bytes of header length, the header as JSON, the sealed bytes. */
export function packItem(item: OutboxItem, body: Uint8Array): Uint8Array {
  const head = toUtf8(JSON.stringify({ ...item, key: undefined }))
  const length = new Uint8Array(4)
  new DataView(length.buffer).setUint32(0, head.length)
  return Buffer.concat([length, head, body])
}

export const bodyOf = (bytes: Uint8Array): Uint8Array => bytes.subarray(4 + headLength(bytes))

/** `undefined` for a damaged record. */
export const readHeader = (bytes: Uint8Array): Header | undefined =>
  read(headerSchema, () => bytes.subarray(4, 4 + headLength(bytes)))

export const packRest = (peers: readonly PeerId[]): Uint8Array => toUtf8(JSON.stringify(peers))

/** `undefined` for a damaged record. */
export const readRest = (bytes: Uint8Array): readonly PeerId[] | undefined =>
  read(z.array(peerId), () => bytes)

const headLength = (bytes: Uint8Array): number =>
  new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getUint32(0)

function read<T>(schema: z.ZodType<T>, json: () => Uint8Array): T | undefined {
  try {
    const parsed = parseWith(schema, JSON.parse(fromUtf8(json())))
    return parsed.ok ? parsed.value : undefined
  } catch {
    // Damaged on disk: the caller says so.
    return undefined
  }
}
