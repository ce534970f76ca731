/** The budget: how many signatures are checked for whom, so that no stranger, and not all of them together, buys our time. */
import { beforeEach, describe, expect, it } from 'vitest'
import type { PeerId } from '../../node/core/ids.ts'
import { HOUR_MS, SECOND_MS } from '../../node/core/time.ts'
import {
  createVerificationBudget,
  type VerificationBudget,
} from '../../node/mesh/verification-budget.ts'
import { NOW_MS } from '../helpers/documents.ts'
import { NEIGHBOUR, STRANGER, testClock, type TestClock } from '../helpers/ladder.ts'

let clock: TestClock
let budget: VerificationBudget
beforeEach(() => {
  clock = testClock(NOW_MS)
  budget = createVerificationBudget(clock)
})
/** How many checks the peer gets right now. */
const drain = (peer: PeerId): number => {
  let count = 0
  while (budget.take(peer, 1)) count += 1
  return count
}
const stranger = (index: number): PeerId => `stranger-${index}` as PeerId

describe('a peer', () => {
  it('gets 400 checks at once and 200 a second', () => {
    expect(drain(NEIGHBOUR)).toBe(400)
    clock.nowMs += SECOND_MS
    expect(drain(NEIGHBOUR)).toBe(200)
    clock.nowMs += HOUR_MS
    expect(drain(NEIGHBOUR)).toBe(400)
  })

  it('gets all the checks of a document or none', () => {
    drain(NEIGHBOUR)
    clock.nowMs += 50
    expect(budget.take(NEIGHBOUR, 11)).toBe(false)
    expect(budget.take(NEIGHBOUR, 10)).toBe(true)
  })

  it('gets none for a clock that is put back, and loses none for it', () => {
    drain(NEIGHBOUR)
    clock.nowMs -= HOUR_MS
    expect(drain(NEIGHBOUR)).toBe(0)
    clock.nowMs += SECOND_MS
    expect(drain(NEIGHBOUR)).toBe(200)
  })

  it('pays nothing for what is good', () => {
    for (let count = 0; count < 10_000; count += 1) {
      expect(budget.take(NEIGHBOUR, 16)).toBe(true)
      budget.reward(NEIGHBOUR, 16)
    }
    expect(drain(NEIGHBOUR)).toBe(400)
  })

  it('begins anew after it was forgotten, as a stranger', () => {
    drain(NEIGHBOUR)
    budget.forget(NEIGHBOUR)
    expect(drain(NEIGHBOUR)).toBe(400)
  })
})

describe('strangers', () => {
  it('get no more together than 800 at once and 400 a second, however many they are', () => {
    const all = (): number =>
      Array.from({ length: 50 }, (_, index) => drain(stranger(index))).reduce((a, b) => a + b, 0)
    expect(all()).toBe(800)
    clock.nowMs += SECOND_MS
    expect(all()).toBe(400)
  })

  it('cannot use up what established peers need', () => {
    budget.take(NEIGHBOUR, 1)
    budget.reward(NEIGHBOUR, 1)
    for (let index = 0; index < 50; index += 1) drain(stranger(index))
    expect(budget.take(STRANGER, 1)).toBe(false)
    expect(drain(NEIGHBOUR)).toBe(400)
  })

  it('cannot get a fresh budget by coming back', () => {
    let sum = 0
    for (let time = 0; time < 20; time += 1) {
      sum += drain(STRANGER)
      budget.forget(STRANGER)
    }
    expect(sum).toBe(800)
  })
})
