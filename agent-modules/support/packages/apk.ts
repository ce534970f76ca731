/** Packages of Alpine Linux, from apk's database (apk-package(5)). */
import { existsSync } from 'node:fs'
import { placeOn, type Machine } from '../machine.ts'
import { readSmallFile } from '../small-file.ts'
import { reasonOf } from '../soft-errors.ts'
import type { PackageDatabase, PackageQuery, PackageStep } from './package.ts'
import { fieldOf, stanzasOf } from './stanza.ts'

/** The second since Alpine merged /lib into /usr. */
export const APK_DATABASES = ['/lib/apk/db/installed', '/usr/lib/apk/db/installed']
const LIMIT = 64 * 1024 * 1024

export const apk: PackageDatabase = {
  type: 'apk',
  isOn: (machine) => placeOf(machine) !== undefined,
  packages: readApk,
}

const placeOf = (machine: Machine): string | undefined =>
  APK_DATABASES.find((place) => existsSync(placeOn(machine, place)))

function* readApk(query: PackageQuery): Generator<PackageStep, void> {
  for (const stanza of stanzasOf(textOf(query))) {
    const name = fieldOf(stanza, '\nP:')
    if (name === undefined) continue
    yield query.wants(name)
      ? {
          name,
          version: fieldOf(stanza, '\nV:') ?? '',
          type: 'apk',
          arch: fieldOf(stanza, '\nA:') ?? 'unknown',
          source: fieldOf(stanza, '\no:'),
        }
      : 'unwanted'
  }
}

function textOf({ machine, errors }: PackageQuery): string {
  const place = placeOf(machine) ?? ''
  try {
    return readSmallFile(placeOn(machine, place), { limit: LIMIT, followLinks: true }).toString()
  } catch (error) {
    errors.add(place, reasonOf(error))
    return ''
  }
}
