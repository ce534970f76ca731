/** One process as Linux's /proc tells it: who it is, what it runs, and who started it. Not for its memory (process-memory.ts). */
import { readlinkSync, statSync } from 'node:fs'
import { nameOf, type Name } from './file-name.ts'
import { placeOn, type Machine } from './machine.ts'
import { readProc, readProcRecord } from './procfs.ts'

/** Ticks a second of the times in /proc: 100 on all that Node runs on (USER_HZ). */
const TICK_MS = 10
/** PF_KTHREAD of linux/sched.h. */
const KERNEL_THREAD = 0x20_0000
/** The kernel keeps so many bytes of a name (TASK_COMM_LEN). */
const NAME_LIMIT = 15
/** Fields of /proc/PID/stat behind the name that are looked at. */
const FIELDS = 22
const DELETED = Buffer.from(' (deleted)')

export interface ProcessStat {
  readonly name: Buffer
  /** One letter: R, S, D, Z, T... */
  readonly state: string
  readonly ppid: number
  readonly isKernelThread: boolean
  readonly threads: number
  readonly residentPages: number
  /** Since boot. Tells a process from a later one of the same number. */
  readonly startedMs: number
}

/** The file that a process runs; `none` for kernel threads and for what has ended and waits to be noticed. */
export type Executable =
  | { readonly kind: 'known'; readonly path: Name; readonly isDeleted: boolean }
  | { readonly kind: 'none' }
  /** Not ours to see. */
  | { readonly kind: 'unknown' }

export interface LinuxProcess extends Omit<ProcessStat, 'name'> {
  readonly pid: number
  /** Whole where the executable tells the rest of what the kernel cut. */
  readonly name: Name
  readonly executable: Executable
}

/** Undefined when it is gone. */
export function readProcess(machine: Machine, pid: number): LinuxProcess | undefined {
  const stat = readStat(machine, pid)
  if (stat === undefined) return undefined
  const executable: Executable = stat.isKernelThread
    ? { kind: 'none' }
    : readExecutable(machine, pid)
  return { ...stat, pid, executable, name: wholeName(stat.name, executable) }
}

/** Undefined when it is gone. */
export function readStat(machine: Machine, pid: number): ProcessStat | undefined {
  const bytes = readProcRecord(machine, `${pid}/stat`)
  return bytes === undefined ? undefined : parseStat(bytes)
}

/** /proc/PID/stat (proc(5)): the name stands in parentheses, and may hold any byte but zero, parentheses too. */
export function parseStat(bytes: Buffer): ProcessStat | undefined {
  const open = bytes.indexOf('(')
  const close = bytes.lastIndexOf(')')
  if (open < 0 || close < open) return undefined
  const fields = bytes.toString('latin1', close + 2).split(' ', FIELDS)
  const number = (field: number): number => Number(fields[field - 3] ?? NaN)
  // It is the last of those needed: a line cut before it is none.
  if (!Number.isInteger(number(24))) return undefined
  return {
    name: Buffer.from(bytes.subarray(open + 1, close)),
    state: fields[0] ?? '',
    ppid: number(4),
    isKernelThread: (number(9) & KERNEL_THREAD) !== 0,
    threads: number(20),
    startedMs: number(22) * TICK_MS,
    residentPages: number(24),
  }
}

/** Whose rights it has (the effective user, as in `ps`): its directory belongs to that user always, other files of it do not. Undefined when it is gone. */
export const ownerOf = (machine: Machine, pid: number): number | undefined =>
  statSync(placeOn(machine, `/proc/${pid}`), { throwIfNoEntry: false })?.uid

/** When the machine booted, in milliseconds since the epoch; undefined when /proc/stat does not say. */
export function bootTimeMs(machine: Machine): number | undefined {
  const seconds = /^btime (\d+)$/m.exec(readProc(machine, 'stat')?.toString('latin1') ?? '')?.[1]
  return seconds === undefined ? undefined : Number(seconds) * 1000
}

function readExecutable(machine: Machine, pid: number): Executable {
  const link = placeOn(machine, `/proc/${pid}/exe`)
  try {
    const target = readlinkSync(link, { encoding: 'buffer' })
    return isDeleted(machine, link, target)
      ? { kind: 'known', path: nameOf(target.subarray(0, -DELETED.length)), isDeleted: true }
      : { kind: 'known', path: nameOf(target), isDeleted: false }
  } catch (error) {
    const isDenied = error instanceof Error && 'code' in error && error.code !== 'ENOENT'
    return { kind: isDenied ? 'unknown' : 'none' }
  }
}

/** The kernel says so at the end of the path; but a file may also be called so. */
function isDeleted({ root }: Machine, link: string, target: Buffer): boolean {
  if (!target.subarray(-DELETED.length).equals(DELETED)) return false
  const options = { bigint: true, throwIfNoEntry: false } as const
  const named = statSync(Buffer.concat([Buffer.from(root), target]), options)
  const running = statSync(link, options)
  return named === undefined || named.dev !== running?.dev || named.ino !== running.ino
}

function wholeName(comm: Buffer, executable: Executable): Name {
  if (comm.length === NAME_LIMIT && executable.kind === 'known') {
    const { text, raw } = executable.path
    const path = raw ?? Buffer.from(text)
    const base = path.subarray(path.lastIndexOf('/') + 1)
    if (base.subarray(0, NAME_LIMIT).equals(comm)) return nameOf(base)
  }
  return nameOf(comm)
}
