/** What waits in the outbox, through acknowledgements, restarts and a full disk. */
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { type Outbox, openOutbox } from '../../node/agent/outbox.ts'
import {
  action,
  type FakeRecords,
  fakeClock,
  fakeLogger,
  fakeRecords,
  node,
} from '../helpers/fakes.ts'

const DAY_MS = 86_400_000
const bytes = (size: number): Uint8Array => new Uint8Array(size).fill(7)

function open(records: FakeRecords, options: { sizeLimit?: number } = {}) {
  const clock = fakeClock()
  const logger = fakeLogger()
  const outbox = openOutbox({ records, clock, logger, ...options })
  return { clock, logger, outbox }
}

const item = (digit: string, isFinal = true, nodes = [0]) => ({
  action: action(digit),
  isFinal,
  waiting: nodes.map(node),
  notBeforeMs: 0,
  expiresAtMs: 1_000_000 + DAY_MS,
})

const waits = (outbox: Outbox, index: number): readonly string[] =>
  outbox.waitingFor(node(index).peer).map(({ key }) => key.slice(63))

describe('an outbox', () => {
  it('holds an answer until every node has it, over restarts', async () => {
    const records = fakeRecords()
    const outbox = await open(records).outbox
    await outbox.put(item('1', true, [0, 1, 2]), bytes(100))
    const [held] = outbox.waitingFor(node(0).peer)
    await outbox.settle(held!, node(0).peer)
    await outbox.settle(held!, node(1).peer)
    const again = await open(records).outbox
    expect([0, 1, 2].map((index) => waits(again, index))).toEqual([[], [], ['1:final']])
    expect(await again.read(held!)).toEqual(Buffer.from(bytes(100)))
    await again.settle(held!, node(2).peer)
    expect([...records.data.keys()]).toEqual([])
  })

  it('does not write the answer again for an acknowledgement', async () => {
    const records = fakeRecords()
    const outbox = await open(records).outbox
    await outbox.put(item('1', true, [0, 1]), bytes(1_000_000))
    const before = records.written()
    await outbox.settle(outbox.waitingFor(node(0).peer)[0]!, node(0).peer)
    expect(records.written() - before).toBeLessThan(1000)
  })

  it('loses no acknowledgement when several come at once', async () => {
    const records = fakeRecords()
    // A disk that takes the first of two writes later than the second.
    let waitMs = 30
    const put = async (key: string, value: Uint8Array): Promise<void> => {
      if (key.endsWith(':rest')) await sleep((waitMs -= 10))
      await records.put(key, value)
    }
    const outbox = await open({ ...records, put }).outbox
    await outbox.put(item('1', true, [0, 1, 2, 3]), bytes(10))
    const [held] = outbox.waitingFor(node(0).peer)
    await Promise.all([0, 1, 2].map((index) => outbox.settle(held!, node(index).peer)))
    const again = await open(records).outbox
    expect([0, 1, 2, 3].map((index) => waits(again, index))).toEqual([[], [], [], ['1:final']])
    await Promise.all([again.settle(held!, node(3).peer), again.settle(held!, node(0).peer)])
    expect([...records.data.keys()]).toEqual([])
  })

  it('clears away who is still to get an answer that is gone', async () => {
    const records = fakeRecords()
    const outbox = await open(records).outbox
    await outbox.put(item('1', true, [0, 1]), bytes(10))
    await outbox.settle(outbox.waitingFor(node(0).peer)[0]!, node(0).peer)
    records.data.delete(`${action('1')}:final`)
    await open(records).outbox
    expect([...records.data.keys()]).toEqual([])
  })

  it('lets the final answer take the place of `started`, and never the other way', async () => {
    const outbox = await open(fakeRecords()).outbox
    await outbox.put(item('1', false), bytes(1))
    expect(waits(outbox, 0)).toEqual(['1:started'])
    await Promise.all([outbox.put(item('1'), bytes(2)), outbox.put(item('1', false), bytes(3))])
    expect(waits(outbox, 0)).toEqual(['1:final'])
  })

  it('keeps the first final answer', async () => {
    const outbox = await open(fakeRecords()).outbox
    await Promise.all([outbox.put(item('1'), bytes(2)), outbox.put(item('1'), bytes(3))])
    expect(outbox.waitingFor(node(0).peer).map(({ size }) => size)).toEqual([2])
  })

  it('drops, loudly, what is too old', async () => {
    const records = fakeRecords()
    const { clock, logger, outbox: opening } = open(records)
    const outbox = await opening
    await outbox.put(item('1'), bytes(1))
    await outbox.dropExpired()
    expect(waits(outbox, 0)).toHaveLength(1)
    clock.advance(2 * DAY_MS)
    await outbox.dropExpired()
    expect([waits(outbox, 0), [...records.data.keys()]]).toEqual([[], []])
    expect(logger.events).toEqual(['answer-never-fetched'])
  })

  it('makes room, loudly, for answers that come together', async () => {
    const records = fakeRecords()
    const { logger, outbox: opening } = open(records, { sizeLimit: 10 })
    const outbox = await opening
    await outbox.put(item('1'), bytes(6))
    await Promise.all([outbox.put(item('2'), bytes(5)), outbox.put(item('3'), bytes(5))])
    expect(waits(outbox, 0).toSorted()).toEqual(['2:final', '3:final'])
    expect(logger.events).toEqual(['outbox-full-answer-dropped'])
  })

  it('does not count what the disk refused', async () => {
    const records = fakeRecords()
    const { logger, outbox: opening } = open(records, { sizeLimit: 10 })
    const outbox = await opening
    records.fail(1)
    await expect(outbox.put(item('1'), bytes(8))).rejects.toThrow('ENOSPC')
    await outbox.put(item('2'), bytes(8))
    expect(waits(outbox, 0)).toEqual(['2:final'])
    expect(logger.events).toEqual([])
  })
})
