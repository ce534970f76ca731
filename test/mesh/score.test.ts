/** Blame: eight provable lies within a minute cut a peer off; time forgives, and a clock that is put back does not accuse. */
import { beforeEach, describe, expect, it } from 'vitest'
import type { PeerId } from '../../node/core/ids.ts'
import { HOUR_MS, MINUTE_MS } from '../../node/core/time.ts'
import { createScore, type PeerScore } from '../../node/mesh/score.ts'
import { NOW_MS } from '../helpers/documents.ts'
import { NEIGHBOUR, silent, STRANGER, testClock, type TestClock } from '../helpers/ladder.ts'

let clock: TestClock
let cuts: (readonly [PeerId, number])[]
let score: PeerScore
beforeEach(() => {
  clock = testClock(NOW_MS)
  cuts = []
  const network = { cutOff: (peer: PeerId, ms: number) => void cuts.push([peer, ms]) }
  score = createScore({ clock, network, logger: silent })
})
const blame = (times: number, peer = NEIGHBOUR): void => {
  for (let count = 0; count < times; count += 1) score.penalise(peer, 'bad-signature')
}

describe('a peer', () => {
  it('is cut off for ten minutes at its eighth lie, not before', () => {
    blame(7)
    expect(cuts).toEqual([])
    blame(1)
    expect(cuts).toEqual([[NEIGHBOUR, 10 * MINUTE_MS]])
  })

  it("does not pay for another's lies", () => {
    blame(7)
    blame(7, STRANGER)
    expect(cuts).toEqual([])
  })

  it('is forgiven half of it every minute', () => {
    blame(7)
    clock.nowMs += MINUTE_MS
    blame(4)
    expect(cuts).toEqual([])
    blame(1)
    expect(cuts).toHaveLength(1)
  })

  it('that lies once a minute is never cut off', () => {
    for (let minute = 0; minute < 100; minute += 1) {
      blame(1)
      clock.nowMs += MINUTE_MS
    }
    expect(cuts).toEqual([])
  })

  it('is cut off twice as long each time, up to a day', () => {
    for (let time = 0; time < 10; time += 1) blame(8)
    const minutes = cuts.map(([, ms]) => ms / MINUTE_MS)
    expect(minutes).toEqual([10, 20, 40, 80, 160, 320, 640, 1280, 1440, 1440])
  })

  it('is not accused by a clock that is put back', () => {
    blame(1)
    clock.nowMs -= HOUR_MS
    blame(1)
    expect(cuts).toEqual([])
  })

  it('is remembered among 4,096, the longest unblamed forgotten first', () => {
    blame(7)
    for (let other = 0; other < 4095; other += 1) blame(1, `peer-${other}` as PeerId)
    blame(1)
    expect(cuts).toHaveLength(1)
    blame(7)
    for (let other = 0; other < 4096; other += 1) blame(1, `peer-${other}` as PeerId)
    blame(1)
    expect(cuts).toHaveLength(1)
  })
})
