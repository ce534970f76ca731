import { describe, expect, it } from 'vitest'
import { systemClock } from '../../../node/host/system.ts'
import { openRunner } from '../../../node/runner/run-module.ts'
import { runHere } from '../../../node/runner/run-here.ts'

const registry = new URL('./misbehaving.ts', import.meta.url).href
const options = (signal = new AbortController().signal, timeoutMs = 60_000) => ({
  signal,
  timeoutMs,
  clock: systemClock,
  registry,
})

describe('a run in this process', () => {
  it.each([
    ['echo', 'hello'],
    ['throw', ''],
    ['unsupported', ''],
    ['undeclared', ''],
    ['nothing', ''],
  ])('%s answers the same as in a child', async (module, text) => {
    await using runner = await openRunner({ clock: systemClock, registry })
    const operation = { module, parameters: { text } }
    expect(await runHere(operation, options())).toEqual(
      await runner.run(operation, { ...options(), untilMs: Infinity }),
    )
  })

  it('is stopped by the clock', async () => {
    const result = await runHere(
      { module: 'obedient', parameters: {} },
      options(new AbortController().signal, 50),
    )
    expect(result).toMatchObject({ status: 'timeout', elements: [{ text: 'end' }] })
  })

  it.each(['obedient', 'ignore-abort'])('%s is left when its caller gives up', async (module) => {
    const giveUp = new AbortController()
    const running = runHere({ module, parameters: {} }, options(giveUp.signal))
    giveUp.abort()
    expect(await running).toMatchObject({ status: 'cancelled', success: false })
  })

  it('knows the product’s own modules', async () => {
    const { registry: _, ...own } = options()
    const result = await runHere({ module: 'file', parameters: { junk: true } }, own)
    expect(result).toMatchObject({ module: 'file', status: 'failed' })
    expect(result.errors[0]).toMatch(/^parameters: /)
  })
})
