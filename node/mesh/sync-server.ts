/** The answering side of `/mig/sync/1`: one request at a time on each stream. Not for asking (sync-link.ts). */
import { fromUtf8, sha256Hex, toUtf8 } from '../core/bytes.ts'
import type { EnvelopeId, PeerId } from '../core/ids.ts'
import type { DocumentStore, PeerStream } from '../core/ports.ts'
import { answerRanges } from '../core/reconcile.ts'
import {
  BATCH_SIZE_LIMIT,
  decodeFrame,
  encodeFrame,
  type Fate,
  type SyncReply,
  type SyncRequest,
  syncRequest,
} from '../core/wire.ts'
import type { Door } from '../core/verified.ts'
import type { Intake } from './intake.ts'

export interface SyncServerPorts {
  readonly documents: DocumentStore
  readonly intake: Intake
  /** The neighbour named documents that it has. */
  onOffered(peer: PeerId, ids: readonly EnvelopeId[]): void
}

/** Serves one neighbour until it closes the stream. @throws MeshError FRAME_INVALID, which costs the peer */
export async function serveSync(stream: PeerStream, ports: SyncServerPorts): Promise<void> {
  for (let frame = await stream.read(); frame !== undefined; frame = await stream.read()) {
    const reply = await answer(
      decodeFrame(syncRequest, frame),
      { from: stream.peer, by: 'sync' },
      ports,
    )
    await stream.write(encodeFrame(reply))
  }
  await stream.close()
}

async function answer(
  request: SyncRequest,
  door: Exclude<Door, 'own'>,
  ports: SyncServerPorts,
): Promise<SyncReply> {
  const { documents } = ports
  switch (request.type) {
    case 'offer': {
      ports.onOffered(door.from, request.ids)
      const held = request.ids.filter((id) => documents.has(id))
      const wants = request.ids.filter((id) => !documents.has(id))
      return {
        type: 'wants',
        ids: wants,
        fates: held.map((id) => ({ id, fate: 'stored', detail: '' })),
      }
    }
    case 'put':
      return { type: 'fates', fates: await takeAll(request.envelopes, door, ports.intake) }
    case 'get':
      return { type: 'documents', envelopes: await readBatch(request.ids, documents) }
    case 'compare':
      return { type: 'compared', ...answerRanges(documents.ids(request.kind), request.ranges) }
  }
}

/** Judges a batch in order and stops at the first reject: a peer that lies once has no more to say. */
export async function takeAll(
  envelopes: readonly string[],
  door: Door,
  intake: Intake,
): Promise<Fate[]> {
  const fates: Fate[] = []
  for (const text of envelopes) {
    const bytes = toUtf8(text)
    const verdict = await intake.take(bytes, door)
    const id = sha256Hex(bytes) as EnvelopeId
    if (verdict.kind === 'accept') fates.push({ id, fate: 'stored', detail: '' })
    else fates.push({ id, fate: verdict.code, detail: verdict.detail })
    if (verdict.kind === 'reject') break
  }
  return fates
}

/** As many of these documents as fit one frame, in the order asked for. */
export async function readBatch(
  ids: readonly EnvelopeId[],
  documents: DocumentStore,
): Promise<string[]> {
  const batch: string[] = []
  let size = 0
  for (const id of ids) {
    const document = await documents.get(id)
    if (document === undefined) continue
    size += document.bytes.length * 2
    if (size > BATCH_SIZE_LIMIT && batch.length > 0) break
    batch.push(fromUtf8(document.bytes))
  }
  return batch
}
