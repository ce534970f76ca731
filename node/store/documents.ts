/** Accepted documents: bytes on disk, and an index in memory that answers everything else at once. */
import { z } from 'zod'
import { fromUtf8, toUtf8 } from '../core/bytes.ts'
import {
  documentId,
  type DocumentId,
  envelopeId,
  type EnvelopeId,
  fingerprint,
  type Fingerprint,
} from '../core/ids.ts'
import { parseWith } from '../core/parse.ts'
import type { DocumentStore, Logger, Records, StoredDocument } from '../core/ports.ts'
import { syncedKind, type SyncedKind } from '../core/wire.ts'

/** What the index holds of a document; its bytes stay on disk. */
const entrySchema = z.object({
  id: envelopeId,
  documentId,
  kind: syncedKind,
  signers: z.array(fingerprint),
  expiresAtMs: z.number().nullable(),
  size: z.number(),
})
const stored = z.strictObject({ ...entrySchema.shape, envelope: z.string() })
type Entry = z.infer<typeof entrySchema>

/** Opens the store over what was accepted before. */
export async function openDocuments(records: Records, logger: Logger): Promise<DocumentStore> {
  const byEnvelope = new Map<EnvelopeId, Entry>()
  const byDocument = new Map<DocumentId, Entry>()
  const sorted = new Map<SyncedKind, EnvelopeId[]>()
  const loads = new Map<Fingerprint, { documents: number; bytes: number }>()

  function index(entry: Entry): void {
    byEnvelope.set(entry.id, entry)
    byDocument.set(entry.documentId, entry)
    sorted.delete(entry.kind)
    weigh(entry, 1)
  }
  function unindex(entry: Entry): void {
    // Dropped while it was replaced: what it weighs is taken off once.
    if (byEnvelope.get(entry.id) !== entry) return
    byEnvelope.delete(entry.id)
    if (byDocument.get(entry.documentId) === entry) byDocument.delete(entry.documentId)
    sorted.delete(entry.kind)
    weigh(entry, -1)
  }
  function weigh({ signers, size }: Entry, sign: 1 | -1): void {
    for (const signer of signers) {
      const load = loads.get(signer) ?? { documents: 0, bytes: 0 }
      loads.set(signer, { documents: load.documents + sign, bytes: load.bytes + sign * size })
    }
  }

  for await (const [key, bytes] of records.entries()) {
    const entry = readEntry(bytes)
    if (entry === undefined) logger.log('document-unreadable', { id: key })
    else index(withoutEnvelope(entry))
  }

  async function get(id: EnvelopeId): Promise<StoredDocument | undefined> {
    const bytes = await records.get(id)
    const entry = bytes === undefined ? undefined : readEntry(bytes)
    if (entry === undefined) return undefined
    const { documentId: document, kind, signers, expiresAtMs, envelope } = entry
    return { id, documentId: document, kind, signers, expiresAtMs, bytes: toUtf8(envelope) }
  }

  return {
    async put(document) {
      const { bytes, ...rest } = document
      const entry: Entry = { ...rest, signers: [...rest.signers], size: bytes.length }
      const known = byDocument.get(document.documentId)
      const weaker = known?.id === entry.id ? undefined : known
      const text = JSON.stringify({ ...entry, envelope: fromUtf8(bytes) })
      await records.put(document.id, toUtf8(text), weaker?.id)
      if (known !== undefined) unindex(known)
      index(entry)
    },
    get,
    accepted: (id) => byDocument.get(id),
    has: (id) => byEnvelope.has(id),
    ids(kind) {
      const known = sorted.get(kind)
      if (known !== undefined) return known
      const ids = [...byEnvelope.values()].filter((each) => each.kind === kind).map(({ id }) => id)
      const result = ids.toSorted()
      sorted.set(kind, result)
      return result
    },
    load: (signer) => loads.get(signer) ?? { documents: 0, bytes: 0 },
    async dropExpired(nowMs) {
      const expired = [...byEnvelope.values()].filter(
        ({ expiresAtMs }) => expiresAtMs !== null && expiresAtMs <= nowMs,
      )
      for (const entry of expired) {
        unindex(entry)
        await records.delete(entry.id)
      }
      return expired.length
    },
  }
}

const withoutEnvelope = (entry: z.infer<typeof stored>): Entry => entrySchema.parse(entry)

function readEntry(bytes: Uint8Array): z.infer<typeof stored> | undefined {
  try {
    const parsed = parseWith(stored, JSON.parse(fromUtf8(bytes)))
    return parsed.ok ? parsed.value : undefined
  } catch {
    // The checksum held, so this is an older form: the document comes back from peers.
    return undefined
  }
}
