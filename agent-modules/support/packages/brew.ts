/** Formulas and casks of Homebrew: a directory a version, and a receipt of formulas that tells when they were poured. */
import { existsSync } from 'node:fs'
import { z } from 'zod'
import { readDirectory, type Child } from '../directory.ts'
import { placeOn } from '../machine.ts'
import { readSmallFile } from '../small-file.ts'
import { hasVanished, reasonOf } from '../soft-errors.ts'
import {
  timeOfSeconds,
  type PackageDatabase,
  type PackageQuery,
  type PackageStep,
} from './package.ts'

const PREFIXES = ['/opt/homebrew', '/usr/local', '/home/linuxbrew/.linuxbrew']
const SHELVES = ['Cellar', 'Caskroom']
const RECEIPT_LIMIT = 1024 * 1024

const FOLDERS = PREFIXES.flatMap((prefix) => SHELVES.map((shelf) => `${prefix}/${shelf}`))

export const brew: PackageDatabase = {
  type: 'brew',
  isOn: (machine) => FOLDERS.some((folder) => existsSync(placeOn(machine, folder))),
  packages: readBrew,
}

function* readBrew(query: PackageQuery): Generator<PackageStep, void> {
  for (const folder of FOLDERS)
    for (const { name } of yield* directoriesIn(folder, query))
      if (query.wants(name)) yield* versionsOf(name, `${folder}/${name}`, query)
      else yield 'unwanted'
}

function* versionsOf(
  name: string,
  folder: string,
  query: PackageQuery,
): Generator<PackageStep, void> {
  for (const { name: version } of yield* directoriesIn(folder, query))
    yield { name, version, type: 'brew', ...receiptOf(`${folder}/${version}`, query) }
}

/** These folders belong to a user: links in them are not followed. */
function* directoriesIn(
  folder: string,
  { machine, errors }: PackageQuery,
): Generator<undefined, readonly Child[]> {
  try {
    const place = { path: placeOn(machine, folder), raw: undefined }
    const children = yield* readDirectory(place)
    return children.filter(({ name, kind }) => kind === 'directory' && !name.startsWith('.'))
  } catch (error) {
    if (!hasVanished(error)) errors.add(folder, reasonOf(error))
    return []
  }
}

const receipt = z.object({ arch: z.string().default('unknown'), time: z.number().default(0) })

function receiptOf(
  folder: string,
  { machine }: PackageQuery,
): { arch: string; installed?: string | undefined } {
  try {
    const place = placeOn(machine, `${folder}/INSTALL_RECEIPT.json`)
    const bytes = readSmallFile(place, { limit: RECEIPT_LIMIT, followLinks: false })
    const { arch, time } = receipt.parse(JSON.parse(bytes.toString()))
    return { arch, installed: timeOfSeconds(time) }
  } catch {
    // Casks have none; the version is known without.
    return { arch: 'unknown' }
  }
}
