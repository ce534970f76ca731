/**
 * The ladder: the one function that decides whether a document is believed.
 *
 * DEV NOTE. Three doors lead here (gossip, sync, re-reading the own store), and nothing else makes a `VerifiedDocument`;
 * `agent/execute.ts` takes nothing less. Rungs are in order of cost, so that a liar pays more than we do. A refusal names
 * who is to blame: [REJECT] is what every honest peer refuses whatever its policy and clock, and the sender pays for it;
 * [IGNORE] is what honest peers may disagree on. Bounded: 256 KiB a document, 16 signatures, one verification budget a peer.
 */
import { AHEAD_LIMIT_MS, CLOCK_SKEW_MS, LIFETIME_LIMIT_MS, parseAction } from '../core/action.ts'
import { parseControl } from '../core/control.ts'
import { DOCUMENT_SIZE_LIMIT, type Envelope, parseEnvelope } from '../core/envelope.ts'
import { MeshError } from '../core/errors.ts'
import { fingerprint, type Fingerprint, type Person } from '../core/ids.ts'
import type { Clock, DocumentStore, SignatureVerifier } from '../core/ports.ts'
import { parseTarget } from '../core/target/parse.ts'
import type { VerifiedAction, VerifiedControl, VerifiedDocument, Door } from '../core/verified.ts'
import { accept, ignore, reject, type Refusal, type Verdict } from '../core/verdict.ts'
import { isOwnKey, isStronger, modulesOf, type Trust } from '../core/trust.ts'
import { checkSignatures } from './check-signatures.ts'
import { isRevocation, type Payload } from './payload.ts'
import type { VerdictCache } from './verdict-cache.ts'
import type { VerificationBudget } from './verification-budget.ts'

export interface LadderPorts {
  readonly trust: Trust
  readonly clock: Clock
  readonly signatures: SignatureVerifier
  readonly documents: Pick<DocumentStore, 'accepted' | 'load'>
  readonly cache: VerdictCache
  readonly budget: VerificationBudget
}

/** One signer may keep this much of everybody's disk. */
const SIGNER_DOCUMENTS_LIMIT = 1000
const SIGNER_BYTES_LIMIT = 64 * 1024 * 1024
/** Whose actions fill these bounds, rightly or by theft, can still cancel and revoke: control documents get as much again. */
const CONTROL_SHARES = 2
/** An action may begin 7 days ahead and live for 30; clocks differ at both ends. */
const LONGEST_TOMBSTONE_MS = AHEAD_LIMIT_MS + LIFETIME_LIMIT_MS + 3 * CLOCK_SKEW_MS

/** Judges the bytes of a document. Never throws for what is in them. */
export async function climb(
  bytes: Uint8Array,
  door: Door,
  ports: LadderPorts,
): Promise<Verdict<VerifiedDocument>> {
  const envelope = readEnvelope(bytes)
  if (envelope.kind !== 'accept') return envelope
  const cached = door === 'own' ? undefined : ports.cache.get(envelope.value.id, ports.trust.epoch)
  if (cached !== undefined) return cached
  const verdict = await climbEnvelope(envelope.value, door, ports)
  if (verdict.kind !== 'accept') ports.cache.add(envelope.value.id, ports.trust.epoch, verdict)
  return verdict
}

async function climbEnvelope(
  envelope: Envelope,
  door: Door,
  ports: LadderPorts,
): Promise<Verdict<VerifiedDocument>> {
  const payload = readPayload(envelope)
  if (payload.kind !== 'accept') return payload
  const refusal =
    checkMesh(payload.value, ports.trust) ??
    checkTime(payload.value, ports.clock.now()) ??
    checkNews(envelope, payload.value, ports) ??
    checkClaims(envelope, payload.value, ports)
  if (refusal !== undefined) return refusal
  // Rung 8 (check-signatures.ts): the only costly one.
  const signed = await checkSignatures(envelope, { payload: payload.value, door, ports })
  if (signed !== undefined) return signed
  // A revocation, or another envelope of this document, may have come while the signatures were checked.
  const overtaken =
    checkNews(envelope, payload.value, ports) ?? checkClaims(envelope, payload.value, ports)
  if (overtaken !== undefined) return overtaken
  return readTarget(envelope, payload.value, ports.trust)
}

