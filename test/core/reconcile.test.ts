/** Two sets of ids find their difference, in few steps, at a cost that follows what differs and not what is there. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { sha256Hex, toUtf8 } from '../../node/core/bytes.ts'
import type { EnvelopeId } from '../../node/core/ids.ts'
import { answerRanges, readAnswer, wholeRange } from '../../node/core/reconcile.ts'
import { decodeFrame, encodeFrame, syncReply, syncRequest } from '../../node/core/wire.ts'

const id = (seed: number): EnvelopeId => sha256Hex(toUtf8(String(seed))) as EnvelopeId
const ids = (seeds: Iterable<number>): EnvelopeId[] => [...new Set([...seeds].map(id))].toSorted()
const seeds = fc.uniqueArray(fc.nat(5000), { maxLength: 300 })

interface Outcome {
  readonly missing: readonly EnvelopeId[]
  readonly surplus: readonly EnvelopeId[]
  readonly steps: number
  /** Ids and fingerprints that travelled, both ways. */
  readonly exchanged: number
}

/** A whole round as mesh/sync.ts makes it, through real frames, at most 256 ranges at once. */
function reconcile(asking: readonly EnvelopeId[], answering: readonly EnvelopeId[]): Outcome {
  const missing: EnvelopeId[] = []
  const surplus: EnvelopeId[] = []
  let ranges = [wholeRange(asking)]
  let [steps, exchanged] = [0, 0]
  for (; ranges.length > 0 && steps < 64; steps += 1) {
    const asked = { type: 'compare', kind: 'action', ranges: ranges.slice(0, 256) }
    const request = decodeFrame(syncRequest, encodeFrame(asked))
    if (request.type !== 'compare') throw new Error('not what was asked')
    const compared = { type: 'compared', ...answerRanges(answering, request.ranges) }
    const reply = decodeFrame(syncReply, encodeFrame(compared))
    if (reply.type !== 'compared') throw new Error('not what was answered')
    const difference = readAnswer(asking, reply)
    missing.push(...difference.missing)
    surplus.push(...difference.surplus)
    exchanged +=
      request.ranges.length + reply.pieces.length + reply.lists.flatMap((list) => list.ids).length
    ranges = [...ranges.slice(256), ...difference.next]
  }
  expect(ranges).toEqual([])
  return { missing, surplus, steps, exchanged }
}

describe('reconciliation', () => {
  it('finds exactly what each side lacks, for any two sets', () => {
    fc.assert(
      fc.property(seeds, seeds, (some, others) => {
        const [mine, theirs] = [ids(some), ids(others)]
        const { missing, surplus } = reconcile(mine, theirs)
        expect(missing.toSorted()).toEqual(theirs.filter((each) => !mine.includes(each)))
        expect(surplus.toSorted()).toEqual(mine.filter((each) => !theirs.includes(each)))
        expect(ids([...some, ...others])).toEqual([...mine, ...missing].toSorted())
      }),
    )
  })

  it('costs one question where nothing differs', () => {
    const all = ids(Array(10_000).keys())
    expect(reconcile(all, all)).toEqual({ missing: [], surplus: [], steps: 1, exchanged: 1 })
  })

  it.each([100, 1000, 10_000])('ends in logarithmically many steps among %i', (size) => {
    const all = ids(Array(size).keys())
    const half = all.filter((_, at) => at % 2 === 0)
    const log16 = Math.ceil(Math.log(size) / Math.log(16))
    for (const [one, other] of [
      [all, half],
      [half, all],
      [all, []],
      [[], all],
    ] as const) {
      // One more for the lists at the end, and as many more as 256 ranges at once are too few.
      expect(reconcile(one, other).steps).toBeLessThanOrEqual(
        log16 + 1 + Math.ceil(size / 32 / 256),
      )
    }
  })

  it('costs what the difference is, not what the sets are', () => {
    const big = ids(Array(20_000).keys())
    for (const differing of [1, 4, 16]) {
      const without = big.filter((_, at) => at % Math.floor(20_000 / differing) !== 7)
      const { missing, exchanged } = reconcile(without, big)
      expect(missing.length).toBeGreaterThanOrEqual(differing)
      // For each id that differs: a path of four levels with 16 pieces and a question each, and one list of 32.
      expect(exchanged).toBeLessThanOrEqual((differing + 1) * (4 * 17 * 2 + 32))
    }
  })

  it('is not misled by a neighbour that answers something else', () => {
    const mine = ids(Array(100).keys())
    const foreign = { from: '', to: 'g', fingerprint: '0'.repeat(32) }
    const { next, missing, surplus } = readAnswer(mine, { pieces: [foreign], lists: [] })
    expect(next).toEqual([wholeRange(mine)])
    expect([...missing, ...surplus]).toEqual([])
  })
})
