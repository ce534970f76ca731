/** From verdict to disk: every document that this node believes passes here once, is stored, takes effect, and is told to those who listen. */
import { BATCH_SIZE_LIMIT, type SyncedKind } from '../core/wire.ts'
import { sha256Hex } from '../core/bytes.ts'
import type { EnvelopeId } from '../core/ids.ts'
import type { DocumentStore, Logger } from '../core/ports.ts'
import { ignore, type Verdict } from '../core/verdict.ts'
import type { Door, VerifiedDocument } from '../core/verified.ts'
import type { PeerScore } from './score.ts'
import { climb, type LadderPorts } from './validate.ts'

export type DocumentListener = (document: VerifiedDocument, door: Door) => void

export interface Intake {
  /** Climbs the ladder; an accepted document is on disk when this resolves, and its listeners have been told. */
  take(bytes: Uint8Array, door: Door): Promise<Verdict<VerifiedDocument>>
  /** Runs on every newly accepted document, after it is on disk. */
  onAccepted(listener: DocumentListener): void
  /** Climbs again with everything in the own store, which nobody vouches for either. Returns what holds. */
  reread(): Promise<readonly VerifiedDocument[]>
}

export interface IntakePorts extends LadderPorts {
  readonly documents: DocumentStore
  readonly score: PeerScore
  readonly logger: Logger
}

/** Documents being judged at once, over all peers; more wait in their streams. */
const IN_FLIGHT_BYTES_LIMIT = 8 * BATCH_SIZE_LIMIT

export function createIntake(ports: IntakePorts): Intake {
  const { documents, logger, score, trust } = ports
  const listeners: DocumentListener[] = []
  const inFlight = new Map<EnvelopeId, Promise<Verdict<VerifiedDocument>>>()
  let inFlightBytes = 0

  async function judge(bytes: Uint8Array, door: Door): Promise<Verdict<VerifiedDocument>> {
    const verdict = await climb(bytes, door, ports)
    if (verdict.kind === 'accept') return keep(verdict.value, door)
    if (verdict.kind === 'reject' && door !== 'own') score.penalise(door.from, verdict.code)
    if (verdict.code !== 'already-accepted') logger.log('document-refused', describe(verdict, door))
    return verdict
  }

  async function keep(document: VerifiedDocument, door: Door): Promise<Verdict<VerifiedDocument>> {
    const known = documents.accepted(document.envelope.documentId)
    // Two envelopes of one document may climb at the same time; the first stored wins unless the other is stronger.
    if (known !== undefined && trust.peopleOf(known.signers).size >= document.people.size) {
      return ignore('already-accepted')
    }
    await documents.put(toStored(document))
    apply(document)
    for (const listener of listeners) listener(document, door)
    return { kind: 'accept', value: document }
  }

  function apply(document: VerifiedDocument): void {
    if (document.kind !== 'control' || document.control.kind !== 'revoke') return
    const { subject } = document.control
    trust.revoke(subject.kind === 'key' ? subject.fingerprint : subject.peer)
  }

  return {
    take(bytes, door) {
      const id = sha256Hex(bytes) as EnvelopeId
      const running = inFlight.get(id)
      if (running !== undefined) return running
      if (inFlightBytes + bytes.length > IN_FLIGHT_BYTES_LIMIT)
        return Promise.resolve(ignore('busy'))
      inFlightBytes += bytes.length
      const judged = judge(bytes, door).finally(() => {
        inFlight.delete(id)
        inFlightBytes -= bytes.length
      })
      inFlight.set(id, judged)
      return judged
    },
    onAccepted: (listener) => void listeners.push(listener),
    async reread() {
      const held: VerifiedDocument[] = []
      for await (const { bytes } of documents.all()) {
        const verdict = await climb(bytes, 'own', { ...ports, documents: EMPTY })
        if (verdict.kind !== 'accept') continue
        apply(verdict.value)
        held.push(verdict.value)
      }
      return held
    },
  }
}

/** What the store knows must not count as known while the store itself is judged. */
const EMPTY: LadderPorts['documents'] = {
  accepted: () => undefined,
  load: () => ({ documents: 0, bytes: 0 }),
}

function toStored(document: VerifiedDocument): Parameters<DocumentStore['put']>[0] {
  const { envelope, signers, expiresAtMs } = document
  const kind: SyncedKind = document.kind === 'action' ? 'action' : document.control.kind
  return {
    id: envelope.id,
    documentId: envelope.documentId,
    kind,
    bytes: envelope.bytes,
    signers,
    expiresAtMs,
  }
}

const describe = (
  verdict: { kind: string; code: string; detail: string },
  door: Door,
): Record<string, string> => ({
  verdict: verdict.kind,
  code: verdict.code,
  detail: verdict.detail.slice(0, 256),
  from: door === 'own' ? 'own' : door.from,
})
