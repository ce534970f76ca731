/** Packages of Arch Linux, from pacman's local database: a directory `name-version-release` each, with a file of `%KEY%` paragraphs. */
import { existsSync } from 'node:fs'
import { readDirectory } from '../directory.ts'
import { placeOn } from '../machine.ts'
import { readSmallFile } from '../small-file.ts'
import { hasVanished, reasonOf } from '../soft-errors.ts'
import {
  timeOfSeconds,
  type PackageDatabase,
  type PackageQuery,
  type PackageStep,
} from './package.ts'

const FOLDER = '/var/lib/pacman/local'
const DESCRIPTION_LIMIT = 1024 * 1024

export const pacman: PackageDatabase = {
  type: 'pacman',
  isOn: (machine) => existsSync(placeOn(machine, FOLDER)),
  packages: readPacman,
}

function* readPacman(query: PackageQuery): Generator<PackageStep, void> {
  const folder = { path: placeOn(query.machine, FOLDER), raw: undefined }
  for (const { name: directory, kind } of yield* readDirectory(folder)) {
    if (kind !== 'directory') continue
    const name = /^(.+)-[^-]+-[^-]+$/.exec(directory)?.[1]
    if (name !== undefined) yield query.wants(name) ? packageIn(directory, query) : 'unwanted'
  }
}

function packageIn(directory: string, { machine, errors }: PackageQuery): PackageStep {
  const file = `${FOLDER}/${directory}/desc`
  try {
    const options = { limit: DESCRIPTION_LIMIT, followLinks: false }
    const text = readSmallFile(placeOn(machine, file), options).toString()
    return {
      name: valueOf(text, 'NAME') ?? '',
      version: valueOf(text, 'VERSION') ?? '',
      type: 'pacman',
      arch: valueOf(text, 'ARCH') ?? 'unknown',
      source: valueOf(text, 'BASE'),
      installed: timeOfSeconds(Number(valueOf(text, 'INSTALLDATE'))),
    }
  } catch (error) {
    if (!hasVanished(error)) errors.add(file, reasonOf(error))
    return undefined
  }
}

function valueOf(text: string, key: string): string | undefined {
  const head = `%${key}%\n`
  const at = text.indexOf(head)
  if (at < 0) return undefined
  return text.slice(at + head.length).split('\n', 1)[0]
}
