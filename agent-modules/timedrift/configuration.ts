/** Reads configuration files of a host, which need not be there. */
import { readdirSync } from 'node:fs'
import path from 'node:path'
import { placeOn, type Machine } from '../support/machine.ts'
import { readSmallFile } from '../support/small-file.ts'

const ENDINGS = new Set(['.conf', '.sources'])
const CONFIGURATION_LIMIT = 1024 * 1024

/** Empty where there is none, or none that we may read: the host then has no servers of its own for us. */
export function readConfiguration(machine: Machine, file: string): string {
  try {
    const options = { limit: CONFIGURATION_LIMIT, followLinks: true }
    return readSmallFile(placeOn(machine, file), options).toString()
  } catch {
    return ''
  }
}

/** Full paths, sorted. */
export function filesIn(machine: Machine, folder: string): readonly string[] {
  try {
    return readdirSync(placeOn(machine, folder))
      .filter((name) => ENDINGS.has(path.extname(name)))
      .sort()
      .map((name) => `${folder}/${name}`)
  } catch {
    return []
  }
}
