/** Who is here: records left with neighbours and pulled from them, and neighbours that never come to an end. */
import { setImmediate } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import type { PeerId } from '../../node/core/ids.ts'
import type { Network, PeerStream } from '../../node/core/ports.ts'
import {
  decodeFrame,
  encodeFrame,
  type PresenceReply,
  type PresenceRequest,
  presenceRequest,
} from '../../node/core/wire.ts'
import { createPresence, type PresenceService } from '../../node/mesh/presence.ts'
import { NEIGHBOUR, silent, testClock } from '../helpers/ladder.ts'
import { AGENT, MESH, NOW_MS } from '../helpers/documents.ts'

interface Here {
  readonly presence: PresenceService
  readonly asked: PresenceRequest[]
  readonly clock: ReturnType<typeof testClock>
  /** The neighbour goes and comes again. */
  reconnect(): void
  changeAddresses(): void
}

type Answering = (request: PresenceRequest) => PresenceReply | Promise<PresenceReply>

/** One node with one neighbour that answers as told. */
function open(answer: Answering): Here {
  const asked: PresenceRequest[] = []
  const clock = testClock(NOW_MS)
  let gone: (peer: PeerId) => void = () => undefined
  let moved = (): void => undefined
  const network = {
    neighbours: () => [{ peer: NEIGHBOUR, listening: true }],
    onNeighbour: () => () => undefined,
    onGone: (listener: typeof gone) => {
      gone = listener
      return () => undefined
    },
    onAddresses: (listener: () => void) => {
      moved = listener
      return () => undefined
    },
    handle: () => undefined,
    open: () => Promise.resolve(streamTo(answer, asked)),
  } as unknown as Network
  const book = { keep: () => Promise.resolve() } as unknown as Parameters<
    typeof createPresence
  >[0]['book']
  const presence = createPresence({
    network,
    clock,
    logger: silent,
    book,
    signatures: { sign: () => new Uint8Array(64), verify: () => true },
    score: { penalise: () => undefined },
    describe: () =>
      Promise.resolve({
        mesh: MESH,
        peer: AGENT as PeerId,
        role: 'investigator',
        at: NOW_MS,
        addresses: [],
      }),
  })
  return {
    presence,
    asked,
    clock,
    reconnect: () => {
      gone(NEIGHBOUR)
    },
    changeAddresses: () => {
      moved()
    },
  }
}

function streamTo(answer: Answering, asked: PresenceRequest[]): PeerStream {
  const replies: Promise<Uint8Array>[] = []
  return {
    peer: NEIGHBOUR,
    read: async () => replies.shift(),
    write(frame) {
      const request = decodeFrame(presenceRequest, frame)
      asked.push(request)
      replies.push(Promise.resolve(answer(request)).then(encodeFrame))
      return Promise.resolve()
    },
    close: () => Promise.resolve(),
    abort: () => undefined,
  }
}

const page = (cursor: number, more: boolean): PresenceReply => ({
  type: 'records',
  envelopes: ['{}'],
  cursor,
  more,
})

describe('a pull', () => {
  it('goes on page by page from where it was', async () => {
    const here = open((request) =>
      request.type === 'pull' ? page(request.cursor + 10, request.cursor < 20) : { type: 'kept' },
    )
    await here.presence.pull()
    here.clock.nowMs += 60_000
    await here.presence.pull()
    expect(here.asked.map((each) => each.type === 'pull' && each.cursor)).toEqual([0, 10, 20, 30])
  })

  it.each([7, 0])('ends with a neighbour whose list goes nowhere: always %i', async (cursor) => {
    const here = open(() => page(cursor, true))
    await here.presence.pull()
    expect(here.asked.length).toBeLessThanOrEqual(2)
  })

  it('that comes while another is under way ends with it', async () => {
    const list = Promise.withResolvers<PresenceReply>()
    const here = open(() => list.promise)
    let ended = 0
    const pulls = [1, 2].map(() => here.presence.pull().then(() => (ended += 1)))
    // Whatever waits for no neighbour has had its turn when this one comes.
    await setImmediate()
    expect(ended).toBe(0)
    list.resolve(page(1, false))
    await Promise.all(pulls)
    expect(here.asked).toHaveLength(1)
  })

  it('begins anew with a neighbour that came back', async () => {
    const here = open(() => page(50, false))
    await here.presence.pull()
    here.reconnect()
    await here.presence.pull()
    expect(here.asked).toEqual(Array(2).fill({ type: 'pull', cursor: 0 }))
  })
})

describe('the own record', () => {
  it('is left again when the addresses of this node have changed', async () => {
    const left = Promise.withResolvers<undefined>()
    const here = open(() => {
      left.resolve(undefined)
      return { type: 'kept' }
    })
    here.changeAddresses()
    await left.promise
    expect(here.asked.map(({ type }) => type)).toEqual(['leave'])
  })

  it('is left with nobody once the node closes', async () => {
    const here = open(() => ({ type: 'kept' }))
    here.presence.close()
    await here.presence.renew()
    expect(here.asked).toEqual([])
  })
})
