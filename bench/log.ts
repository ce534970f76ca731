/** The log module against grep on one large log, as ratios in one run. */
import { spawnSync } from 'node:child_process'
import { closeSync, openSync, rmSync, writeSync } from 'node:fs'
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { median, table } from './stats.ts'

const SIZE = 200_000_000
const RUNS = 5
/** One with a text to look for, one without, and one that many lines match. */
const REGEXES = [
  ['literal', 'Failed password for (root|admin) from'],
  ['no literal', '[0-9]{4} [a-z]{6}$'],
  ['one line in eight', 'sshd\\[[0-9]+\\]: Accepted'],
] as const

export async function benchLog(): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'mig-log-'))
  const file = join(folder, 'syslog')
  try {
    makeLog(file)
    const rows = [['regex', 'grep -cE s', 'module s', 'ratio', 'with start-up s', 'ratio']]
    for (const [name, regex] of REGEXES) rows.push(compare(name, regex, file))
    table(
      `Log module on ${String(SIZE / 1e6)} MB of syslog, warm (median of ${String(RUNS)})`,
      rows,
    )
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function compare(name: string, regex: string, file: string): string[] {
  const theirs: number[] = []
  const ours: { readonly wall: number; readonly own: number }[] = []
  // In turns, so that a noisy moment hits both.
  for (let run = 0; run <= RUNS; run += 1) {
    const their = timeGrep(regex, file)
    const our = timeModule(regex, file)
    if (run === 0) continue
    theirs.push(their)
    ours.push(our)
  }
  const their = median(theirs)
  const own = median(ours.map((each) => each.own))
  const wall = median(ours.map((each) => each.wall))
  const two = (value: number): string => value.toFixed(2)
  return [name, two(their), two(own), `${two(own / their)}x`, two(wall), `${two(wall / their)}x`]
}

function timeGrep(regex: string, file: string): number {
  const began = performance.now()
  spawnSync('grep', ['-cE', regex, file], { env: { ...process.env, LC_ALL: 'C' } })
  return (performance.now() - began) / 1000
}

function timeModule(regex: string, file: string): { wall: number; own: number } {
  const began = performance.now()
  const script = fileURLToPath(new URL('run-once.ts', import.meta.url))
  const parameters = { paths: [file], format: 'syslog', regexes: [regex] }
  const { stdout, stderr } = spawnSync(
    process.execPath,
    [script, JSON.stringify({ module: 'log', parameters })],
    { encoding: 'utf8' },
  )
  if (stdout === '') throw new Error(stderr)
  const { exectime } = JSON.parse(stdout) as { exectime: string }
  return { wall: (performance.now() - began) / 1000, own: secondsOf(exectime) }
}

/** Go's duration text in seconds: this takes neither hours nor minutes. */
function secondsOf(text: string): number {
  const [, value = '', unit = ''] = /^([\d.]+)(ms|s)$/.exec(text) ?? []
  return Number(value) * (unit === 'ms' ? 1e-3 : 1)
}

/** The same log on every machine: one failed login in 10,000 lines. */
function makeLog(file: string): void {
  const lines = Array.from({ length: 10_000 }, (_, at) => {
    const time = `Nov 20 ${String(10 + (at % 10))}:${String(10 + (at % 50))}:${String(10 + (at % 49))}`
    if (at === 5000)
      return `${time} web1 sshd[${String(at)}]: Failed password for root from 192.0.2.7 port 4242 ssh2\n`
    return at % 8 === 0
      ? `${time} web1 sshd[${String(at)}]: Accepted publickey for alice from 192.0.2.9 port 4242 ssh2\n`
      : `${time} web1 systemd[1]: session-${String(at)}.scope: Deactivated successfully, consumed ${String(at * 7)}ms\n`
  })
  const block = Buffer.from(lines.join(''))
  const descriptor = openSync(file, 'w')
  for (let size = 0; size < SIZE; size += block.length) writeSync(descriptor, block)
  closeSync(descriptor)
}
