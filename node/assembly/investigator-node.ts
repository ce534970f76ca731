/** Wires an investigator's node: a peer that publishes, collects and remembers, and runs nothing. */
import type { InvestigatorApi } from '../core/investigator-api.ts'
import type { Logger } from '../core/ports.ts'
import { SECOND_MS } from '../core/time.ts'
import type { Home } from '../host/home.ts'
import { systemClock } from '../host/system.ts'
import { type AdoptPorts, createAdoption } from '../investigator/adopt.ts'
import { startChase } from '../investigator/chase.ts'
import { type Collector, startCollector } from '../investigator/collector.ts'
import { createHunts } from '../investigator/hunts.ts'
import { createInvestigator } from '../investigator/investigator.ts'
import { createOpenHunts } from '../investigator/open-hunts.ts'
import type { PublisherPorts } from '../investigator/publisher.ts'
import { openResultShelf } from '../investigator/result-shelf.ts'
import { meant, sightsOf } from '../investigator/sights.ts'
import { sendUnsent } from '../investigator/unsent.ts'
import { peerIdOf } from './identity.ts'
import { openPeer, type Peer } from './peer.ts'

/** Every agent may want to dial at once. */
const MAX_CONNECTIONS = 2048
/** How long a fresh node waits for its first neighbour before a command goes on without. */
const FIRST_NEIGHBOUR_MS = 10 * SECOND_MS

export interface InvestigatorNode {
  readonly peer: Peer
  readonly api: InvestigatorApi
  /** Resolves when a listening neighbour is there and has told who is present, or has had time to; false: nobody came. */
  ready(): Promise<boolean>
  close(): Promise<void>
}

/** Opens an investigator's node in its home and begins to dial. */
export async function openInvestigatorNode(home: Home, logger: Logger): Promise<InvestigatorNode> {
  const clock = systemClock
  const self = peerIdOf(home.key)
  const peer = await openPeer({
    home,
    logger,
    topics: ['control'],
    maxConnections: MAX_CONNECTIONS,
    relay: false,
    topUp: true,
    describe: (network) =>
      Promise.resolve({
        mesh: home.policy.mesh.id,
        peer: self,
        role: 'investigator' as const,
        at: clock.now(),
        addresses: network.addresses().slice(0, 16),
      }),
  })
  const { network, database, book } = peer
  const shelf = await openResultShelf({
    hunts: database.records('hunts'),
    results: database.records('results'),
    logger,
  })
  const collector = startCollector({
    network,
    logger,
    trust: peer.trust,
    sealer: peer.sealer,
    signatures: peer.signatures,
    shelf,
    isKnown: (action) =>
      Promise.resolve(shelf.hunt(action) !== undefined || peer.isAccepted(action)),
    penalise: (stream) => {
      peer.score.penalise(stream.peer, 'broken-frame')
    },
  })
  const hunts = createHunts({ clock, shelf, onAnswer: collector.onAnswer })
  const adopt = adoptionOf(home, peer, { logger, shelf, hunts })
  peer.intake.onAccepted((document, door) => {
    if (door !== 'own') adopt(document)
  })
  const stopChase = startChase({
    network,
    clock,
    logger,
    open: createOpenHunts({ clock, shelf, onAnswer: collector.onAnswer }),
    addressesOf: (each) => book.find(each)?.addresses ?? [],
  })
  const publisher = publisherOf(peer, collector)
  const api = createInvestigator({
    clock,
    shelf,
    hunts,
    publisher,
    presences: () => book.all(),
    pullPresence: () => peer.presence.pull(),
    status: () => ({
      mesh: home.policy.mesh.id,
      meshName: home.policy.mesh.name,
      reply: {
        peer: self,
        sealing: home.key.sealing.publicKey,
        addresses: [...network.addresses()].slice(0, 8),
      },
      neighbours: network.neighbours().map((each) => each.peer),
    }),
  })
  const met = watchFirstNeighbour(peer)
  peer.start()
  // What a crash left between two steps: accepted but no hunt yet, a hunt but not accepted yet.
  for (const document of peer.restored) adopt(document)
  await sendUnsent({ clock, logger, shelf, publisher, isAccepted: (id) => peer.isAccepted(id) })
  return {
    peer,
    api,
    ready: () => met,
    async close() {
      stopChase()
      await peer.close()
    },
  }
}

const publisherOf = ({ network, intake, sync }: Peer, { onAnswer }: Collector): PublisherPorts => ({
  network,
  clock: systemClock,
  take: (bytes, door) => intake.take(bytes, door),
  onFate: (listener) => sync.onFate(listener),
  onAnswer,
  offerAgain: (id) => {
    sync.offerAgain(id)
  },
})

function adoptionOf(
  { policy }: Home,
  { network, presence, book }: Peer,
  ports: Pick<AdoptPorts, 'logger' | 'shelf' | 'hunts'>,
): ReturnType<typeof createAdoption> {
  return createAdoption({
    ...ports,
    self: network.self,
    policy,
    meant: async (target) => {
      await presence.pull()
      return meant(target, sightsOf(book.all()), systemClock.now())
    },
  })
}

/**
 * The first listening neighbour's presence list decides who is expected, so it is pulled before anything is launched. One
 * that only dials out keeps no records: meeting it alone would leave nobody expected.
 */
async function watchFirstNeighbour({ network, presence }: Peer): Promise<boolean> {
  const met = Promise.withResolvers<undefined>()
  const stopMeeting = network.onNeighbour(({ listening }) => {
    if (listening) met.resolve(undefined)
  })
  const stopWaiting = systemClock.after(FIRST_NEIGHBOUR_MS, () => {
    met.resolve(undefined)
  })
  await met.promise
  stopMeeting()
  stopWaiting()
  await presence.pull()
  return network.neighbours().length > 0
}
