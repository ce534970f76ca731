/** An agent through revocations, cancellations and a failing host. */
import { describe, expect, it } from 'vitest'
import { CLOCK_SKEW_MS } from '../../node/core/action.ts'
import type { Person } from '../../node/core/ids.ts'
import type { Runner, RunOptions } from '../../node/core/ports.ts'
import { encodeAnswer, parseAnswer } from '../../node/core/result.ts'
import type { VerifiedAction } from '../../node/core/verified.ts'
import { quickRunner, slowRunner } from '../helpers/runners.ts'
import { until } from '../helpers/until.ts'
import { action, node } from '../helpers/fakes.ts'
import { control, HOUR_MS, MINUTE_MS, openWorld, result, verifiedAction } from './world.ts'
describe('an agent whose signers are revoked', () => {
  it('stops what runs or waits in the runner, and says why', async () => {
    const runner = slowRunner()
    const world = await openWorld({ runner })
    world.give()
    await until(() => runner.runs.length === 1)
    world.agent.accept(control({ kind: 'revoke' }))
    world.isRevoked.value = true
    world.agent.accept(control({ kind: 'revoke' }))
    await until(() => world.dispatched.length === 1)
    expect(await world.answers()).toMatchObject([
      { status: 'cancelled', detail: 'a signer was revoked: file has weight 0' },
    ])
  })

  it('does not start what waits for its time', async () => {
    const runner = slowRunner()
    const world = await openWorld({ runner })
    world.agent.accept(verifiedAction('1', world.clock.now() + MINUTE_MS))
    world.isRevoked.value = true
    world.agent.accept(control({ kind: 'revoke' }))
    world.clock.advance(MINUTE_MS)
    await until(() => world.dispatched.length === 1)
    expect(await world.answers()).toMatchObject([{ status: 'refused', reason: 'signer-revoked' }])
    expect(runner.runs).toEqual([])
  })
})

describe('an agent that hears of a second signer only later', () => {
  const bob = { nodes: [{ peer: node(1).peer, sealing: node(1).sealing }] }
  const withBob = (verified: VerifiedAction): VerifiedAction =>
    ({
      ...verified,
      signers: ['alice-key', 'bob-key'],
      people: new Set(['alice', 'bob']),
    }) as unknown as VerifiedAction

  it('runs on the weight of both, and answers both', async () => {
    const world = await openWorld({ people: { bob } })
    const verified = verifiedAction('1', world.clock.now() + MINUTE_MS)
    world.agent.accept(verified)
    world.agent.accept(withBob(verified))
    world.isRevoked.value = true
    world.agent.accept(control({ kind: 'revoke' }))
    world.clock.advance(MINUTE_MS)
    await until(() => world.dispatched.length === 1)
    expect(await world.answers()).toMatchObject([{ status: 'success' }])
    expect(world.sealedTo).toEqual([[node(1).sealing, node(0).sealing]])
  })

  it('stops no run for which the second suffices, and answers both', async () => {
    const runner = slowRunner()
    const world = await openWorld({ runner, people: { bob } })
    const verified = world.give()
    await until(() => runner.runs.length === 1)
    world.give(withBob(verified))
    world.isRevoked.value = true
    world.agent.accept(control({ kind: 'revoke' }))
    runner.release()
    await until(() => world.dispatched.length === 1)
    expect(await world.answers()).toMatchObject([{ status: 'success' }])
    expect(world.sealedTo).toEqual([[node(1).sealing, node(0).sealing]])
    expect(runner.runs).toHaveLength(1)
  })

  it('runs nothing again once it has answered', async () => {
    const runner = quickRunner()
    const world = await openWorld({ runner, people: { bob } })
    const verified = world.give()
    await until(() => world.dispatched.length === 1)
    world.give(withBob(verified))
    await world.agent.close()
    expect(runner.runs).toHaveLength(1)
    expect(world.sealedTo).toHaveLength(1)
  })
})

