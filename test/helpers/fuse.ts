/** Whether a test can be a file system that answers as it likes (FUSE), which it mounts itself. */
import { accessSync, constants } from 'node:fs'

export function canServeFuse(): boolean {
  try {
    accessSync('/dev/fuse', constants.R_OK | constants.W_OK)
    return process.getuid?.() === 0
  } catch {
    return false
  }
}
