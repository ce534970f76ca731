/** Sends signed documents into the mesh and learns which neighbours have them on disk. Not for following answers (hunts.ts). */
import { MeshError } from '../core/errors.ts'
import type { Publication } from '../core/investigator-api.ts'
import type { DocumentId, EnvelopeId, PeerId } from '../core/ids.ts'
import type { Clock, Network } from '../core/ports.ts'
import type { Answer } from '../core/result.ts'
import { SECOND_MS } from '../core/time.ts'
import { explain, type Verdict } from '../core/verdict.ts'
import type { Door, VerifiedDocument } from '../core/verified.ts'
import { parseEnvelope } from '../core/envelope.ts'
import type { Fate } from '../core/wire.ts'
import { toUtf8 } from '../core/bytes.ts'

/** How long a launch waits for neighbours to confirm. */
const CONFIRM_TIMEOUT_MS = 5 * SECOND_MS
const CONFIRMATIONS = 2
/** Fates that mean: what the document says holds there. */
const HELD: ReadonlySet<string> = new Set(['stored', 'already-accepted', 'already-revoked'])

export interface PublisherPorts {
  readonly network: Pick<Network, 'neighbours'>
  readonly clock: Clock
  /** Climbs the ladder here first: what we refuse ourselves is never sent. */
  take(bytes: Uint8Array, door: Door): Promise<Verdict<VerifiedDocument>>
  onFate: (listener: (peer: PeerId, fate: Fate) => void) => () => void
  /** Agents' answers to actions, when they are on disk here. */
  onAnswer: (listener: (answer: Pick<Answer, 'action' | 'agent'>) => void) => () => void
  /** Offers a document again that was accepted here before. */
  offerAgain(id: EnvelopeId): void
}

export interface Published {
  /** Resolves when two peers (or all, where there are fewer) have it on disk, or have had time to. */
  readonly confirmation: Promise<Publication>
}

/** Sends a document that this node's own ladder accepts. @throws MeshError REFUSED, and nothing was sent */
export async function publish(envelopeText: string, ports: PublisherPorts): Promise<Published> {
  const bytes = toUtf8(envelopeText)
  const { id, documentId } = parseEnvelope(bytes)
  const fates = watchFates({ id, documentId }, ports)
  try {
    await send(bytes, id, ports)
  } catch (error) {
    fates.stop()
    throw error
  }
  return { confirmation: confirm(documentId, fates, ports) }
}

async function confirm(
  document: DocumentId,
  fates: Fates,
  ports: PublisherPorts,
): Promise<Publication> {
  const stopWaiting = ports.clock.after(CONFIRM_TIMEOUT_MS, fates.giveUp)
  await fates.enough
  stopWaiting()
  fates.stop()
  const neighbours = ports.network.neighbours().length
  return {
    document,
    storedBy: [...fates.storedBy],
    refusedBy: [...fates.refusedBy].map(([peer, why]) => ({ peer, ...why })),
    neighbours,
    confirmed: fates.storedBy.size >= wanted(neighbours),
  }
}

/** How many confirmations make a launch. */
const wanted = (neighbours: number): number => Math.min(CONFIRMATIONS, Math.max(1, neighbours))

interface Fates {
  readonly storedBy: ReadonlySet<PeerId>
  readonly refusedBy: ReadonlyMap<PeerId, { readonly code: string; readonly detail: string }>
  readonly enough: Promise<undefined>
  readonly giveUp: () => void
  readonly stop: () => void
}

/**
 * Listens to what neighbours do with one envelope, from before it is offered. An agent that answers has it on disk: one
 * that gossip reached before it became a neighbour says so in no other way.
 */
function watchFates(
  { id, documentId }: { readonly id: EnvelopeId; readonly documentId: DocumentId },
  { network, onFate, onAnswer }: PublisherPorts,
): Fates {
  const storedBy = new Set<PeerId>()
  const refusedBy = new Map<PeerId, { code: string; detail: string }>()
  const enough = Promise.withResolvers<undefined>()
  const giveUp = (): void => {
    enough.resolve(undefined)
  }
  const weigh = (): void => {
    const neighbours = network.neighbours().length
    const haveAllSpoken = neighbours > 0 && storedBy.size + refusedBy.size >= neighbours
    if (haveAllSpoken || storedBy.size >= wanted(neighbours)) giveUp()
  }
  const stopFates = onFate((peer, { id: about, fate, detail }) => {
    if (about !== id) return
    if (HELD.has(fate)) storedBy.add(peer)
    else refusedBy.set(peer, { code: fate, detail })
    weigh()
  })
  const stopAnswers = onAnswer(({ action, agent }) => {
    const isNear = network.neighbours().some(({ peer }) => peer === agent)
    if (action !== documentId || !isNear) return
    storedBy.add(agent)
    weigh()
  })
  const stop = (): void => {
    stopFates()
    stopAnswers()
  }
  return { storedBy, refusedBy, enough: enough.promise, giveUp, stop }
}

async function send(bytes: Uint8Array, id: EnvelopeId, ports: PublisherPorts): Promise<void> {
  const verdict = await ports.take(bytes, 'own')
  if (verdict.kind === 'accept') return
  if (verdict.code === 'already-accepted') {
    ports.offerAgain(id)
    return
  }
  throw new MeshError({ code: 'REFUSED', reason: verdict.code, explanation: explain(verdict) })
}
