/**
 * From verdict to disk: every document that this node believes passes here once, is stored, takes effect, and is told to
 * those who listen.
 *
 * DEV NOTE. Whoever is told that a document is *stored* here (a launch, a neighbour's offer) waits for the disk. Handing on
 * by gossip and the agent do not: the first promises nothing, the second writes its own journal before it runs anything,
 * and what a crash keeps from this disk is brought again by sync. Bounded: 24 MiB in flight.
 */
import { CLOCK_SKEW_MS } from '../core/action.ts'
import { sha256Hex } from '../core/bytes.ts'
import { type ControlDocument, parseControl } from '../core/control.ts'
import { parseEnvelope } from '../core/envelope.ts'
import { reasonOf } from '../core/errors.ts'
import type { DocumentId, EnvelopeId } from '../core/ids.ts'
import type { Clock, DocumentStore, Logger, StoredDocument } from '../core/ports.ts'
import { isStronger, type Trust } from '../core/trust.ts'
import { ignore, type Refusal, type Verdict } from '../core/verdict.ts'
import type { Door, VerifiedDocument } from '../core/verified.ts'
import { BATCH_SIZE_LIMIT, SYNCED_KINDS, type SyncedKind } from '../core/wire.ts'
import { createPatience } from './patience.ts'
import type { PeerScore } from './score.ts'
import { tell } from '../core/tell.ts'
import { climb, type LadderPorts } from './validate.ts'

type DocumentListener = (document: VerifiedDocument, door: Door) => void

