/** Where a symbolic link to a file leads, and whether that is inside what was to be searched. */
import { realpathSync, statSync } from 'node:fs'
import path from 'node:path'
import type { Place } from './directory.ts'

/** The file behind a link by its real path; undefined when it dangles or leads to anything but a regular file. */
export function fileBehind(place: Place): Buffer | undefined {
  try {
    const real = realpathSync.native(place.raw ?? place.path, { encoding: 'buffer' })
    return statSync(real).isFile() ? real : undefined
  } catch {
    // Dangling, looping, or through a directory that this user may not enter: not a file that can be read.
    return undefined
  }
}

/** Whether `real` lies at or below `realRoot`, by whole path components: `/etcfoo` is not inside `/etc`. */
export function isInside(real: Buffer, realRoot: Buffer): boolean {
  if (real.equals(realRoot)) return true
  const separator = Buffer.from(path.sep)
  const prefix = realRoot.subarray(-1).equals(separator)
    ? realRoot
    : Buffer.concat([realRoot, separator])
  return real.subarray(0, prefix.length).equals(prefix)
}
