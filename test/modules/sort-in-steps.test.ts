/** Sorting in steps gives what sorting at once gives, and offers moments to pause. */
import { describe, expect, it } from 'vitest'
import { sortInSteps } from '../../agent-modules/support/sort-in-steps.ts'

interface Item {
  readonly key: number
  readonly index: number
}

const isBefore = (a: Item, b: Item): boolean => a.key < b.key

function sorted(items: readonly Item[]): { result: readonly Item[]; pauses: number } {
  const steps = sortInSteps(items, isBefore)
  let pauses = 0
  let step = steps.next()
  for (; step.done !== true; step = steps.next()) pauses += 1
  return { result: step.value, pauses }
}

describe('sorting in steps', () => {
  it.each([0, 1, 2, 8191, 8192, 8193, 20_000, 32_768, 50_001])(
    'orders %i items as sorting at once does, equal ones as they came',
    (length) => {
      const items = Array.from({ length }, (_, index) => ({ key: (index * 7919) % 1009, index }))
      expect(sorted(items).result).toEqual(items.toSorted((a, b) => a.key - b.key))
    },
  )

  it('pauses the more often the more there is to sort', () => {
    const items = Array.from({ length: 100_000 }, (_, index) => ({ key: -index, index }))
    expect(sorted(items).pauses).toBeGreaterThan(40)
  })
})
