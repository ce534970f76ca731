/** Linux's /proc as it is on a machine (machine.ts): processes come and go while it is read, and what is gone is no error. */
import { closeSync, constants, openSync, readdirSync, readlinkSync, readSync } from 'node:fs'
import { placeOn, type Machine } from './machine.ts'

/** Longest command line and environment that Linux keeps for a process is far more; what is cut is never matched against an end. */
const READ_LIMIT = 4 * 1024 * 1024
const FIRST_READ = 16 * 1024

/** The processes that there are now, by ascending number. */
export function listPids(machine: Machine): readonly number[] {
  return readdirSync(placeOn(machine, '/proc'))
    .filter((name) => /^[1-9][0-9]*$/.test(name))
    .map(Number)
    .sort((one, other) => one - other)
}

/** A file of /proc, whole up to 4 MiB (isWholeProc tells) or the limit; undefined when it is gone, or not ours to read. */
export const readProc = (machine: Machine, file: string, limit = READ_LIMIT): Buffer | undefined =>
  readFile(machine, file, { limit, isRecord: false })

/** The same for a file that is one record, as `stat` or `cmdline`: the kernel hands it out without a pause, and a short read is its end. */
export const readProcRecord = (machine: Machine, file: string): Buffer | undefined =>
  readFile(machine, file, { limit: READ_LIMIT, isRecord: true })

interface Extent {
  readonly limit: number
  readonly isRecord: boolean
}

function readFile(machine: Machine, file: string, extent: Extent): Buffer | undefined {
  try {
    const descriptor = openSync(
      placeOn(machine, `/proc/${file}`),
      constants.O_RDONLY | constants.O_NONBLOCK,
    )
    try {
      return readAll(descriptor, extent)
    } finally {
      closeSync(descriptor)
    }
  } catch {
    // Gone, or of another user: the caller says which it cannot tell.
    return undefined
  }
}

/** Whether what was read ends where the file ends. */
export const isWholeProc = (bytes: Buffer, limit = READ_LIMIT): boolean => bytes.length < limit

/** A link of /proc, `exe` or `fd/3`; undefined when it is gone, or not ours to read. */
export function readProcLink(machine: Machine, link: string): string | undefined {
  try {
    return readlinkSync(placeOn(machine, `/proc/${link}`))
  } catch {
    return undefined
  }
}

/** One for all: a new one for each file costs as much as reading it (measured). */
const scratch = Buffer.allocUnsafeSlow(FIRST_READ)

/** Files of /proc have no size: they are read until they end. */
function readAll(descriptor: number, { limit, isRecord }: Extent): Buffer {
  let buffer = scratch
  let length = 0
  for (;;) {
    const read = readSync(descriptor, buffer, length, buffer.length - length, null)
    length += read
    const isEnd = read === 0 || (isRecord && length < buffer.length)
    if (isEnd || length >= limit)
      return buffer === scratch
        ? Buffer.from(buffer.subarray(0, length))
        : buffer.subarray(0, length)
    if (length === buffer.length) buffer = Buffer.concat([buffer], buffer.length * 4)
  }
}
