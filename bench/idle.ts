/** What an agent costs while nothing happens: memory, CPU and traffic, its waiting child counted separately. Linux only. */
import type { ChildProcess } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { openLab } from './lab.ts'
import { median, table } from './stats.ts'

const WATCH_MS = 60_000
const SETTLE_MS = 20_000
const TICKS_PER_SECOND = 100

interface Usage {
  readonly rssMiB: number
  readonly pssMiB: number
  readonly cpuSeconds: number
  readonly ioBytes: number
}

export async function benchIdle(): Promise<void> {
  await using lab = await openLab(5)
  await sleep(SETTLE_MS)
  const agents = lab.agents
    .slice(1)
    .flatMap(({ pid }: ChildProcess) => (pid === undefined ? [] : [pid]))
  const before = agents.map(usage)
  await sleep(WATCH_MS)
  const after = agents.map(usage)
  const per = (pick: (each: Usage) => number): number[] =>
    after.map((each, index) => pick(each) - pick(before[index] ?? each))
  const waiting = agents.flatMap(childrenOf).map(usage)
  table(
    `An idle agent (median of ${String(agents.length)}, watched ${String(WATCH_MS / 1000)} s)`,
    [
      ['', 'RSS', 'PSS', 'CPU', 'read and written'],
      [
        'agent',
        mib(after.map(({ rssMiB }) => rssMiB)),
        mib(after.map(({ pssMiB }) => pssMiB)),
        `${((median(per(({ cpuSeconds }) => cpuSeconds)) / (WATCH_MS / 1000)) * 100).toFixed(2)} % of a core`,
        `${(median(per(({ ioBytes }) => ioBytes)) / (WATCH_MS / 1000) / 1024).toFixed(2)} KiB/s`,
      ],
      [
        'its waiting child',
        mib(waiting.map(({ rssMiB }) => rssMiB)),
        mib(waiting.map(({ pssMiB }) => pssMiB)),
        '',
        '',
      ],
    ],
  )
}

const mib = (values: readonly number[]): string => `${median(values).toFixed(0)} MiB`

function usage(pid: number): Usage {
  const rollup = readFileSync(`/proc/${String(pid)}/smaps_rollup`, 'utf8')
  const kib = (name: string): number =>
    Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(rollup)?.[1] ?? 0)
  const io = readFileSync(`/proc/${String(pid)}/io`, 'utf8')
  const bytes = (name: string): number =>
    Number(new RegExp(`^${name}: (\\d+)`, 'm').exec(io)?.[1] ?? 0)
  return {
    rssMiB: kib('Rss') / 1024,
    pssMiB: kib('Pss') / 1024,
    cpuSeconds: cpuSecondsOf(pid),
    ioBytes: bytes('rchar') + bytes('wchar'),
  }
}

/** Processor time that a process has had so far. */
export function cpuSecondsOf(pid: number): number {
  const stat = readFileSync(`/proc/${String(pid)}/stat`, 'utf8')
  const [utime = '0', stime = '0'] = stat
    .slice(stat.lastIndexOf(')') + 2)
    .split(' ')
    .slice(11, 13)
  return (Number(utime) + Number(stime)) / TICKS_PER_SECOND
}

function childrenOf(pid: number): number[] {
  return readdirSync(`/proc/${String(pid)}/task`).flatMap((task) =>
    readFileSync(`/proc/${String(pid)}/task/${task}/children`, 'utf8')
      .split(' ')
      .filter((each) => each !== '')
      .map(Number),
  )
}