/** Rungs 1 and 2: size, then form. */
function readEnvelope(bytes: Uint8Array): Verdict<Envelope> {
  // [REJECT] larger than any document may be
  if (bytes.length > DOCUMENT_SIZE_LIMIT)
    return reject('too-large', `${String(bytes.length)} bytes`)
  try {
    return accept(parseEnvelope(bytes))
  } catch (error) {
    // [REJECT] every looseness of form is an attack
    if (error instanceof MeshError) return reject('malformed-envelope', error.message)
    throw error
  }
}

/** Rung 3: the payload is what its type says, and its keyids are fingerprints. */
function readPayload(envelope: Envelope): Verdict<Payload> {
  // [REJECT] results and presence have protocols of their own
  if (envelope.kind === 'result' || envelope.kind === 'presence')
    return reject('not-gossip', envelope.kind)
  // [REJECT] investigators sign with OpenPGP keys
  if (!envelope.signatures.every(({ keyid }) => fingerprint.safeParse(keyid).success)) {
    return reject('malformed-envelope', 'a keyid is not a fingerprint')
  }
  try {
    return accept(
      envelope.kind === 'action'
        ? { kind: 'action', action: parseAction(envelope.payload) }
        : { kind: 'control', control: parseControl(envelope) },
    )
  } catch (error) {
    // [REJECT] not the payload that its type promises
    if (error instanceof MeshError) return reject('malformed-payload', error.message)
    throw error
  }
}

/** Rung 4: no replay from another mesh. */
function checkMesh(payload: Payload, trust: Trust): Refusal | undefined {
  const mesh = payload.kind === 'action' ? payload.action.mesh : payload.control.mesh
  // [REJECT] the mesh id is part of what every honest member shares
  return mesh === trust.policy.mesh.id ? undefined : reject('wrong-mesh', mesh)
}

/** Rung 5: its time. */
function checkTime(payload: Payload, nowMs: number): Refusal | undefined {
  const expiresAtMs = expiryOf(payload)
  // [IGNORE] no action lives that long, so nobody needs its tombstone
  const isCancel = payload.kind === 'control' && payload.control.kind === 'cancel'
  if (isCancel && (expiresAtMs ?? 0) > nowMs + LONGEST_TOMBSTONE_MS) return ignore('too-early')
  // [IGNORE] honest clocks differ; 5 minutes are granted
  if (expiresAtMs !== null && nowMs >= expiresAtMs) return ignore('expired')
  // [IGNORE] likewise
  if (
    payload.kind === 'action' &&
    payload.action.validfrom > nowMs + AHEAD_LIMIT_MS + CLOCK_SKEW_MS
  ) {
    return ignore('too-early')
  }
  return undefined
}

/** Rung 6: something new. Another envelope of an accepted document must claim every known person and at least one more. */
function checkNews(
  envelope: Envelope,
  payload: Payload,
  { documents, trust }: LadderPorts,
): Refusal | undefined {
  const known = documents.accepted(envelope.documentId)
  // [IGNORE] revocations are kept for ever, so there is one for each subject
  if (known === undefined) return isRepeated(payload, trust) ? ignore('already-revoked') : undefined
  const claimed = trust.peopleOf(claimedSigners(envelope))
  const before = trust.peopleOf(known.signers)
  // [IGNORE] "accepted" means under this id and by this function, never "some bytes with this id came by"
  return isStronger(claimed, before) ? undefined : ignore('already-accepted')
}