export interface Intake {
  /** Climbs the ladder; an accepted document is on disk when this resolves. */
  take(bytes: Uint8Array, door: Door): Promise<Verdict<VerifiedDocument>>
  /** The same for who only hands on what came by: it does not wait for the disk, since it promises nothing. */
  hear(bytes: Uint8Array, door: Door): Promise<Verdict<VerifiedDocument>>
  /** Runs on every newly accepted document while it is being written: for whoever keeps a promise of its own, as the journal is. */
  onAccepted(listener: DocumentListener): void
  /** Runs when it is on disk: for whoever tells others that it is here. */
  onStored(listener: DocumentListener): void
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

/** What the ladder says, and when it is on disk, which may fail. */
interface Judged {
  readonly verdict: Verdict<VerifiedDocument>
  readonly stored: Promise<void>
}

const unstored = (verdict: Verdict<VerifiedDocument>): Judged => ({
  verdict,
  stored: Promise.resolve(),
})

export function createIntake(ports: IntakePorts): Intake {
  const { documents, logger, score } = ports
  const patience = createPatience(ports)
  const onAccepted: DocumentListener[] = []
  const onStored: DocumentListener[] = []
  const keep = createKeeper(ports, { onAccepted, onStored })
  const inFlight = new Map<EnvelopeId, Promise<Judged>>()
  let inFlightBytes = 0

  async function judge(bytes: Uint8Array, door: Door): Promise<Judged> {
    const verdict = await climb(bytes, door, ports)
    return verdict.kind === 'accept' ? keep(verdict.value, door) : unstored(verdict)
  }

  /** The same bytes from several doors are judged once, and stored once. */
  async function judgeOnce(bytes: Uint8Array, door: Door): Promise<Judged> {
    const id = sha256Hex(bytes) as EnvelopeId
    const running = inFlight.get(id)
    if (running !== undefined) {
      const judged = await running
      // Whoever used up its own budget must not hold up the same document from others.
      const isBusy = judged.verdict.kind === 'ignore' && judged.verdict.code === 'busy'
      return isBusy ? judgeOnce(bytes, door) : judged
    }
    if (inFlightBytes + bytes.length > IN_FLIGHT_BYTES_LIMIT) return unstored(ignore('busy'))
    inFlightBytes += bytes.length
    const judged = judge(bytes, door)
    inFlight.set(id, judged)
    afterwards(judged, () => {
      inFlight.delete(id)
      inFlightBytes -= bytes.length
    })
    return judged
  }

  async function receive(bytes: Uint8Array, door: Door): Promise<Judged> {
    // [IGNORE] whoever brings mostly what is ignored here is not read for a while; sync brings what was good
    if (door !== 'own' && !patience.hasLeft(door)) return unstored(ignore('busy'))
    const judged = await judgeOnce(bytes, door)
    const { verdict } = judged
    if (verdict.kind === 'accept') return judged
    if (door !== 'own' && verdict.kind === 'reject') score.penalise(door.from, verdict.code)
    if (door !== 'own' && isCharged(verdict, bytes)) patience.spend(door)
    if (verdict.code !== 'already-accepted') patience.log(verdict, door)
    return judged
  }

  /** Not what is rejected, which costs points, nor our own bounds, nor what is held here: honest peers bring that all the time. */
  const isCharged = ({ kind, code }: Refusal, bytes: Uint8Array): boolean =>
    kind === 'ignore' &&
    code !== 'busy' &&
    (code !== 'already-accepted' || !documents.has(sha256Hex(bytes) as EnvelopeId))

  return {
    async take(bytes, door) {
      const { verdict, stored } = await receive(bytes, door)
      await stored
      return verdict
    },
    async hear(bytes, door) {
      const { verdict, stored } = await receive(bytes, door)
      stored.catch((error: unknown) => {
        // Sync brings it again, and by then the disk may have room.
        logger.log('document-not-stored', { reason: reasonOf(error) })
      })
      return verdict
    },
    onAccepted: (listener) => void onAccepted.push(listener),
    onStored: (listener) => void onStored.push(listener),
    reread: () => reread(ports),
  }
}

/** Runs when it is on disk or never will be. The callers hear which. */
function afterwards(judged: Promise<Judged>, task: () => void): void {
  judged.then(({ stored }) => stored).then(task, task)
}

interface Listeners {
  readonly onAccepted: readonly DocumentListener[]
  readonly onStored: readonly DocumentListener[]
}

type Keep = (document: VerifiedDocument, door: Door) => Promise<Judged>

/**
 * Puts documents on disk, one at a time for each: of two envelopes judged together, the second must find the first stored.
 * What is accepted takes effect meanwhile: waiting for a disk would cost every hop and every agent its milliseconds.
 */
function createKeeper(
  { documents, trust, clock, logger }: IntakePorts,
  listeners: Listeners,
): Keep {
  const storing = new Map<DocumentId, Promise<Judged>>()

  function begin(document: VerifiedDocument, door: Door): Judged {
    const known = documents.accepted(document.envelope.documentId)
    if (known !== undefined && !isStronger(document.people, trust.peopleOf(known.signers))) {
      return unstored(ignore('already-accepted'))
    }
    const stored = documents.put(toStored(document)).then(() => {
      tell(listeners.onStored, [document, door], logger)
    })
    if (document.kind === 'control') takeEffect(document.control, trust, clock)
    tell(listeners.onAccepted, [document, door], logger)
    return { verdict: { kind: 'accept', value: document }, stored }
  }

  return (document, door) => {
    const id = document.envelope.documentId
    const before = storing.get(id)?.then(({ stored }) => stored)
    // Whoever brought the one before hears of its failure; the next in line tries for itself.
    const settled = before?.catch(() => undefined) ?? Promise.resolve()
    const judged = settled.then(() => begin(document, door))
    storing.set(id, judged)
    afterwards(judged, () => {
      if (storing.get(id) === judged) storing.delete(id)
    })
    return judged
  }
}

function takeEffect(control: ControlDocument, trust: Trust, clock: Pick<Clock, 'now'>): void {
  switch (control.kind) {
    case 'revoke': {
      const { subject } = control
      trust.revoke(subject.kind === 'key' ? subject.fingerprint : subject.peer)
      return
    }
    case 'cancel':
      trust.cancel(control.action, {
        nowMs: clock.now(),
        untilMs: control.expireafter + CLOCK_SKEW_MS,
      })
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
    for (const effect of effects) takeEffect(effect, ports.trust, ports.clock)
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
