/** What stands of an agent's answers, whatever comes at once, twice, late, or against itself. */
import { describe, expect, it } from 'vitest'
import { openResultShelf, type ResultShelf } from '../../node/investigator/result-shelf.ts'
import { ACTION, agent, answerOf, envelopeOf, huntOf, slowRecords } from '../helpers/answers.ts'
import { memoryRecords, silent } from '../helpers/ladder.ts'
import type { Answer } from '../../node/core/result.ts'

const openShelf = (results = slowRecords(), hunts = slowRecords()): Promise<ResultShelf> =>
  openResultShelf({ hunts, results, logger: silent })
const put = (shelf: ResultShelf, answer: Answer): Promise<string> =>
  shelf.put(answer, envelopeOf(answer))
const one = answerOf()
const other = answerOf({ status: 'failed', detail: 'it says otherwise now' })
const third = answerOf({ status: 'timeout' })

describe('an answer', () => {
  it('that comes over two streams at once is new once', async () => {
    const shelf = await openShelf()
    const shelved = await Promise.all([put(shelf, one), put(shelf, one), put(shelf, one)])
    expect(shelved).toEqual(['new', 'known', 'known'])
    expect(await shelf.envelopes(ACTION)).toHaveLength(1)
  })

  it('that differs from one still being written is a conflict; the first stands', async () => {
    const shelf = await openShelf()
    expect(await Promise.all([put(shelf, one), put(shelf, other)])).toEqual(['new', 'conflict'])
    expect((await shelf.answers(ACTION)).map(({ status }) => status)).toEqual(['success'])
    expect(await shelf.conflicts(ACTION)).toHaveLength(1)
  })

  it('does not wait for those of other agents', async () => {
    const gate = Promise.withResolvers<undefined>()
    const records = memoryRecords()
    const results = {
      ...records,
      async put(key: string, value: Uint8Array) {
        if (key.endsWith(agent('1'))) await gate.promise
        return records.put(key, value)
      },
    }
    const shelf = await openShelf(results)
    const first = put(shelf, one)
    expect(await put(shelf, answerOf({ agent: agent('2') }))).toBe('new')
    gate.resolve(undefined)
    expect(await first).toBe('new')
  })

  it('that could not be written can be written when it comes again', async () => {
    const records = memoryRecords()
    let isFull = true
    const shelf = await openShelf({
      ...records,
      put: (key, value) =>
        isFull ? Promise.reject(new Error('no space')) : records.put(key, value),
    })
    await expect(put(shelf, one)).rejects.toThrow('no space')
    isFull = false
    expect(await put(shelf, one)).toBe('new')
  })
})

describe('started', () => {
  const started = answerOf({ status: 'started' })

  it('is refused once the final answer is here, or on its way to disk', async () => {
    const results = memoryRecords()
    const shelf = await openShelf(slowRecords(results))
    expect(await Promise.all([put(shelf, one), put(shelf, started)])).toEqual(['new', 'known'])
    expect(await put(shelf, started)).toBe('known')
    expect(await Array.fromAsync(results.keys(`${ACTION}/started/`))).toEqual([])
  })

  it('stands until the final answer comes', async () => {
    const shelf = await openShelf()
    expect(await Promise.all([put(shelf, started), put(shelf, started)])).toEqual(['new', 'known'])
    expect((await shelf.answers(ACTION)).map(({ status }) => status)).toEqual(['started'])
    expect(await put(shelf, one)).toBe('new')
    expect((await shelf.answers(ACTION)).map(({ status }) => status)).toEqual(['success'])
  })
})

describe('conflicts', () => {
  it('are kept apart, each once', async () => {
    const shelf = await openShelf()
    await put(shelf, one)
    const shelved = await Promise.all([other, third, other].map((each) => put(shelf, each)))
    expect(shelved).toEqual(['conflict', 'conflict', 'known'])
    expect(await shelf.conflicts(ACTION)).toHaveLength(2)
  })

  it('of one agent do not fill the disk', async () => {
    const shelf = await openShelf()
    for (let at = 0; at < 20; at += 1)
      await put(shelf, answerOf({ status: 'failed', detail: String(at) }))
    expect(await shelf.conflicts(ACTION)).toHaveLength(8)
  })
})

describe('a hunt', () => {
  it('is there once it is on disk, and the first record of it stands', async () => {
    const hunts = memoryRecords()
    const shelf = await openShelf(memoryRecords(), slowRecords(hunts))
    const first = shelf.putHunt(huntOf())
    expect(shelf.hunt(ACTION)).toBeUndefined()
    const second = shelf.putHunt(huntOf({ expected: [] }))
    expect((await first).expected).toHaveLength(2)
    expect((await second).expected).toHaveLength(2)
    expect((await openShelf(memoryRecords(), hunts)).hunt(ACTION)).toEqual(huntOf())
  })

  it('knows who has ended', async () => {
    const shelf = await openShelf()
    await put(shelf, answerOf({ status: 'started' }))
    expect(await shelf.ended(ACTION)).toEqual(new Set())
    await put(shelf, one)
    await put(shelf, answerOf({ agent: agent('2') }))
    expect(await shelf.ended(ACTION)).toEqual(new Set([agent('1'), agent('2')]))
  })
})
