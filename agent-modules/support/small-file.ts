/** Reads a whole small file, bounded: never a pipe or device. Not for large ones (regular-file.ts). */
import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs'

export interface SmallFileOptions {
  /** Bytes; a larger file is refused. */
  readonly limit: number
  /** Only where the directory belongs to the system: who can put a link elsewhere would choose what is read. */
  readonly followLinks: boolean
}

const isWindows = process.platform === 'win32'
const SAFELY = isWindows ? 0 : constants.O_NONBLOCK | constants.O_NOCTTY
const NO_LINKS = isWindows ? 0 : constants.O_NOFOLLOW

/** @throws the system's error, or one that says why not */
export function readSmallFile(file: string, { limit, followLinks }: SmallFileOptions): Buffer {
  const descriptor = openSync(file, constants.O_RDONLY | SAFELY | (followLinks ? 0 : NO_LINKS))
  try {
    const stats = fstatSync(descriptor)
    if (!stats.isFile()) throw new Error('not a regular file')
    if (stats.size > limit) throw new Error(`larger than ${limit} bytes`)
    const buffer = Buffer.allocUnsafe(stats.size)
    return buffer.subarray(0, fill(descriptor, buffer))
  } finally {
    closeSync(descriptor)
  }
}

/** How many bytes there were: a file can shrink meanwhile. */
function fill(descriptor: number, buffer: Buffer): number {
  let length = 0
  while (length < buffer.length) {
    const read = readSync(descriptor, buffer, length, buffer.length - length, null)
    if (read === 0) break
    length += read
  }
  return length
}
