/** Following a hunt on the node: ends with its last answer, whatever the number of agents, and reads the disk once. */
import { describe, expect, it } from 'vitest'
import fc from 'fast-check'
import { tally } from '../../node/core/hunt.ts'
import type { HuntEvent } from '../../node/core/investigator-api.ts'
import type { Answer } from '../../node/core/result.ts'
import { createHunts } from '../../node/investigator/hunts.ts'
import { createRoll } from '../../node/investigator/roll.ts'
import { agent, answerOf, envelopeOf, huntOf } from '../helpers/answers.ts'
import { NOW_MS } from '../helpers/documents.ts'
import { memoryRecords, silent, testClock } from '../helpers/ladder.ts'
import { openResultShelf } from '../../node/investigator/result-shelf.ts'

const LETTERS = ['1', '2', '3', '4']
const answer = fc.record({
  letter: fc.constantFrom(...LETTERS),
  status: fc.constantFrom('started', 'success', 'refused'),
  at: fc.constantFrom(NOW_MS, NOW_MS + 1),
})
const expected = fc.subarray(LETTERS)

describe('roll', () => {
  it('waits for whom the tally counts as out', () => {
    fc.assert(
      fc.property(
        expected,
        fc.array(answer),
        fc.boolean(),
        fc.boolean(),
        (letters, news, isPatient, isLate) => {
          const hunt = huntOf({
            expected: letters.map((each) => ({ peer: agent(each), name: each })),
          })
          const roll = createRoll(hunt, isPatient)
          for (const { letter, status, at } of news)
            roll.note(answerOf({ agent: agent(letter), status, at } as Partial<Answer>))
          const nowMs = isLate ? NOW_MS + 60_000 : NOW_MS
          const { counts } = tally(hunt, roll.answers(), nowMs)
          const isOut =
            counts.waiting > 0 ||
            counts.running > 0 ||
            (isPatient && counts.silent > 0) ||
            (letters.length === 0 && !isLate)
          expect(roll.waitsUntilMs(nowMs) !== undefined).toBe(isOut)
        },
      ),
    )
  })

  it('knows an answer again, and tells the final one from started at the same moment', () => {
    const roll = createRoll(huntOf(), false)
    expect(roll.note(answerOf({ status: 'started' }))).toBe(true)
    expect(roll.note(answerOf({ status: 'started' }))).toBe(false)
    expect(roll.note(answerOf())).toBe(true)
    expect(roll.note(answerOf({ status: 'started', at: NOW_MS + 1 }))).toBe(false)
    expect(roll.answers()).toEqual([answerOf()])
  })
})

it('ends with the last answer, without a timer, having read the disk once', async () => {
  let reads = 0
  const results = memoryRecords()
  const shelf = await openResultShelf({
    hunts: memoryRecords(),
    logger: silent,
    results: {
      ...results,
      entries: (prefix) => {
        if (prefix?.includes('/final/') === true) reads += 1
        return results.entries(prefix)
      },
    },
  })
  const hunt = await shelf.putHunt(huntOf())
  let tell = (_answer: Answer): void => undefined
  const hunts = createHunts({
    clock: testClock(NOW_MS),
    shelf,
    onAnswer: (listener) => {
      tell = listener
      return () => undefined
    },
  })
  await shelf.put(answerOf(), envelopeOf(answerOf()))
  const events: HuntEvent[] = []
  const signal = new AbortController().signal
  for await (const event of hunts.follow(hunt.action, { signal, isPatient: false })) {
    events.push(event)
    if (events.length === 1) {
      tell(answerOf())
      tell(answerOf({ agent: agent('2'), name: 'two' }))
    }
  }
  expect(events.map(({ type }) => type)).toEqual(['answer', 'answer', 'done'])
  expect(events.at(-1)).toMatchObject({ tally: { counts: { answered: 2 } } })
  expect(reads).toBe(1)
})
