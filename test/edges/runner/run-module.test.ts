import { execFile } from 'node:child_process'
import { mkdtemp, open, readFile, readdir, rm } from 'node:fs/promises'
import type { FileHandle } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { systemClock } from '../../../node/host/system.ts'
import { operationResult } from '../../../node/core/result.ts'
import { openRunner } from '../../../node/runner/run-module.ts'
import type { OpenRunner, RunnerInit } from '../../../node/runner/run-module.ts'

const registry = new URL('./misbehaving.ts', import.meta.url).href
/** Long enough for a child to start on a busy machine, short enough to wait for. */
const SHORT_MS = 2000
const LONG_MS = 60_000

const openTestRunner = (init: Partial<RunnerInit> = {}): Promise<OpenRunner> =>
  openRunner({ clock: systemClock, registry, ...init, limits: { graceMs: 100, ...init.limits } })

const never = (): AbortSignal => new AbortController().signal
const within = (timeoutMs = LONG_MS, signal = never()) => ({
  signal,
  timeoutMs,
  untilMs: Infinity,
})
const ask = (module: string, text = '') => ({ module, parameters: { text } })

let runner: OpenRunner
let folder: string

beforeAll(async () => {
  runner = await openTestRunner()
  folder = await mkdtemp(join(tmpdir(), 'mig-runner-'))
})
afterAll(async () => {
  await runner.close()
  await rm(folder, { recursive: true })
})

async function run(module: string, text = '', timeoutMs = LONG_MS) {
  const result = await runner.run(ask(module, text), within(timeoutMs))
  expect(operationResult.parse(result)).toEqual(result)
  return result
}

async function makeFifo(name: string): Promise<string> {
  const path = join(folder, name)
  await promisify(execFile)('mkfifo', [path])
  return path
}

/** Resolves when nobody holds the FIFO open for writing any more. */
const untilReleased = (fifo: string | FileHandle): Promise<string> => readFile(fifo, 'utf8')

/** What the program says, if it was not killed before it could. */
const PROGRAM_OUTPUT = /^(started\n)?$/

describe('a run', () => {
  it('answers with elements, statistics and soft errors', async () => {
    expect(await run('echo', 'hello')).toEqual({
      module: 'echo',
      status: 'success',
      foundanything: true,
      success: true,
      elements: [{ text: 'hello' }],
      statistics: { count: 1 },
      errors: ['one soft error'],
    })
  })

  it('has an empty environment and the root as its folder', async () => {
    expect((await run('environment')).errors).toEqual(['[{},"/"]'])
  })

  it('fails for parameters that the module refuses, and says why', async () => {
    const result = await runner.run({ module: 'echo', parameters: { text: 5 } }, within())
    expect(result).toMatchObject({ status: 'failed', success: false, elements: null })
    expect(result.errors[0]).toMatch(/^parameters: text: /)
  })

  it('fails for a module that does not exist', async () => {
    expect(await run('nothing')).toMatchObject({
      status: 'failed',
      errors: ['no module is called "nothing"'],
    })
  })

  it('is unsupported when the module says so', async () => {
    expect(await run('unsupported')).toMatchObject({
      status: 'unsupported',
      errors: ['needs another platform'],
    })
  })

  it('cannot be broken by what the module prints', async () => {
    expect(await run('print')).toMatchObject({ status: 'success', elements: [{ text: 'end' }] })
  })
})

describe('a module that misbehaves is answered for, and the next run works', () => {
  const cases: readonly (readonly [module: string, status: string, error: RegExp])[] = [
    ['throw', 'failed', /^thrown in mid-run$/],
    ['exit', 'failed', /exit code 0/],
    ['kill-self', 'killed', /killed from outside/],
    ['undeclared', 'failed', /schema does not declare$/],
    ['garble', 'failed', /broke its channel/],
    ['huge', 'killed', /more than the \d+ allowed/],
    ['buffers', 'killed', /memory/],
    ['heap', 'killed', /memory/],
  ]
  it.each(cases)('%s is %s', async (module, status, error) => {
    const result = await run(module)
    expect(result).toMatchObject({ status, success: false, foundanything: false, elements: null })
    expect(result.errors[0]).toMatch(error)
    expect(JSON.stringify(result)).not.toContain('file contents')
    expect(await run('echo')).toMatchObject({ status: 'success' })
  })

  it.each([
    ['bytes of output', 'x'.repeat(1024 * 1024), 31],
    ['findings', 'x', 200_001],
  ])(
    'is killed for more %s than it may give; what it gave before stands',
    async (what, text, count) => {
      const result = await run('rogue', text)
      expect(result).toMatchObject({ status: 'killed', success: false, foundanything: true })
      expect(result.errors[0]).toMatch(what)
      expect(result.elements).toHaveLength(count)
    },
  )

  it.each([
    ['flood', 24],
    ['many', 200_000],
  ])('%s ends before it would be killed for it, and says so', async (module, count) => {
    const result = await run(module)
    expect(result).toMatchObject({ status: 'success', foundanything: true })
    expect(result.elements).toHaveLength(count)
    expect(result.errors).toEqual([`only the first ${count} findings are told; there are more`])
  })

  it('keeps error lines and their number within the bounds of a result', async () => {
    const { errors } = await run('many-errors')
    expect(errors).toHaveLength(999)
    expect(errors.at(-1)).toBe('and 502 more errors, not kept')
  })
})

