/**
 * Whom an accepted document is offered to, and when. Not for how it is offered (sync-exchange.ts).
 *
 * DEV NOTE. Gossip pushes a document only to some neighbours, and loses some of what it pushes (stars of dial-only peers).
 * Neighbours that it does not push to are offered the document at once; the others only after gossip has had its time, and
 * only those that have not named it to us meanwhile: in a mesh where everybody knows everybody, offers at once would be
 * half of all the traffic of a hunt. Bounded: what is accepted within the grace, by id.
 */
import type { Topic } from '../core/facet.ts'
import type { EnvelopeId, PeerId } from '../core/ids.ts'
import type { Clock, Network, Random } from '../core/ports.ts'
import { SECOND_MS } from '../core/time.ts'
import type { Door, VerifiedDocument } from '../core/verified.ts'

/** What gossip gets for a document of our own, whose launch waits to hear that neighbours have it. */
const OWN_GRACE_MS = SECOND_MS / 10
/** What it gets for everybody else's. */
const GRACE_MS = SECOND_MS

export interface OffersPorts {
  readonly network: Pick<Network, 'neighbours' | 'subscribers' | 'pushesTo'>
  readonly clock: Pick<Clock, 'after'>
  readonly random: Random
  /** Where a document is gossiped. */
  topicsOf(document: VerifiedDocument): readonly Topic[]
  offer(peer: PeerId, id: EnvelopeId): void
}

export interface Offers {
  /** A document is on disk here. */
  readonly begin: (document: VerifiedDocument, door: Door) => void
  /** A neighbour says that it has these. */
  readonly heldBy: (peer: PeerId, ids: readonly EnvelopeId[]) => void
  close(): void
}

export function createOffers(ports: OffersPorts): Offers {
  const { network, clock, random } = ports
  const waiting = new Map<
    EnvelopeId,
    { readonly peers: Set<PeerId>; readonly cancel: () => void }
  >()

  let isClosed = false

  /** Neighbours that listen on its topics, and those whose topics are not known yet. */
  function meantBy(topics: readonly Topic[], door: Door): PeerId[] {
    const neighbours = network.neighbours().map(({ peer }) => peer)
    if (door === 'own') return neighbours
    const listening = new Set(topics.flatMap((topic) => network.subscribers(topic)))
    // Everybody listens on `control`: a neighbour that does not has only just come.
    const introduced = new Set(network.subscribers('control'))
    return neighbours.filter(
      (peer) => peer !== door.from && (listening.has(peer) || !introduced.has(peer)),
    )
  }

  /** Own documents are pushed to every subscriber; what came by sync, gossip does not push at all. */
  function pushedTo(topics: readonly Topic[], door: Door): ReadonlySet<PeerId> {
    if (door === 'own') return new Set(topics.flatMap((topic) => network.subscribers(topic)))
    return new Set(door.by === 'gossip' ? topics.flatMap((topic) => network.pushesTo(topic)) : [])
  }

  function offerLater(id: EnvelopeId, peers: Set<PeerId>, graceMs: number): void {
    const cancel = clock.after(graceMs, () => {
      waiting.delete(id)
      for (const peer of peers) ports.offer(peer, id)
    })
    waiting.set(id, { peers, cancel })
  }

  return {
    begin(document, door) {
      // A write to disk may end after the node was closed.
      if (isClosed) return
      const { id } = document.envelope
      const topics = ports.topicsOf(document)
      const pushed = pushedTo(topics, door)
      const { now = [], later = [] } = Object.groupBy(meantBy(topics, door), (peer) =>
        pushed.has(peer) ? 'later' : 'now',
      )
      for (const peer of now) ports.offer(peer, id)
      const graceMs = door === 'own' ? OWN_GRACE_MS : GRACE_MS * (0.5 + random.fraction())
      if (later.length > 0) offerLater(id, new Set(later), graceMs)
    },
    heldBy(peer, ids) {
      for (const id of ids) waiting.get(id)?.peers.delete(peer)
    },
    close() {
      isClosed = true
      for (const { cancel } of waiting.values()) cancel()
      waiting.clear()
    },
  }
}
