/** How every known target of a hunt stands, and when nobody is waited for any more. */
import { describe, expect, it } from 'vitest'
import { type HuntRecord, isSettled, silenceAtMs, tally } from '../../node/core/hunt.ts'
import type { DocumentId, PeerId } from '../../node/core/ids.ts'
import type { Answer } from '../../node/core/result.ts'
import { AGENT, MESH, NOW_MS } from '../helpers/documents.ts'

const peer = (last: string): PeerId => `${AGENT.slice(0, -1)}${last}` as PeerId
const hunt: HuntRecord = {
  action: 'a'.repeat(64) as DocumentId,
  name: 'n',
  target: 'true',
  launchedAtMs: NOW_MS,
  expireafter: NOW_MS + 60_000,
  answerwithin: 1000,
  expected: [
    { peer: peer('1'), name: 'one' },
    { peer: peer('2'), name: 'two' },
  ],
  envelope: '',
}
const operation = {
  module: 'file',
  status: 'success',
  foundanything: false,
  success: true,
  elements: null,
  statistics: null,
  errors: [] as string[],
} as const
const answer = (agent: PeerId, change: Partial<Answer>): Answer => ({
  mesh: MESH,
  action: hunt.action,
  agent,
  name: 'renamed',
  status: 'success',
  at: NOW_MS,
  results: [operation],
  ...change,
})
const before = silenceAtMs(hunt) - 1
const after = silenceAtMs(hunt)

describe('silenceAtMs', () => {
  it('counts from the moment agents may begin, not from an earlier launch', () => {
    const later = { ...hunt, validfrom: NOW_MS + 30_000 }
    expect(silenceAtMs(later) - silenceAtMs(hunt)).toBe(30_000)
    expect(silenceAtMs({ ...hunt, validfrom: NOW_MS - 30_000 })).toBe(silenceAtMs(hunt))
    const waiting = tally(later, [], silenceAtMs(hunt))
    expect(waiting.counts).toMatchObject({ waiting: 2, silent: 0 })
  })
})

describe('a target', () => {
  it.each([
    ['success', 'answered'],
    ['started', 'running'],
    ['refused', 'refused'],
    ['timeout', 'timed-out'],
    ['cancelled', 'cancelled'],
    ['failed', 'failed'],
    ['interrupted', 'failed'],
    ['expired', 'failed'],
  ] as const)('that answered %s is %s, early or late', (status, state) => {
    for (const nowMs of [before, after]) {
      const now = tally(hunt, [answer(peer('1'), { status })], nowMs)
      expect(now.targets[0]).toMatchObject({ peer: peer('1'), name: 'renamed', state })
    }
  })

  it('that said nothing is waited for until answerwithin and 5 s, and is silent then', () => {
    expect(after).toBe(NOW_MS + 1000 + 5000)
    expect(tally(hunt, [], before).counts).toMatchObject({ waiting: 2, silent: 0 })
    expect(tally(hunt, [], after).counts).toMatchObject({ waiting: 0, silent: 2 })
  })

  it('that said nothing and answers after all is answered', () => {
    const now = tally(hunt, [answer(peer('2'), {})], after)
    expect(now.counts).toMatchObject({ silent: 1, answered: 1 })
  })

  it('that nobody expected counts too', () => {
    const now = tally(hunt, [answer(peer('3'), {})], before)
    expect(now.targets.map(({ state }) => state)).toEqual(['waiting', 'waiting', 'answered'])
  })

  it("says why, in the agent's words and the failed operations'", () => {
    const failed = { ...operation, success: false, errors: ['no such file', 'and more'] }
    const now = tally(
      hunt,
      [
        answer(peer('1'), { status: 'failed', detail: 'it broke', results: [operation, failed] }),
        answer(peer('2'), { status: 'refused', reason: 'over-ceiling', results: [] }),
      ],
      before,
    )
    expect(now.targets.map(({ detail }) => detail)).toEqual([
      'it broke: no such file',
      'over-ceiling',
    ])
  })

  it('found something when one of its operations did', () => {
    const found = { ...operation, foundanything: true }
    const now = tally(hunt, [answer(peer('1'), { results: [operation, found] })], before)
    expect(now.found).toBe(1)
    expect(now.targets.map((each) => each.found)).toEqual([true, false])
  })
})

it('counts who answered whole and had something to say beside', () => {
  const remark = { ...operation, errors: ['no such log was found'] }
  const broken = { ...remark, success: false, status: 'failed' as const }
  const answers = [
    answer(peer('1'), { results: [operation, remark] }),
    answer(peer('2'), {}),
    answer(peer('3'), { status: 'failed', results: [broken] }),
  ]
  expect(tally(hunt, answers, before).remarked).toBe(1)
})

describe('a hunt', () => {
  it('is settled when nobody is waited for and nobody runs', () => {
    const one = answer(peer('1'), {})
    const running = answer(peer('2'), { status: 'started' })
    expect(isSettled(tally(hunt, [one], before))).toBe(false)
    expect(isSettled(tally(hunt, [one, running], after))).toBe(false)
    expect(isSettled(tally(hunt, [one], after))).toBe(true)
    expect(isSettled(tally({ ...hunt, expected: [] }, [], before))).toBe(true)
  })

  it('counts every target once', () => {
    const answers = [answer(peer('1'), {}), answer(peer('3'), { status: 'refused' })]
    const { counts, targets } = tally(hunt, answers, after)
    const sum = Object.values(counts).reduce((total, count) => total + count, 0)
    expect(sum).toBe(targets.length)
    expect(sum).toBe(3)
  })
})
