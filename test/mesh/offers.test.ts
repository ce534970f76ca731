import { describe, expect, it } from 'vitest'
import type { EnvelopeId, PeerId } from '../../node/core/ids.ts'
import type { Door, VerifiedDocument } from '../../node/core/verified.ts'
import { createOffers, type Offers } from '../../node/mesh/offers.ts'
import { fakeClock } from '../helpers/fakes.ts'

const [SENDER, PUSHED, PLAIN, NEW, ELSEWHERE] = [
  'sender',
  'pushed',
  'plain',
  'new',
  'elsewhere',
].map((name) => name as PeerId) as [PeerId, PeerId, PeerId, PeerId, PeerId]
const DOCUMENT = { envelope: { id: 'e1' } } as VerifiedDocument
const ID = DOCUMENT.envelope.id
const fromGossip: Door = { from: SENDER, by: 'gossip' }

interface Scene {
  readonly offers: Offers
  readonly offered: PeerId[]
  passTime(): void
}

/** Everybody but `new` and `elsewhere` listens on the document's topic; gossip pushes to one of them. */
function scene(): Scene {
  const clock = fakeClock()
  const offered: PeerId[] = []
  const listening = [SENDER, PUSHED, PLAIN]
  const offers = createOffers({
    clock,
    random: { fraction: () => 0.5, bytes: (size) => new Uint8Array(size) },
    network: {
      neighbours: () => [...listening, NEW, ELSEWHERE].map((peer) => ({ peer, listening: true })),
      subscribers: (topic) => (topic === 'control' ? [...listening, ELSEWHERE] : listening),
      pushesTo: () => [SENDER, PUSHED],
    },
    topicsOf: () => ['os/linux' as never],
    offer: (peer: PeerId, id: EnvelopeId) => {
      expect(id).toBe(ID)
      offered.push(peer)
    },
  })
  return {
    offers,
    offered,
    passTime: () => {
      clock.advance(2000)
    },
  }
}

describe('offers', () => {
  it('go at once to those whom gossip does not push to, and to newcomers whose topics nobody knows', () => {
    const { offers, offered } = scene()
    offers.begin(DOCUMENT, fromGossip)
    expect(offered).toEqual([PLAIN, NEW])
  })

  it('go to the others when gossip has had its time, never to whoever brought it', () => {
    const { offers, offered, passTime } = scene()
    offers.begin(DOCUMENT, fromGossip)
    passTime()
    expect(offered).toEqual([PLAIN, NEW, PUSHED])
  })

  it('spare a neighbour that named the document meanwhile', () => {
    const { offers, offered, passTime } = scene()
    offers.begin(DOCUMENT, fromGossip)
    offers.heldBy(PUSHED, [ID])
    passTime()
    expect(offered).toEqual([PLAIN, NEW])
  })

  it('wait for nothing when sync brought the document, which gossip does not push on', () => {
    const { offers, offered } = scene()
    offers.begin(DOCUMENT, { from: SENDER, by: 'sync' })
    expect(offered).toEqual([PUSHED, PLAIN, NEW])
  })

  it('of an own document reach every neighbour, soon after it was pushed to all who listen', () => {
    const { offers, offered, passTime } = scene()
    offers.begin(DOCUMENT, 'own')
    expect(offered).toEqual([NEW, ELSEWHERE])
    passTime()
    expect(offered).toEqual([NEW, ELSEWHERE, SENDER, PUSHED, PLAIN])
  })

  it('end with the node', () => {
    const { offers, offered, passTime } = scene()
    offers.begin(DOCUMENT, 'own')
    offers.close()
    passTime()
    offers.begin(DOCUMENT, fromGossip)
    expect(offered).toEqual([NEW, ELSEWHERE])
  })
})
