/** When the courier visits whom, and what one bad answer does to the others. */
import { describe, expect, it } from 'vitest'
import { createCourier } from '../../node/agent/courier.ts'
import { openOutbox } from '../../node/agent/outbox.ts'
import type { Neighbour, PeerStream } from '../../node/core/ports.ts'
import type { PeerId } from '../../node/core/ids.ts'
import {
  decodeFrame,
  encodeFrame,
  type ResultHeader,
  resultHeader,
  type ResultReply,
} from '../../node/core/wire.ts'
import { until } from '../helpers/until.ts'
import { action, fakeClock, fakeLogger, fakeRecords, node } from '../helpers/fakes.ts'

const HOUR_MS = 3_600_000

/** What an investigator's node says to a header; a throw breaks the stream. */
type Answers = (
  header: ResultHeader,
  visit: number,
  peer: PeerId,
) => ResultReply | Promise<ResultReply>

async function openWorld(answers: Answers, trusted: readonly PeerId[] = []) {
  const [clock, logger, records] = [fakeClock(), fakeLogger(), fakeRecords()]
  const outbox = await openOutbox({ records, clock, logger })
  const sent: string[] = []
  const settled: string[] = []
  let visits = 0
  let meet: (neighbour: Neighbour) => void = () => undefined
  const open = (peer: PeerId): Promise<PeerStream> => {
    const visit = (visits += 1)
    let next: Promise<Uint8Array> | undefined
    const aborted = Promise.withResolvers<never>()
    return Promise.resolve({
      peer,
      write(frame) {
        const header = decodeFrame(resultHeader, frame)
        sent.push(header.action.slice(0, 1))
        next = (async () =>
          encodeFrame(await Promise.race([answers(header, visit, peer), aborted.promise])))()
        next.catch(() => undefined)
        return Promise.resolve()
      },
      read: () => next!,
      close: () => Promise.resolve(),
      abort: (reason) => {
        aborted.reject(new Error(reason))
      },
    })
  }
  const courier = createCourier({
    network: {
      self: node(3).peer,
      open,
      onNeighbour: (listener) => {
        meet = listener
        return () => undefined
      },
    },
    clock,
    random: { fraction: () => 0.5 },
    logger,
    outbox,
    isTrusted: (peer) => trusted.includes(peer),
    addressesOf: () => [],
    locate: () => Promise.resolve([]),
    onSettled: (item, _peer, how) => {
      settled.push(`${item.action.slice(0, 1)} ${how}`)
      return Promise.resolve()
    },
  })
  return {
    clock,
    logger,
    outbox,
    records,
    courier,
    sent,
    settled,
    visits: () => visits,
    meet: () => {
      meet({ peer: node(0).peer, listening: true })
    },
    put: (digit: string, waiting = [node(0)]) =>
      outbox.put(
        {
          action: action(digit),
          isFinal: true,
          waiting,
          notBeforeMs: 0,
          expiresAtMs: clock.now() + 10 * HOUR_MS,
        },
        new Uint8Array(10),
      ),
  }
}

const ack = ({ digest }: ResultHeader): ResultReply => ({ type: 'ack', digest })

