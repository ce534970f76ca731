/** Sends signed documents into the mesh and learns which neighbours have them on disk. Not for following answers (hunts.ts). */
import { MeshError } from '../core/errors.ts'
import type { Publication } from '../core/investigator-api.ts'
import type { EnvelopeId, PeerId } from '../core/ids.ts'
import type { Clock, Network } from '../core/ports.ts'
import { SECOND_MS } from '../core/time.ts'
import { explain, type Verdict } from '../core/verdict.ts'
import type { Door, VerifiedDocument } from '../core/verified.ts'
import { parseEnvelope } from '../core/envelope.ts'
import type { Fate } from '../core/wire.ts'
import { toUtf8 } from '../core/bytes.ts'

/** How long a launch waits for neighbours to confirm. */
const CONFIRM_TIMEOUT_MS = 5 * SECOND_MS
const CONFIRMATIONS = 2

export interface PublisherPorts {
  readonly network: Pick<Network, 'neighbours'>
  readonly clock: Clock
  /** Climbs the ladder here first: what we refuse ourselves is never sent. */
  take(bytes: Uint8Array, door: Door): Promise<Verdict<VerifiedDocument>>
  onFate(listener: (peer: PeerId, fate: Fate) => void): () => void
  /** Offers a document again that was accepted here before. */
  offerAgain(id: EnvelopeId): void
}

/** Publishes, and resolves when two peers (or all, where there are fewer) have stored it, or have had time to. @throws MeshError REFUSED */
export async function publish(envelopeText: string, ports: PublisherPorts): Promise<Publication> {
  const bytes = toUtf8(envelopeText)
  const { id, documentId } = parseEnvelope(bytes)
  const storedBy = new Set<PeerId>()
  const refusedBy = new Map<PeerId, { code: string; detail: string }>()
  const enough = Promise.withResolvers<undefined>()
  const check = (): void => {
    const neighbours = ports.network.neighbours().length
    if (storedBy.size >= Math.min(CONFIRMATIONS, Math.max(1, neighbours))) enough.resolve(undefined)
    if (neighbours > 0 && storedBy.size + refusedBy.size >= neighbours) enough.resolve(undefined)
  }
  const stopListening = ports.onFate((peer, fate) => {
    if (fate.id !== id) return
    if (fate.fate === 'stored' || fate.fate === 'already-accepted') storedBy.add(peer)
    else refusedBy.set(peer, { code: fate.fate, detail: fate.detail })
    check()
  })
  const stopWaiting = ports.clock.after(CONFIRM_TIMEOUT_MS, () => {
    enough.resolve(undefined)
  })
  try {
    await send(bytes, id, ports)
    await enough.promise
  } finally {
    stopListening()
    stopWaiting()
  }
  const neighbours = ports.network.neighbours().length
  return {
    document: documentId,
    storedBy: [...storedBy],
    refusedBy: [...refusedBy].map(([peer, why]) => ({ peer, ...why })),
    neighbours,
    confirmed: storedBy.size >= Math.min(CONFIRMATIONS, Math.max(1, neighbours)),
  }
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
