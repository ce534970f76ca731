/** The names in a directory that others may have filled: so many, in the order in which the system has them. Not for walking trees (walk.ts). */
import { opendirSync } from 'node:fs'

export interface NamesIn {
  readonly names: readonly string[]
  /** There are more. */
  readonly isCut: boolean
}

/** @throws the system's error where the directory cannot be read */
export function namesIn(folder: string, limit: number): NamesIn {
  const directory = opendirSync(folder)
  try {
    const names: string[] = []
    for (let entry = directory.readSync(); entry !== null; entry = directory.readSync()) {
      if (names.length === limit) return { names, isCut: true }
      names.push(entry.name)
    }
    return { names, isCut: false }
  } finally {
    directory.closeSync()
  }
}
