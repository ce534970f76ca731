/** How much of what is ignored here a peer may bring, and what the log says of it. */
import { beforeEach, describe, expect, it } from 'vitest'
import type { PeerId } from '../../node/core/ids.ts'
import { HOUR_MS, SECOND_MS } from '../../node/core/time.ts'
import { ignore } from '../../node/core/verdict.ts'
import { createPatience, type Patience } from '../../node/mesh/patience.ts'
import { type FakeClock, fakeClock } from '../helpers/fakes.ts'
import { NEIGHBOUR, STRANGER } from '../helpers/ladder.ts'

let clock: FakeClock
let lines: [string, Record<string, unknown>][]
let patience: Patience
beforeEach(() => {
  clock = fakeClock()
  lines = []
  const log = (event: string, data: Record<string, unknown> = {}): void =>
    void lines.push([event, data])
  patience = createPatience({ clock, logger: { log } })
})

/** How many documents of this peer are read right now, all of them ignored. */
const drain = (by: 'gossip' | 'sync', from: PeerId = NEIGHBOUR): number => {
  let count = 0
  for (; patience.hasLeft({ from, by }); count += 1) patience.spend({ from, by })
  return count
}

describe('a peer whose documents are ignored', () => {
  it('is read 100 times at once and twice a second when it gossips', () => {
    expect(drain('gossip')).toBe(100)
    clock.advance(SECOND_MS)
    expect(drain('gossip')).toBe(2)
    clock.advance(HOUR_MS)
    expect(drain('gossip')).toBe(100)
  })

  it('is still heard by sync, 8,192 times at once, and takes nothing from others', () => {
    drain('gossip')
    expect(drain('sync')).toBe(8192)
    expect(drain('gossip', STRANGER)).toBe(100)
  })

  it('is remembered until 4,096 others have come', () => {
    drain('gossip')
    const others = Array.from({ length: 4096 }, (_, index) => `peer-${index}` as PeerId)
    for (const from of others.slice(1)) patience.hasLeft({ from, by: 'gossip' })
    expect(patience.hasLeft({ from: NEIGHBOUR, by: 'gossip' })).toBe(false)
    for (const from of others) patience.hasLeft({ from, by: 'gossip' })
    expect(patience.hasLeft({ from: NEIGHBOUR, by: 'gossip' })).toBe(true)
  })
})

describe('the log', () => {
  const refuse = (times: number): void => {
    for (let count = 0; count < times; count += 1)
      patience.log(ignore('expired'), { from: NEIGHBOUR, by: 'sync' })
  }

  it('names each refusal', () => {
    patience.log(ignore('unknown-signer', 'ff'), { from: NEIGHBOUR, by: 'gossip' })
    const data = { verdict: 'ignore', code: 'unknown-signer', detail: 'ff', from: NEIGHBOUR }
    expect(lines).toEqual([['document-refused', data]])
  })

  it('counts a flood, and tells of it once in ten seconds', () => {
    refuse(1100)
    expect(lines).toHaveLength(100)
    clock.advance(9 * SECOND_MS)
    expect(lines).toHaveLength(100)
    clock.advance(SECOND_MS)
    expect(lines.slice(100)).toEqual([['documents-refused', { count: 1000, from: NEIGHBOUR }]])
    clock.advance(HOUR_MS)
    expect(lines).toHaveLength(101)
    refuse(101)
    clock.advance(10 * SECOND_MS)
    expect(lines.at(-1)).toEqual(['documents-refused', { count: 1, from: NEIGHBOUR }])
  })

  it('counts what is dropped unread', () => {
    drain('gossip')
    for (let count = 0; count < 500; count += 1) patience.hasLeft({ from: NEIGHBOUR, by: 'gossip' })
    clock.advance(10 * SECOND_MS)
    expect(lines).toEqual([['documents-refused', { count: 501, from: NEIGHBOUR }]])
  })

  it('names every refusal of what this node itself brings', () => {
    for (let count = 0; count < 200; count += 1) patience.log(ignore('expired'), 'own')
    expect(lines).toHaveLength(200)
  })
})
