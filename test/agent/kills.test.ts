/** What a host had to kill is not tried again because an older action asks for it. */
import { describe, expect, it } from 'vitest'
import type { Runner } from '../../node/core/ports.ts'
import type { VerifiedAction } from '../../node/core/verified.ts'
import { until } from '../helpers/until.ts'
import { HOUR_MS, MINUTE_MS, openWorld, result, verifiedAction } from './world.ts'

const WHY = 'used more than 256 bytes of memory'

/** Kills every operation of the module `file` for its memory. */
function killingRunner(): Runner & { readonly runs: string[] } {
  const runs: string[] = []
  return {
    runs,
    run: ({ module }) => {
      runs.push(module)
      return Promise.resolve(
        module === 'file'
          ? result({ module, status: 'killed', success: false, elements: null, errors: [WHY] })
          : result({ module }),
      )
    },
  }
}

const asking = (digits: string, startMs: number, modules: readonly string[]): VerifiedAction => {
  const verified = verifiedAction(digits, startMs)
  const operations = modules.map((module) => ({ module, parameters: { searches: {} } }))
  return { ...verified, action: { ...verified.action, operations } }
}

async function openKilled() {
  const runner = killingRunner()
  const world = await openWorld({ runner })
  world.give(asking('1', world.clock.now(), ['file']))
  await until(() => world.dispatched.length === 1)
  return { runner, world, killedAtMs: world.clock.now() }
}

it('answers for a result that no text can hold, and goes on', async () => {
  const huge = {
    toJSON: () => {
      throw new RangeError('Invalid string length')
    },
  }
  const runner: Runner = {
    run: ({ module }) =>
      Promise.resolve(result(module === 'file' ? { module, elements: huge as never } : { module })),
  }
  const world = await openWorld({ runner })
  world.give(asking('1', world.clock.now(), ['file', 'example']))
  await until(() => world.dispatched.length === 1)
  expect(await world.answers()).toMatchObject([
    { status: 'failed', results: [{ status: 'killed', elements: null }, { status: 'success' }] },
  ])
})

describe('an operation that was killed here', () => {
  it('is refused, with the reason, to an action made before the kill', async () => {
    const { runner, world, killedAtMs } = await openKilled()
    world.give(asking('2', killedAtMs, ['example', 'file']))
    await until(() => world.dispatched.length === 2)
    const answers = await world.answers()
    expect(answers).toMatchObject([
      { status: 'failed' },
      { status: 'refused', reason: 'killed-before' },
    ])
    expect(answers[1]?.detail).toMatch('file was killed at 19')
    expect(answers[1]?.detail).toMatch(WHY)
    expect(runner.runs).toEqual(['file'])
  })

  it('runs again for an action made since', async () => {
    const { runner, world } = await openKilled()
    world.clock.advance(1)
    world.give(asking('2', world.clock.now(), ['file']))
    await until(() => world.dispatched.length === 2)
    expect(runner.runs).toEqual(['file', 'file'])
  })

  it('keeps nothing else from running: other parameters, other modules', async () => {
    const { runner, world, killedAtMs } = await openKilled()
    const other = asking('2', killedAtMs, ['file'])
    const operations = [{ module: 'file', parameters: { searches: { s1: {} } } }]
    world.give({ ...other, action: { ...other.action, operations } } as VerifiedAction)
    world.give(asking('3', killedAtMs, ['example']))
    await until(() => world.dispatched.length === 3)
    expect(runner.runs).toEqual(['file', 'file', 'example'])
  })

  it('is forgotten when no action can be older than the kill', async () => {
    const { world } = await openKilled()
    expect(world.killed.data.size).toBe(1)
    world.clock.advance(MINUTE_MS)
    expect(world.killed.data.size).toBe(1)
    await world.passUntil(() => world.killed.data.size === 0, 12 * HOUR_MS)
  })
})
