/** Whose turn it is to be visited, however many nodes take a stream and stay silent. */
import { setImmediate } from 'node:timers/promises'
import { beforeEach, describe, expect, it } from 'vitest'
import { createTurns, type Outcome, type Turns } from '../../node/agent/visit-turns.ts'
import type { PeerId } from '../../node/core/ids.ts'

let turns: Turns
/** Who was visited, in order. */
let visited: string[]
/** Ends a visit. */
let end: Map<string, (outcome: Outcome) => void>
beforeEach(() => {
  turns = createTurns((peer) => peer.startsWith('trusted'))
  visited = []
  end = new Map()
})

const take = (...names: readonly string[]): void => {
  for (const name of names) {
    turns.take(name as PeerId, () => {
      visited.push(name)
      return new Promise((resolve) => void end.set(name, resolve))
    })
  }
}
const finish = async (outcome: Outcome, ...names: readonly string[]): Promise<void> => {
  for (const name of names) end.get(name)?.(outcome)
  await setImmediate()
}
/** Visits these nodes once, with this outcome. */
const acquaint = async (outcome: Outcome, names: readonly string[]): Promise<void> => {
  for (const name of names) {
    take(name)
    await finish(outcome, name)
  }
  visited = []
}
const named = (name: string, count: number): string[] =>
  Array.from({ length: count }, (_, index) => `${name}${index}`)

describe('nodes', () => {
  it('that were never visited take half of the visits, in the order in which they came', async () => {
    take(...named('fresh', 9))
    expect(visited).toEqual(named('fresh', 4))
    await finish('badly', 'fresh2')
    await finish('well', 'fresh0')
    expect(visited).toEqual(named('fresh', 6))
  })

  it('that were last visited in vain leave room for those never visited', async () => {
    await acquaint('badly', named('failed', 5))
    take(...named('failed', 5), ...named('fresh', 5))
    expect(visited).toEqual([...named('failed', 2), ...named('fresh', 2)])
  })

  it('whose last visit went well are not held up by others, until one goes badly', async () => {
    await acquaint('well', ['good'])
    take(...named('fresh', 5), 'good')
    expect(visited).toEqual([...named('fresh', 4), 'good'])
    await finish('badly', 'good')
    take('good')
    expect(visited).not.toContain('fresh4')
    await finish('well', 'fresh0')
    expect(visited.slice(5)).toEqual(['fresh4'])
    await finish('well', 'fresh1')
    expect(visited.slice(6)).toEqual(['good'])
  })

  it('earn nothing by a visit on which nobody spoke', async () => {
    await acquaint('unneeded', named('fresh', 5))
    take(...named('fresh', 5))
    expect(visited).toHaveLength(4)
  })

  it('that the policy names wait for nobody else, though all others go silent at once', async () => {
    await acquaint('well', named('good', 8))
    take(...named('good', 8), ...named('fresh', 8), ...named('trusted', 3))
    expect(visited).toEqual([...named('good', 6), ...named('trusted', 2)])
  })

  it('are visited 8 at once at most', () => {
    take(...named('trusted', 9), 'fresh')
    expect(visited).toEqual(named('trusted', 8))
  })

  it('that were met again count as never visited in vain', async () => {
    await acquaint('badly', named('failed', 3))
    turns.forgive('failed2' as PeerId)
    take(...named('failed', 3))
    expect(visited).toEqual(named('failed', 3))
    await acquaint('well', ['good'])
    turns.forgive('good' as PeerId)
    take(...named('fresh', 2), 'good')
    expect(visited).toContain('good')
  })
})
