/** From verdict to disk: every document that this node believes passes here once, is stored, takes effect, and is told to those who listen. */
import { sha256Hex } from '../core/bytes.ts'
import { type ControlDocument, parseControl } from '../core/control.ts'
import { parseEnvelope } from '../core/envelope.ts'
import type { DocumentId, EnvelopeId } from '../core/ids.ts'
import type { DocumentStore, Logger, StoredDocument } from '../core/ports.ts'
import { isStronger, type Trust } from '../core/trust.ts'
import { ignore, type Verdict } from '../core/verdict.ts'
import type { Door, VerifiedDocument } from '../core/verified.ts'
import { BATCH_SIZE_LIMIT, SYNCED_KINDS, type SyncedKind } from '../core/wire.ts'
import type { PeerScore } from './score.ts'
import { climb, type LadderPorts } from './validate.ts'

type DocumentListener = (document: VerifiedDocument, door: Door) => void

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
  const { logger, score } = ports
  const listeners: DocumentListener[] = []
  const keep = createKeeper(ports, listeners)
  const inFlight = new Map<EnvelopeId, Promise<Verdict<VerifiedDocument>>>()
  let inFlightBytes = 0

  async function judge(bytes: Uint8Array, door: Door): Promise<Verdict<VerifiedDocument>> {
    const verdict = await climb(bytes, door, ports)
    return verdict.kind === 'accept' ? keep(verdict.value, door) : verdict
  }

  /** The same bytes from several doors are judged once. */
  async function judgeOnce(bytes: Uint8Array, door: Door): Promise<Verdict<VerifiedDocument>> {
    const id = sha256Hex(bytes) as EnvelopeId
    const running = inFlight.get(id)
    if (running !== undefined) {
      const verdict = await running
      // Whoever used up its own budget must not hold up the same document from others.
      const isBusy = verdict.kind === 'ignore' && verdict.code === 'busy'
      return isBusy ? judgeOnce(bytes, door) : verdict
    }
    if (inFlightBytes + bytes.length > IN_FLIGHT_BYTES_LIMIT) return ignore('busy')
    inFlightBytes += bytes.length
    const judged = judge(bytes, door).finally(() => {
      inFlight.delete(id)
      inFlightBytes -= bytes.length
    })
    inFlight.set(id, judged)
    return judged
  }

  return {
    async take(bytes, door) {
      const verdict = await judgeOnce(bytes, door)
      if (verdict.kind === 'accept') return verdict
      if (verdict.kind === 'reject' && door !== 'own') score.penalise(door.from, verdict.code)
      if (verdict.code !== 'already-accepted')
        logger.log('document-refused', describe(verdict, door))
      return verdict
    },
    onAccepted: (listener) => void listeners.push(listener),
    reread: () => reread(ports),
  }
}

type Keep = (document: VerifiedDocument, door: Door) => Promise<Verdict<VerifiedDocument>>

/** Puts documents on disk, one at a time for each: of two envelopes judged together, the second must find the first stored. */
function createKeeper(
  { documents, trust }: IntakePorts,
  listeners: readonly DocumentListener[],
): Keep {
  const storing = new Map<DocumentId, Promise<unknown>>()

  async function store(document: VerifiedDocument, door: Door): Promise<Verdict<VerifiedDocument>> {
    const known = documents.accepted(document.envelope.documentId)
    if (known !== undefined && !isStronger(document.people, trust.peopleOf(known.signers))) {
      return ignore('already-accepted')
    }
    await documents.put(toStored(document))
    if (document.kind === 'control') takeEffect(document.control, trust)
    for (const listener of listeners) listener(document, door)
    return { kind: 'accept', value: document }
  }

  return (document, door) => {
    const id = document.envelope.documentId
    const kept = (storing.get(id) ?? Promise.resolve()).then(() => store(document, door))
    const settled = kept
      .catch(() => undefined) // the caller hears of it; the next in line tries for itself
      .then(() => {
        if (storing.get(id) === settled) storing.delete(id)
      })
    storing.set(id, settled)
    return kept
  }
}

function takeEffect(control: ControlDocument, trust: Trust): void {
  switch (control.kind) {
    case 'revoke': {
      const { subject } = control
      trust.revoke(subject.kind === 'key' ? subject.fingerprint : subject.peer)
      return
    }
    case 'cancel':
      trust.cancel(control.action)
      return
    case 'member':
  }
}

/** All revocations are judged before the first takes effect: one that was accepted must not undo another. */
async function reread(ports: IntakePorts): Promise<readonly VerifiedDocument[]> {
  const held: VerifiedDocument[] = []
  for (const kind of SYNCED_KINDS) {
    const effects: ControlDocument[] = []
    for (const id of ports.documents.ids(kind)) {
      const stored = await ports.documents.get(id)
      if (stored === undefined) continue
      const verdict = await climb(stored.bytes, 'own', { ...ports, documents: EMPTY })
      if (verdict.kind === 'accept') held.push(verdict.value)
      const effect = effectOf(verdict, stored)
      if (effect !== undefined) effects.push(effect)
    }
    for (const effect of effects) takeEffect(effect, ports.trust)
  }
  return held
}

/**
 * What a stored document does to trust. Revocations and cancellations outlive the keys, the policy and the clock that they
 * were judged by: they were good when they were stored, and can only take power away.
 */
function effectOf(
  verdict: Verdict<VerifiedDocument>,
  { kind, bytes }: StoredDocument,
): ControlDocument | undefined {
  if (verdict.kind === 'accept') {
    return verdict.value.kind === 'control' ? verdict.value.control : undefined
  }
  return kind === 'revoke' || kind === 'cancel' ? parseControl(parseEnvelope(bytes)) : undefined
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
  detail: verdict.detail,
  from: door === 'own' ? 'own' : door.from,
})
