/**
 * Anti-entropy: the guarantee behind gossip that nobody is missed.
 *
 * DEV NOTE. Two movements. *Offers* (offers.ts): whatever is accepted here is offered by id to the neighbours that listen
 * on its topics, who take the body if gossip has not brought it (stars of dial-only peers lose messages by gossip alone).
 * *Rounds*: on meeting a neighbour, and every minute with a random one, both sets of ids are compared and the difference
 * moves both ways, control documents first. What goes wrong: a neighbour that dies (the link is dropped), one that lies
 * (the first reject ends the round and costs it points), one that keeps what we refuse (remembered, so that it costs
 * once). Bounded: 1,024 ids and 3 MiB a frame, 64 steps a round, one request at a time a neighbour.
 */
import { hasCode, reasonOf } from '../core/errors.ts'
import { type Topic, topicsOfTarget } from '../core/facet.ts'
import type { EnvelopeId, PeerId } from '../core/ids.ts'
import type { Clock, DocumentStore, Logger, Network, Random } from '../core/ports.ts'
import { MINUTE_MS } from '../core/time.ts'
import { type Fate, PROTOCOLS } from '../core/wire.ts'
import type { VerifiedDocument } from '../core/verified.ts'
import { createCatchUp } from './catch-up.ts'
import { createOffers } from './offers.ts'
import type { Intake } from './intake.ts'
import type { PeerScore } from './score.ts'
import { createExchange } from './sync-exchange.ts'
import { createSyncLink, type SyncLink } from './sync-link.ts'
import { serveSync } from './sync-server.ts'
import { servePenalised } from './serve.ts'
import { tell } from '../core/tell.ts'

const ROUND_PERIOD_MS = MINUTE_MS

export interface SyncPorts {
  readonly network: Network
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
  readonly documents: DocumentStore
  readonly intake: Intake
  readonly score: PeerScore
  readonly meshSecret: Uint8Array
}

export interface Sync {
  /** Resolves when this node knows what the neighbours know that came first after it was last alone (catch-up.ts). */
  caughtUp(): Promise<void>
  /** What a neighbour did with a document we offered: `stored`, or why not. */
  onFate(listener: (peer: PeerId, fate: Fate) => void): () => void
  /** Offers an accepted document again, to every neighbour. */
  offerAgain(id: EnvelopeId): void
  /** One round with one neighbour, now. */
  round(peer: PeerId): Promise<void>
  close(): Promise<void>
}

export function createSync(ports: SyncPorts): Sync {
  const { network, clock, random, logger, documents, intake } = ports
  const links = new Map<PeerId, SyncLink>()
  const fateListeners = new Set<(peer: PeerId, fate: Fate) => void>()
  const catchUp = createCatchUp(clock)
  let isClosed = false
  let cancelNext = (): void => undefined

  const linkTo = (peer: PeerId): SyncLink => {
    const link = links.get(peer) ?? createSyncLink(peer, ports)
    links.set(peer, link)
    return link
  }
  const report = (peer: PeerId, fates: readonly Fate[]): void => {
    for (const fate of fates) tell(fateListeners, [peer, fate], logger)
  }
  const exchange = createExchange({ documents, intake, report })

  const round = (peer: PeerId): Promise<void> => exchange.round(linkTo(peer))

  const quietly = (what: string, peer: PeerId, task: Promise<void>): void => {
    task.catch((error: unknown) => {
      if (hasCode(error, 'FRAME_INVALID')) ports.score.penalise(peer, 'broken-frame')
      // The next round, or the next neighbour, makes up for it.
      if (!isClosed) logger.log('sync-failed', { what, peer, reason: reasonOf(error) })
    })
  }

  const offer = (peer: PeerId, id: EnvelopeId): void => {
    quietly('offer', peer, exchange.offer(linkTo(peer), [id]))
  }
  const offers = createOffers({
    network,
    clock,
    random,
    topicsOf: (document) => topicsOf(document, ports.meshSecret),
    offer,
  })

  function scheduleRound(): void {
    cancelNext = clock.after(ROUND_PERIOD_MS * (0.5 + random.fraction()), () => {
      const neighbours = network.neighbours()
      const chosen = neighbours[Math.floor(random.fraction() * neighbours.length)]
      if (chosen !== undefined) quietly('round', chosen.peer, round(chosen.peer))
      scheduleRound()
    })
  }

  network.handle(
    PROTOCOLS.sync,
    servePenalised(ports.score, (stream) =>
      serveSync(stream, { ...ports, onOffered: offers.heldBy }),
    ),
  )
  intake.onStored(offers.begin)
  const stopMeeting = network.onNeighbour(({ peer }) => {
    const met = round(peer)
    catchUp.meet(met)
    quietly('round', peer, met)
  })
  const stopLosing = network.onGone((peer) => {
    links.delete(peer)
    if (network.neighbours().length === 0) catchUp.isolate()
  })
  scheduleRound()

  return {
    caughtUp: catchUp.over,
    onFate(listener) {
      fateListeners.add(listener)
      return () => fateListeners.delete(listener)
    },
    offerAgain(id) {
      for (const { peer } of network.neighbours()) offer(peer, id)
    },
    round,
    async close() {
      isClosed = true
      cancelNext()
      offers.close()
      stopMeeting()
      stopLosing()
      await Promise.allSettled([...links.values()].map((link) => link.close()))
    },
  }
}

/** Where a document is gossiped: the fast path only, never the guarantee. */
export function topicsOf(document: VerifiedDocument, meshSecret: Uint8Array): readonly Topic[] {
  return document.kind === 'action' ? topicsOfTarget(meshSecret, document.target) : ['control']
}