describe('a run that does not end', () => {
  it.each(['loop', 'ignore-abort'])('%s is stopped by the clock', async (module) => {
    const result = await run(module, '', SHORT_MS)
    expect(result).toMatchObject({ status: 'timeout', elements: null })
    expect(result.errors[0]).toBe(`took longer than ${SHORT_MS} ms`)
    expect(await run('echo')).toMatchObject({ status: 'success' })
  })

  it('tells what it had found when it was stopped', async () => {
    expect(await run('obedient', '', SHORT_MS)).toMatchObject({
      ...{ status: 'timeout', success: false, foundanything: true },
      elements: [{ text: 'end' }, { text: 'end' }],
    })
  })

  it('is stopped while it blocks in opening a FIFO', async () => {
    const path = await makeFifo('blocking')
    expect(await run('fifo', path, SHORT_MS)).toMatchObject({ status: 'timeout' })
  })

  it('is stopped when its caller gives up', async () => {
    const path = await makeFifo('cancelled')
    const giveUp = new AbortController()
    const running = runner.run(ask('start-program', path), within(LONG_MS, giveUp.signal))
    await using fifo = await open(path, 'r')
    giveUp.abort()
    expect(await running).toMatchObject({ status: 'cancelled', elements: null })
    // The program that the module had started is dead as well.
    expect(await untilReleased(fifo)).toMatch(PROGRAM_OUTPUT)
  })

  it('leaves no program behind when it ends by itself', async () => {
    const path = await makeFifo('left')
    const released = untilReleased(path)
    expect(await run('leave-program', path)).toMatchObject({ status: 'success' })
    expect(await released).toBe('')
  })
})

describe('a child', () => {
  it('cannot write a file', async () => {
    const result = await run('write-file', join(folder, 'written'))
    expect(result).toMatchObject({ status: 'failed' })
    expect(result.errors[0]).toMatch(/restricted/)
    expect(await readdir(folder)).not.toContain('written')
  })
})

describe('a runner', () => {
  it('lets only so many runs go on at once and refuses when too many wait', async () => {
    await using narrow = await openTestRunner({ limits: { concurrent: 1, waiting: 1 } })
    const giveUp = new AbortController()
    const options = within(LONG_MS, giveUp.signal)
    const first = narrow.run(ask('loop'), options)
    const second = narrow.run(ask('loop'), options)
    const third = await narrow.run(ask('echo'), options)
    expect(third).toMatchObject({ status: 'failed', errors: [expect.stringMatching(/waiting/)] })
    giveUp.abort()
    expect(await first).toMatchObject({ status: 'cancelled', errors: ['cancelled'] })
    expect(await second).toMatchObject({ errors: ['cancelled before it began'] })
    const again = await narrow.run(ask('echo'), within())
    expect(again).toMatchObject({ status: 'success' })
  })

  it('does not let a quick question wait for a slow one', async () => {
    const giveUp = new AbortController()
    const slow = runner.run(ask('obedient'), within(LONG_MS, giveUp.signal))
    expect(await runner.run(ask('echo'), within())).toMatchObject({ status: 'success' })
    giveUp.abort()
    expect(await slow).toMatchObject({ status: 'cancelled' })
  })

  it('loses nothing but the run it had to kill', async () => {
    const results = await Promise.all(
      ['echo', 'buffers', 'echo', 'kill-self', 'echo', 'rogue', 'echo'].map((module) =>
        runner.run(ask(module, module), within()),
      ),
    )
    expect(results.map(({ status }) => status)).toEqual([
      'success',
      'killed',
      'success',
      'killed',
      'success',
      'killed',
      'success',
    ])
  })

  it('begins nothing whose time was over while it waited for its turn', async () => {
    let aheadMs = 0
    const clock = { ...systemClock, now: () => systemClock.now() + aheadMs }
    await using narrow = await openTestRunner({ clock, limits: { concurrent: 1 } })
    const giveUp = new AbortController()
    const begun: string[] = []
    const begin = (name: string) => ({ onBegin: () => void begun.push(name) })
    const untilMs = clock.now() + LONG_MS
    const first = narrow.run(ask('loop'), { ...within(LONG_MS, giveUp.signal), ...begin('first') })
    const second = narrow.run(ask('echo'), { ...within(), untilMs, ...begin('second') })
    const third = narrow.run(ask('echo'), { ...within(), ...begin('third') })
    aheadMs = LONG_MS
    giveUp.abort()
    expect(await first).toMatchObject({ status: 'cancelled' })
    const errors = ['its time was over before it could begin']
    expect(await second).toMatchObject({ status: 'timeout', elements: null, errors })
    expect(await third).toMatchObject({ status: 'success' })
    expect(begun).toEqual(['first', 'third'])
  })

  it('lets nothing go on for which the time is over', async () => {
    const untilMs = systemClock.now() + SHORT_MS
    expect(await runner.run(ask('loop'), { ...within(), untilMs })).toMatchObject({
      status: 'timeout',
    })
  })

  it('cancels what runs when it closes, and runs nothing afterwards', async () => {
    const closing = await openTestRunner()
    const path = await makeFifo('closing')
    const options = within()
    const running = closing.run(ask('start-program', path), options)
    await using fifo = await open(path, 'r')
    await Promise.all([closing.close(), closing.close()])
    expect(await running).toMatchObject({ status: 'cancelled' })
    expect(await untilReleased(fifo)).toMatch(PROGRAM_OUTPUT)
    expect(await closing.run(ask('echo'), options)).toMatchObject({ status: 'cancelled' })
  })

  it('runs without a child started ahead', async () => {
    await using cold = await openTestRunner({ startAhead: false })
    const options = within()
    expect(await cold.run(ask('echo'), options)).toMatchObject({ status: 'success' })
  })

  it('does not open on a registry that cannot be loaded', async () => {
    const missing = new URL('./no-such-registry.ts', import.meta.url).href
    await expect(openTestRunner({ registry: missing })).rejects.toThrow()
  })
})
