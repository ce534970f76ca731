/** Reads configuration files of a host, which need not be there. */
import { readdirSync } from 'node:fs'
import path from 'node:path'
import { placeOn, type Machine } from '../support/machine.ts'
import { readSmallFile } from '../support/small-file.ts'
import { hasVanished, reasonOf } from '../support/soft-errors.ts'

const ENDINGS = new Set(['.conf', '.sources'])
const CONFIGURATION_LIMIT = 1024 * 1024
/** Read of one folder: a host has a handful. */
const FILES_LIMIT = 256

/** Where the configuration is, and who hears of what of it could not be read. */
export interface Configured {
  readonly machine: Machine
  readonly report: (message: string) => void
}

/** Empty where there is none, or none that can be read: the host then has no servers of its own for us. */
export function readConfiguration({ machine, report }: Configured, file: string): string {
  try {
    const options = { limit: CONFIGURATION_LIMIT, followLinks: true }
    return readSmallFile(placeOn(machine, file), options).toString()
  } catch (error) {
    if (!hasVanished(error)) report(`${file}: ${reasonOf(error)}`)
    return ''
  }
}

/** Full paths, sorted. */
export function filesIn({ machine, report }: Configured, folder: string): readonly string[] {
  try {
    const names = readdirSync(placeOn(machine, folder))
      .filter((name) => ENDINGS.has(path.extname(name)))
      .sort()
    if (names.length > FILES_LIMIT)
      report(`${folder}: only the first ${FILES_LIMIT} of its ${names.length} files were read`)
    return names.slice(0, FILES_LIMIT).map((name) => `${folder}/${name}`)
  } catch (error) {
    if (!hasVanished(error)) report(`${folder}: ${reasonOf(error)}`)
    return []
  }
}
