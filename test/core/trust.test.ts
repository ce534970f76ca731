import { describe, expect, it } from 'vitest'
import type { DocumentId } from '../../node/core/ids.ts'
import type { Policy } from '../../node/core/policy.ts'
import { createTrust } from '../../node/core/trust.ts'

const idOf = (index: number): DocumentId => index.toString(16).padStart(64, '0') as DocumentId
const trustNobody = () => createTrust({ hash: '', personOf: new Map() } as unknown as Policy)

describe('cancellations', () => {
  it('are not pushed out by any number of others, whose time is over', () => {
    const trust = trustNobody()
    trust.cancel(idOf(0), { nowMs: 0, untilMs: 1_000_000 })
    for (let index = 1; index <= 70_000; index += 1)
      trust.cancel(idOf(index), { nowMs: index, untilMs: index + 10 })
    expect(trust.isCancelled(idOf(0))).toBe(true)
    expect(trust.isCancelled(idOf(70_000))).toBe(true)
    expect(trust.isCancelled(idOf(1))).toBe(false)
  })

  it('last as long as the longest that was said', () => {
    const trust = trustNobody()
    trust.cancel(idOf(0), { nowMs: 0, untilMs: 1_000_000 })
    trust.cancel(idOf(0), { nowMs: 0, untilMs: 1 })
    for (let index = 1; index <= 10_000; index += 1)
      trust.cancel(idOf(index), { nowMs: 100, untilMs: 200 })
    expect(trust.isCancelled(idOf(0))).toBe(true)
  })
})
