/** From an operation handed to the runner to its result, with a child that waits; and ten operations against the slowest of them. */
import { setTimeout as sleep } from 'node:timers/promises'
import { pathToFileURL } from 'node:url'
import { systemClock } from '../node/host/system.ts'
import { openRunner, type OpenRunner } from '../node/runner/run-module.ts'
import { openLab } from './lab.ts'
import { median, ms, percentile, table } from './stats.ts'

const RUNS = 30
/** The next child has started. */
const PAUSE_MS = 1000
const QUICK = {
  example: { gethostname: true },
  file: { searches: { s1: { paths: ['/etc'], names: ['^passwd$'], options: { maxdepth: 1 } } } },
}

export async function benchRunner(): Promise<void> {
  await using lab = await openLab(1)
  const registry = pathToFileURL(`${lab.product}/dist/agent-modules/registry.js`).href
  await using runner = await openRunner({ clock: systemClock, registry })
  const rows = [['operation', 'p50', 'p95']]
  for (const [module, parameters] of Object.entries(QUICK)) {
    const samples: number[] = []
    for (let run = 0; run < RUNS; run += 1) {
      await sleep(PAUSE_MS)
      samples.push(await time(() => ask(runner, module, parameters)))
    }
    rows.push([module, ms(median(samples)), ms(percentile(samples, 0.95))])
  }
  table('One operation, from the runner taking it to its result, with a child that waits', rows)
}

async function ask(runner: OpenRunner, module: string, parameters: object): Promise<void> {
  const { status, errors } = await runner.run(
    { module, parameters: parameters as never },
    { signal: new AbortController().signal, timeoutMs: 60_000, untilMs: Infinity },
  )
  if (status !== 'success') throw new Error(`${module}: ${status}: ${errors.join(', ')}`)
}

async function time(task: () => Promise<void>): Promise<number> {
  const began = performance.now()
  await task()
  return performance.now() - began
}
