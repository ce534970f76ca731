/** Times a host's tool and one operation of a module in turns, so that a noisy moment hits both. */
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { median } from './stats.ts'

const RUNS = 7

interface Measured {
  /** Seconds: the whole process, and the module's own `exectime`. */
  readonly wall: number
  readonly own: number
}

/** A row of a table: seconds of the tool, of the module, and their ratios without and with start-up. */
export function compareRuns(
  name: string,
  what: { readonly tool: readonly string[]; readonly operation: object },
): string[] {
  const theirs: number[] = []
  const ours: Measured[] = []
  for (let run = 0; run <= RUNS; run += 1) {
    const their = timeTool(what.tool)
    const our = timeModule(JSON.stringify(what.operation))
    // The first warms up.
    if (run === 0) continue
    theirs.push(their)
    ours.push(our)
  }
  const tool = median(theirs)
  const own = median(ours.map((each) => each.own))
  const wall = median(ours.map((each) => each.wall))
  const text = (value: number): string => value.toFixed(3)
  const ratio = (value: number): string => `${(value / tool).toFixed(2)}x`
  return [
    ...[name, what.tool[0] ?? '', text(tool), text(own)],
    ...[ratio(own), text(wall), ratio(wall)],
  ]
}

function timeTool([program = '', ...args]: readonly string[]): number {
  const began = performance.now()
  const { status } = spawnSync(program, args, {
    maxBuffer: 1e9,
    env: { ...process.env, LC_ALL: 'C' },
  })
  if (status !== 0) throw new Error(`${program} failed`)
  return (performance.now() - began) / 1000
}

function timeModule(operation: string): Measured {
  const began = performance.now()
  const script = fileURLToPath(new URL('run-once.ts', import.meta.url))
  const { stdout, stderr } = spawnSync(process.execPath, [script, operation], {
    encoding: 'utf8',
    maxBuffer: 1e9,
  })
  if (stdout === '') throw new Error(stderr)
  const { exectime } = JSON.parse(stdout) as { exectime: string }
  return { wall: (performance.now() - began) / 1000, own: secondsOf(exectime) }
}

/** Go's duration text in seconds. */
function secondsOf(text: string): number {
  const units: Record<string, number> = { h: 3600, m: 60, s: 1, ms: 1e-3, µs: 1e-6 }
  return [...text.matchAll(/([\d.]+)(h|ms|m|s|µs)/g)].reduce(
    (sum, [, value = '0', unit = 's']) => sum + Number(value) * (units[unit] ?? 0),
    0,
  )
}
