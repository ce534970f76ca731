/** Times a host's tool and one operation of a module in turns, so that a noisy moment hits both; the operation as agents run it, in a child that waits. */
import { spawnSync } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { pathToFileURL } from 'node:url'
import type { Operation } from '../node/core/action.ts'
import { systemClock } from '../node/host/system.ts'
import { openRunner } from '../node/runner/run-module.ts'
import { makePackage } from './lab.ts'
import { median } from './stats.ts'

const RUNS = 9
/** The next child has started, and waits. */
const PAUSE_MS = 700
const UNITS: Readonly<Record<string, number>> = { h: 3600, m: 60, s: 1, ms: 1e-3, µs: 1e-6 }

export const COLUMNS = [
  'question',
  'tool',
  'tool s',
  'module s',
  'ratio',
  'with its child s',
  'ratio',
]

interface Ran {
  /** From the runner taking the operation to its result. */
  readonly seconds: number
  /** The module's own `exectime`; 0 of one that reports none. */
  readonly ownSeconds: number
}

export interface Asked {
  readonly module: string
  readonly parameters: unknown
}

interface Comparison extends AsyncDisposable {
  run(operation: Asked): Promise<Ran>
  /** Seconds until the last of these has its result, handed to the runner at once. */
  runTogether(operations: readonly Asked[]): Promise<number>
  /** A row of a table: seconds of the tool, of the module, and of its whole run, as medians and ratios. */
  row(question: string, what: Rivals): Promise<string[]>
}

interface Rivals {
  /** Program and arguments. */
  readonly tool: readonly string[]
  readonly operation: Asked
}

export async function openComparison(): Promise<Comparison> {
  const directory = await mkdtemp(join(tmpdir(), 'mig-bench-'))
  const product = await makePackage(directory)
  const registry = pathToFileURL(`${product}/dist/agent-modules/registry.js`).href
  const runner = await openRunner({ clock: systemClock, registry })

  const runNow = async (operation: Asked): Promise<Ran> => {
    const began = performance.now()
    const { status, errors, statistics } = await runner.run(operation as Operation, {
      signal: new AbortController().signal,
      timeoutMs: 300_000,
      untilMs: Infinity,
    })
    const seconds = (performance.now() - began) / 1000
    if (status !== 'success')
      throw new Error(`${operation.module}: ${status}: ${errors.join(', ')}`)
    const { exectime = '' } = statistics as { readonly exectime?: string }
    return { seconds, ownSeconds: secondsOf(exectime) }
  }
  const run = async (operation: Asked): Promise<Ran> => {
    await sleep(PAUSE_MS)
    return runNow(operation)
  }
  return {
    run,
    async runTogether(operations) {
      await sleep(PAUSE_MS)
      const began = performance.now()
      await Promise.all(operations.map(runNow))
      return (performance.now() - began) / 1000
    },
    row: (question, rivals) => row(run, question, rivals),
    async [Symbol.asyncDispose]() {
      await runner.close()
      await rm(directory, { recursive: true, force: true })
    },
  }
}

async function row(
  run: Comparison['run'],
  question: string,
  { tool, operation }: Rivals,
): Promise<string[]> {
  const theirs: number[] = []
  const ours: Ran[] = []
  for (let turn = 0; turn <= RUNS; turn += 1) {
    const their = timeTool(tool)
    const our = await run(operation)
    // The first warms the disk's cache.
    if (turn === 0) continue
    theirs.push(their)
    ours.push(our)
  }
  const their = median(theirs)
  const own = median(ours.map((each) => each.ownSeconds))
  const whole = median(ours.map((each) => each.seconds))
  const text = (value: number): string => value.toFixed(3)
  const ratio = (value: number): string => `${(value / their).toFixed(2)}x`
  return [
    ...[question, tool[0] ?? '', text(their), text(own)],
    ...[ratio(own), text(whole), ratio(whole)],
  ]
}

function timeTool([program = '', ...args]: readonly string[]): number {
  const began = performance.now()
  const { status } = spawnSync(program, args, {
    maxBuffer: 1e9,
    env: { ...process.env, LC_ALL: 'C' },
  })
  if (status !== 0) throw new Error(`the program ${program} is missing, or failed`)
  return (performance.now() - began) / 1000
}

/** Go's duration text in seconds. */
const secondsOf = (text: string): number =>
  [...text.matchAll(/([\d.]+)(h|ms|m|s|µs)/g)].reduce(
    (sum, [, value = '0', unit = 's']) => sum + Number(value) * (UNITS[unit] ?? 0),
    0,
  )