/** Rung 7: every signer is known, and the people claimed weigh enough for every operation. No cryptography yet. */
function checkClaims(
  envelope: Envelope,
  payload: Payload,
  ports: LadderPorts,
): Refusal | undefined {
  const { trust } = ports
  const shares = payload.kind === 'control' ? CONTROL_SHARES : 1
  for (const signer of claimedSigners(envelope)) {
    // [IGNORE] honest peers may hold another policy
    if (trust.personOf(signer) === undefined) return ignore('unknown-signer', signer)
    const load = ports.documents.load(signer)
    // [IGNORE] one signer must not fill everybody's disk
    const isFull =
      load.documents >= shares * SIGNER_DOCUMENTS_LIMIT || load.bytes >= shares * SIGNER_BYTES_LIMIT
    // A thief who fills the disk must not become unrevokable; revocations are bounded by what there is to revoke.
    if (isFull && !isRevocation(payload)) return ignore('too-many', signer)
  }
  // Whoever was revoked counts for nothing, and takes nothing away from those who signed beside them.
  const people = isRevocation(payload)
    ? everBehind(envelope, trust)
    : trust.peopleOf(claimedSigners(envelope))
  const short = checkWeight(payload, people, trust)
  const revoked = claimedSigners(envelope).find((signer) => trust.isRevoked(signer))
  // [IGNORE] news of a revocation may not have come round
  return short !== undefined && revoked !== undefined ? ignore('signer-revoked', revoked) : short
}

/**
 * People whose keys signed, revoked since or not: what is revoked must not depend on the order in which revocations came, or
 * a newcomer would trust whom the others do not. The price: a revoked key can still help to revoke, and to nothing else.
 */
const everBehind = (envelope: Envelope, trust: Trust): ReadonlySet<Person> =>
  new Set(claimedSigners(envelope).flatMap((signer) => trust.personOf(signer) ?? []))

/** Its subject has lost its power already: another word on that would only fill disks. */
const isRepeated = (payload: Payload, trust: Trust): boolean => {
  if (payload.kind !== 'control' || payload.control.kind !== 'revoke') return false
  const { subject } = payload.control
  return trust.isRevoked(subject.kind === 'key' ? subject.fingerprint : subject.peer)
}

function checkWeight(
  payload: Payload,
  people: ReadonlySet<Person>,
  trust: Trust,
): Refusal | undefined {
  if (payload.kind === 'control' && isOwnKey(payload.control, people, trust)) return undefined
  const modules =
    payload.kind === 'action' ? modulesOf(payload.action) : [`@${payload.control.kind}`]
  const short = trust.shortfall(modules, people)
  if (short === undefined) return undefined
  const minimum =
    short.minimum === undefined ? 'nobody is allowed' : `${String(short.minimum)} needed`
  // [IGNORE] too little weight under this policy
  return ignore(
    'too-little-weight',
    `${short.module} has weight ${String(short.weight)}, ${minimum}`,
  )
}

/** Rung 9: the target can be read. Last, because a hostile expression is the dearest thing to parse. */
function readTarget(envelope: Envelope, payload: Payload, trust: Trust): Verdict<VerifiedDocument> {
  const signers = claimedSigners(envelope)
  const common = {
    envelope,
    signers,
    people: trust.peopleOf(signers),
    expiresAtMs: expiryOf(payload),
  }
  if (payload.kind === 'control') {
    return accept({ ...common, kind: 'control', control: payload.control } as VerifiedControl)
  }
  try {
    const target = parseTarget(payload.action.target)
    return accept({ ...common, kind: 'action', action: payload.action, target } as VerifiedAction)
  } catch (error) {
    // [REJECT] the language is the same everywhere
    if (error instanceof MeshError) return reject('bad-target', error.message)
    throw error
  }
}

const claimedSigners = (envelope: Envelope): readonly Fingerprint[] =>
  envelope.signatures.map(({ keyid }) => keyid as Fingerprint)

function expiryOf(payload: Payload): number | null {
  if (payload.kind === 'action') return payload.action.expireafter + CLOCK_SKEW_MS
  return payload.control.kind === 'revoke' ? null : payload.control.expireafter + CLOCK_SKEW_MS
}