describe('an agent on a failing host', () => {
  it('handles an action again that the store could not be asked about', async () => {
    const world = await openWorld()
    world.failures.read = 3
    world.give()
    await world.passUntil(() => world.dispatched.length === 1)
    expect(await world.answers()).toMatchObject([{ status: 'success' }])
    expect(world.logger.events.filter((event) => event === 'action-waits')).toHaveLength(3)
  })

  it('gives an action up, loudly, when it has expired meanwhile', async () => {
    const world = await openWorld()
    world.failures.read = 1_000_000
    world.give()
    await world.passUntil(() => world.logger.events.includes('action-given-up'), MINUTE_MS)
    world.clock.advance(24 * HOUR_MS)
    await world.agent.close()
    expect(world.clock.pending()).toBe(0)
  })

  it('answers as failed when its journal cannot be written, and does not run', async () => {
    const runner = slowRunner()
    const world = await openWorld({ runner })
    world.failures.journal = 1
    world.give()
    await until(() => world.dispatched.length === 1)
    expect(await world.answers()).toMatchObject([
      { status: 'failed', detail: 'this host failed: ENOSPC: journal', results: [] },
    ])
    expect(runner.runs).toEqual([])
  })

  it('answers as failed when its runner fails', async () => {
    const run = () => Promise.reject(new Error('no processes'))
    const world = await openWorld({ runner: { run } })
    world.give()
    await until(() => world.dispatched.length === 1)
    expect(await world.answers()).toMatchObject([
      { status: 'failed', results: [{ errors: ['this host failed: no processes'] }] },
    ])
  })

  it('loses neither answer nor a line of its ledger to a full disk, and runs once', async () => {
    const runs: unknown[] = []
    const world = await openWorld({
      runner: {
        run(operation) {
          runs.push(operation)
          world.failures.ledger = 3
          world.records.fail(3)
          world.states.fail(3)
          return Promise.resolve(result())
        },
      },
    })
    world.give()
    await world.passUntil(() => world.dispatched.length === 1)
    expect(world.events).toEqual(['accepted', 'meant', 'ran success', 'answer success'])
    expect(await world.answers()).toMatchObject([{ status: 'success' }])
    expect(runs).toHaveLength(1)
  })

  it('closes although its disk is full', async () => {
    const world = await openWorld()
    world.failures.ledger = 1_000_000
    world.give()
    await until(() => world.logger.events.includes('step-failed'))
    world.closing.abort(new Error('closing'))
    await world.agent.close()
    expect(world.clock.pending()).toBe(0)
  })
})

describe('an agent that closes', () => {
  it('begins no run that it was still deciding about', async () => {
    const deciding = Promise.withResolvers<undefined>()
    const read = Promise.withResolvers<undefined>()
    const runner = slowRunner()
    const readFacts = (): Promise<unknown> => {
      deciding.resolve(undefined)
      return read.promise
    }
    const world = await openWorld({ runner, readFacts })
    world.give()
    await deciding.promise
    const closed = world.agent.close()
    read.resolve(undefined)
    await closed
    expect(runner.runs).toEqual([])
    expect(world.events).toEqual(['accepted', 'meant'])
  })
})