describe('a courier', () => {
  it('delivers the rest to a node that is busy for one answer', async () => {
    let isBusy = true
    const world = await openWorld((header) =>
      isBusy && header.action === action('1') ? { type: 'busy', retryAfterMs: 1000 } : ack(header),
    )
    for (const digit of ['1', '2', '3']) await world.put(digit)
    world.courier.wake([node(0)])
    world.clock.advance(0)
    await until(() => world.settled.length === 2)
    expect(world.settled).toEqual(['2 delivered', '3 delivered'])
    isBusy = false
    await until(() => world.clock.pending() === 2)
    world.clock.advance(1000)
    await until(() => world.settled.length === 3)
    expect(world.visits()).toBe(2)
  })

  it('spares a node that is busy for everything, and does not starve what it would take', async () => {
    const world = await openWorld((header) =>
      header.action === action('ff') ? ack(header) : { type: 'busy', retryAfterMs: 9000 },
    )
    for (let index = 16; index < 36; index += 1) await world.put(index.toString(16))
    await world.put('ff')
    world.courier.wake([node(0)])
    world.clock.advance(0)
    await until(() => world.sent.length === 16 && world.clock.pending() === 2)
    world.clock.advance(0)
    await until(() => world.settled.length === 1)
    expect(world.visits()).toBe(2)
    expect(world.sent).toHaveLength(21)
  })

  it('sends an answer over which the stream broke last', async () => {
    const world = await openWorld((header) => {
      if (header.action === action('1')) throw new Error('reset')
      return ack(header)
    })
    for (const digit of ['1', '2', '3']) await world.put(digit)
    world.courier.wake([node(0)])
    world.clock.advance(0)
    await until(() => world.logger.events.includes('answer-waits'))
    world.clock.advance(1000)
    await until(() => world.settled.length === 2)
    expect(world.sent).toEqual(['1', '2', '3', '1'])
  })

  it('visits again at once when it was woken in the middle of a visit that failed', async () => {
    const fails = Promise.withResolvers<ResultReply>()
    const world = await openWorld((header, visit) => (visit === 1 ? fails.promise : ack(header)))
    await world.put('1')
    world.courier.wake([node(0)])
    world.clock.advance(0)
    await until(() => world.sent.length === 1)
    world.meet()
    world.clock.advance(0)
    fails.reject(new Error('reset'))
    await until(() => world.logger.events.includes('answer-waits'))
    await until(() => world.clock.pending() === 2)
    world.clock.advance(0)
    await until(() => world.settled.length === 1)
  })

  describe('while hundreds of nodes take a stream and stay silent', () => {
    const silent = Array.from({ length: 400 }, (_, index) => ({
      ...node(1),
      peer: `12D3KooW${String(index).padEnd(44, 'b')}` as PeerId,
    }))
    const flooded = async (trusted: readonly PeerId[]) => {
      const world = await openWorld(
        (header, _, peer) => (peer === node(0).peer ? ack(header) : new Promise(() => undefined)),
        trusted,
      )
      for (let at = 0; at < silent.length; at += 4) {
        const waiting = silent.slice(at, at + 4)
        await world.put((16 + at / 4).toString(16).padStart(4, '0'), waiting)
        world.courier.wake(waiting)
      }
      world.clock.advance(0)
      await until(() => world.sent.length === 4)
      await world.put('f')
      world.courier.wake([node(0)])
      world.clock.advance(0)
      return world
    }

    it('visits a node that the policy names at once', async () => {
      const world = await flooded([node(0).peer])
      await until(() => world.settled.length === 1)
      expect(world.visits()).toBe(5)
    })

    it('visits another in its turn, and gives each silent one 15 s', async () => {
      const world = await flooded([])
      for (let turn = 1; turn <= 100; turn += 1) {
        await until(() => world.sent.length >= Math.min(401, 4 * turn))
        world.clock.advance(15_000)
      }
      await until(() => world.settled.length === 1)
      world.courier.close()
    })
  })

  it('gives others their turn when a node takes its time over each answer', async () => {
    const world = await openWorld((header) => {
      world.clock.advance(14_000)
      return ack(header)
    })
    for (let index = 16; index < 26; index += 1) await world.put(index.toString(16))
    world.courier.wake([node(0)])
    world.clock.advance(0)
    await until(() => world.settled.length === 5 && world.clock.pending() === 2)
    expect(world.visits()).toBe(1)
    world.clock.advance(0)
    await until(() => world.settled.length === 10)
    expect(world.visits()).toBe(2)
  })

  it('calls what a node does not want by its name', async () => {
    const world = await openWorld(() => ({ type: 'unwanted', reason: 'agent revoked' }))
    await world.put('1')
    world.courier.wake([node(0)])
    world.clock.advance(0)
    await until(() => world.settled.length === 1)
    expect(world.settled).toEqual(['1 unwanted'])
    expect(world.logger.events).toContain('answer-not-wanted')
    expect(world.outbox.recipients()).toEqual([])
  })

  it('gives up an answer whose record is damaged', async () => {
    const world = await openWorld(ack)
    await world.put('1')
    world.records.data.clear()
    world.courier.wake([node(0)])
    world.clock.advance(0)
    await until(() => world.outbox.recipients().length === 0)
    expect(world.sent).toEqual([])
  })

  it('sweeps what nobody fetched in time', async () => {
    const world = await openWorld(() => ({ type: 'busy', retryAfterMs: 3_600_000 }))
    await world.put('1')
    world.clock.advance(0)
    for (let hour = 0; hour <= 11; hour += 1) {
      await until(() => world.clock.pending() > 0)
      world.clock.advance(HOUR_MS)
    }
    await until(() => world.outbox.recipients().length === 0)
    expect(world.logger.events).toContain('answer-never-fetched')
  })

  it('begins nothing after it was closed, not even when a visit ends later', async () => {
    const late = Promise.withResolvers<ResultReply>()
    const world = await openWorld(() => late.promise)
    await world.put('1')
    world.courier.wake([node(0)])
    world.clock.advance(0)
    await until(() => world.sent.length === 1)
    world.courier.close()
    late.resolve({ type: 'busy', retryAfterMs: 5 })
    await new Promise((resolve) => setImmediate(resolve))
    world.courier.wake([node(0)])
    expect(world.clock.pending()).toBe(0)
  })
})
