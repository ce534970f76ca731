/** What this module asks of a host, whatever its system: the processes, and what they were started with. */
import { UnsupportedError } from '../contract.ts'
import type { Name } from '../support/file-name.ts'
import type { Machine } from '../support/machine.ts'
import type { ProgramOptions } from '../support/program.ts'
import { printedBy } from '../support/program-output.ts'
import type { FilterKind } from './parameters.ts'

/** One process as it was when the processes were listed; what is undefined the system did not tell. */
export interface ProcessRecord {
  readonly pid: number
  readonly ppid: number
  readonly name: Name
  /** Empty for what runs no file, as a kernel thread. */
  readonly path: Name | undefined
  readonly isDeleted: boolean | undefined
  readonly user: { readonly name: string; readonly id: string } | undefined
  /** Since the epoch. */
  readonly startedMs: number | undefined
  readonly state: string | undefined
  readonly threads: number | undefined
  readonly residentBytes: number | undefined
}

/** Something of a process that may be too long to be looked at whole. */
export interface Part<T> {
  readonly value: T
  readonly isWhole: boolean
}

export interface ProcessHost {
  /** Filters that this system gives no answer to. */
  readonly cannot: readonly FilterKind[]
  /** The processes that there are now. */
  list(): Iterable<ProcessRecord> | Promise<Iterable<ProcessRecord>>
  /** Arguments with spaces between; undefined when it is gone, or not ours to see. */
  commandLine(pid: number): Part<Buffer> | undefined
  environmentNames(pid: number): Part<readonly string[]> | undefined
  /** What to open to read the file that it runs; a link where that leads to the file even if it was deleted. */
  executable(record: ProcessRecord): { readonly path: string; readonly isLink: boolean } | undefined
}

/** Milliseconds since the epoch; undefined for what is no date. */
export function momentOf(printed: string): number | undefined {
  const atMs = Date.parse(printed)
  return Number.isNaN(atMs) ? undefined : atMs
}

/** What a program prints. @throws UnsupportedError without the program, Error when it fails; empty when called off */
export async function requirePrinted(
  machine: Machine,
  command: readonly string[],
  options: ProgramOptions,
): Promise<string> {
  const printed = await printedBy(machine, command, options)
  if (printed.kind === 'printed') return printed.text
  if (options.signal.aborted) return ''
  const reason = `${command[0] ?? ''} ${printed.reason}`
  throw printed.kind === 'missing' ? new UnsupportedError(`process: ${reason}`) : new Error(reason)
}