describe('an answer', () => {
  it('follows `started`, and is never followed by it', async () => {
    const runner = slowRunner()
    const sealing = Promise.withResolvers<undefined>()
    const world = await openWorld({ runner, firstSealing: sealing.promise })
    world.give()
    await until(() => runner.runs.length === 1)
    world.clock.advance(2000)
    await until(() => world.sealedTo.length === 1)
    runner.release()
    // Whatever does not wait for the sealing has had its turn when this one comes.
    await new Promise((resolve) => setImmediate(resolve))
    sealing.resolve(undefined)
    await until(() => world.dispatched.length === 2)
    expect(world.events.slice(2)).toEqual(['answer started', 'ran success', 'answer success'])
    expect((await world.answers()).map(({ status }) => status)).toEqual(['success'])
  })

  it('says when its first operation began, not when it queued for its turn', async () => {
    const beginsAfterMs = [3, 5]
    const asked: RunOptions[] = []
    const run: Runner['run'] = async (_, options) => {
      asked.push(options)
      const waitMs = beginsAfterMs.shift() ?? 0
      await Promise.resolve()
      world.clock.advance(waitMs)
      options.onBegin?.()
      return result()
    }
    const world = await openWorld({ runner: { run } })
    const startMs = world.clock.now()
    const verified = verifiedAction('1', startMs)
    const operations = [...verified.action.operations, ...verified.action.operations]
    world.give({ ...verified, action: { ...verified.action, operations } })
    await until(() => world.dispatched.length === 1)
    expect(await world.answers()).toMatchObject([{ startedat: startMs + 3, at: startMs + 8 }])
    const untilMs = verified.action.expireafter + CLOCK_SKEW_MS
    expect(asked).toMatchObject([{ untilMs }, { untilMs }])
  })

  it('names no beginning where nothing began', async () => {
    const run = () => Promise.resolve(result({ status: 'timeout', success: false, elements: null }))
    const world = await openWorld({ runner: { run } })
    world.give()
    await until(() => world.dispatched.length === 1)
    const [answer] = await world.answers()
    expect(answer).toMatchObject({ status: 'timeout' })
    expect(answer).not.toHaveProperty('startedat')
  })

  it('carries a name that cannot forge what a terminal shows', async () => {
    const world = await openWorld({ hostName: `\u001b[2Kweb\u202e-1\n${'x'.repeat(400)}` })
    world.give()
    await until(() => world.dispatched.length === 1)
    const [answer] = await world.answers()
    expect(answer?.name.slice(0, 10)).toBe('[2Kweb-1xx')
    expect(answer?.name).toHaveLength(256)
    const forged = encodeAnswer({ ...answer!, name: '\u001b[2Kweb' })
    expect(() => parseAnswer(forged)).toThrow('name: must be printable')
  })

  it('reaches everybody else when one recipient has an unusable key, or one key stands twice', async () => {
    const bad = { ...node(2), sealing: 'bad' }
    const twin = { ...node(1), sealing: node(0).sealing }
    const world = await openWorld({ badKey: 'bad' })
    world.give(verifiedAction('1', world.clock.now(), [node(0), twin, bad]))
    await until(() => world.dispatched.length === 1)
    expect(world.sealedTo).toEqual([[node(0).sealing]])
    const waits = [0, 1, 2].map((index) => world.outbox.waitingFor(node(index).peer).length)
    expect(waits).toEqual([1, 1, 0])
  })

  it('is sealed to the nodes of everybody who signed, however many', async () => {
    const names = Array.from({ length: 16 }, (_, index) => `person-${index}`)
    const nodesOf = (name: string) =>
      Array.from({ length: 8 }, (_, at) => ({ peer: `${name} ${at}`, sealing: `${name} ${at}` }))
    const people = Object.fromEntries(names.map((name) => [name, { nodes: nodesOf(name) }]))
    const world = await openWorld({ people })
    const verified = verifiedAction('1', world.clock.now())
    world.give({ ...verified, people: new Set(names as Person[]) })
    await until(() => world.dispatched.length === 1)
    expect(world.sealedTo[0]).toHaveLength(16 * 8 + 1)
  })

  it('says so where the results of all operations are more than it may carry', async () => {
    const sizes = [1000, 65 * 1024 * 1024]
    const run: Runner['run'] = () =>
      Promise.resolve(result({ elements: { s1: ['x'.repeat(sizes.shift() ?? 0)] } }))
    const world = await openWorld({ runner: { run } })
    const verified = verifiedAction('1', world.clock.now())
    const operations = [...verified.action.operations, ...verified.action.operations]
    world.give({ ...verified, action: { ...verified.action, operations } })
    await until(() => world.dispatched.length === 1)
    const [answer] = await world.answers()
    expect(answer?.status).toBe('failed')
    expect(answer?.results.map(({ status }) => status)).toEqual(['success', 'killed'])
    expect(answer?.results[1]?.errors[0]).toMatch(/no room in an answer of at most 67108864/)
  })
})

describe('what an agent remembers of actions', () => {
  it('is forgotten when they can no longer be asked for', async () => {
    const world = await openWorld()
    world.give()
    await until(() => world.dispatched.length === 1)
    expect(world.states.data.size).toBe(1)
    world.clock.advance(29 * 24 * HOUR_MS)
    expect(world.states.data.size).toBe(1)
    await world.passUntil(() => world.states.data.size === 0, 12 * HOUR_MS)
  })
})
