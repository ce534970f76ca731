/** /proc of a made-up Linux machine, for tests. */
import { chownSync } from 'node:fs'
import type { Machine } from '../../agent-modules/support/machine.ts'
import type { MachineInit } from './machine.ts'

export interface FakeProcess {
  readonly pid: number
  readonly ppid?: number
  readonly name?: string | Buffer
  /** Where /proc/PID/exe leads; absent for a kernel thread. */
  readonly exe?: string
  readonly uid?: number
  readonly startTicks?: number
  readonly cmdline?: string | Buffer
  readonly environ?: string | Buffer
  readonly state?: string
}

const KERNEL_THREAD = 0x20_0000
/** 2026-11-21T00:00:00Z */
export const BOOTED_S = Date.UTC(2026, 10, 21) / 1000

/** Gives each process to its user, which only root can. */
export function giveToUsers({ root }: Machine, processes: readonly FakeProcess[]): void {
  if (process.getuid?.() !== 0) return
  for (const { pid, uid = 0 } of processes) chownSync(`${root}/proc/${pid}`, uid, 0)
}

/** The files and links of such a machine. */
export function linuxMachine(
  processes: readonly FakeProcess[],
  more: MachineInit['files'] = {},
): Required<Pick<MachineInit, 'files' | 'links'>> {
  const files: Record<string, string | Buffer> = {
    '/proc/stat': `cpu 1 2 3\nbtime ${BOOTED_S}\nprocesses 5\n`,
    '/proc/uptime': '1 1\n',
    '/etc/passwd': 'root:x:0:0:root:/root:/bin/sh\nada:x:1000:1000::/home/ada:/bin/sh\n',
    ...more,
  }
  const links: Record<string, string> = {}
  for (const one of processes) {
    const folder = `/proc/${one.pid}`
    files[`${folder}/stat`] = stat(one)
    files[`${folder}/cmdline`] = one.cmdline ?? ''
    files[`${folder}/environ`] = one.environ ?? ''
    if (one.exe !== undefined) links[`${folder}/exe`] = one.exe
  }
  return { files, links }
}

function stat({
  pid,
  ppid = 1,
  name = 'x',
  exe,
  startTicks = 0,
  state = 'S',
}: FakeProcess): Buffer {
  const flags = exe === undefined ? KERNEL_THREAD : 0
  const rest = `${state} ${ppid} 1 1 0 -1 ${flags} 0 0 0 0 0 0 0 0 20 0 3 0 ${startTicks} 4096 256 0`
  return Buffer.concat([
    Buffer.from(`${pid} (`),
    Buffer.from(name as string),
    Buffer.from(`) ${rest}\n`),
  ])
}
