/** One command's latency, from process start to last line, for a mesh of n agents: cold (an embedded node) and through `mig up`. */
import { setTimeout as sleep } from 'node:timers/promises'
import { openLab, type Lab } from './lab.ts'
import { median, ms, percentile, table } from './stats.ts'

const COLD_RUNS = 5
const WARM_RUNS = 15
const PAUSE_MS = 2000
const QUESTION = ['file', '-t', 'all', '-path', '/etc', '-name', '^passwd$', '-maxdepth', '1']

export async function benchLatency(sizes: readonly number[]): Promise<void> {
  const rows = [
    [
      'agents',
      'cold p50',
      'cold p95',
      'via mig up p50',
      'via mig up p95',
      'runs that all answered',
    ],
  ]
  for (const size of sizes) {
    await using lab = await openLab(size)
    const home = ['--home', lab.home('investigator')]
    await untilKnown(lab, size)
    const once = (): Promise<Sample> => ask(lab, [...home, ...QUESTION], size)
    await repeat(2, once)
    const cold = await repeat(COLD_RUNS, once)
    await lab.start([`${lab.product}/cli/mig.js`, ...home, 'up'])
    await repeat(3, once)
    const warm = await repeat(WARM_RUNS, once)
    const whole = [...cold, ...warm].filter(({ isWhole }) => isWhole).length
    rows.push([
      String(size),
      ...[cold, warm].flatMap((samples) => {
        const times = samples.map(({ tookMs }) => tookMs)
        return [ms(median(times)), ms(percentile(times, 0.95))]
      }),
      `${String(whole)} of ${String(COLD_RUNS + WARM_RUNS)}`,
    ])
  }
  table('One command, all agents answering (from process start to last line, 2 s apart)', rows)
}

/** Agents leave their presence in their first seconds; a hunt before that expects fewer. */
async function untilKnown(lab: Lab, size: number): Promise<void> {
  for (let attempt = 0; attempt < 30; attempt += 1) {
    const { stdout } = await lab.mig(['--home', lab.home('investigator'), 'agents', '--json'])
    if (stdout.split('\n').filter((line) => line !== '').length >= size) return
  }
  throw new Error('agents did not appear')
}

interface Sample {
  readonly tookMs: number
  /** Everybody answered while the command waited: more agents than the machine has cores may not. */
  readonly isWhole: boolean
}

async function ask(lab: Lab, args: readonly string[], size: number): Promise<Sample> {
  const { ms: tookMs, code, stdout } = await lab.mig(args)
  const lines = stdout.split('\n').filter((line) => line.includes('/etc/passwd')).length
  return { tookMs, isWhole: code === 0 && lines === size }
}

async function repeat(times: number, task: () => Promise<Sample>): Promise<Sample[]> {
  const samples: Sample[] = []
  for (let run = 0; run < times; run += 1) {
    // As a person types: agents have had time to start their next child.
    await sleep(PAUSE_MS)
    samples.push(await task())
  }
  return samples
}
