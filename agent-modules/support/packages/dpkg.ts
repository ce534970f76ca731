/** Packages that dpkg has installed, from its database (dpkg(1), FILES); also of images that keep a stanza a file. */
import { existsSync, lstatSync } from 'node:fs'
import { readDirectory } from '../directory.ts'
import { placeOn, type Machine } from '../machine.ts'
import { readSmallFile } from '../small-file.ts'
import { hasVanished, reasonOf } from '../soft-errors.ts'
import {
  timeOfSeconds,
  type PackageDatabase,
  type PackageQuery,
  type PackageStep,
} from './package.ts'
import { fieldOf, stanzasOf } from './stanza.ts'

const FOLDER = '/var/lib/dpkg'
/** Ten times the largest seen. */
const STATUS_LIMIT = 64 * 1024 * 1024
/** Read of one folder: an image has a file a package. */
const FILES_LIMIT = 10_000

export const dpkg: PackageDatabase = {
  type: 'dpkg',
  isOn: (machine) =>
    ['status', 'status.d'].some((name) => existsSync(placeOn(machine, `${FOLDER}/${name}`))),
  packages: readDpkg,
}

function* readDpkg(query: PackageQuery): Generator<PackageStep, void> {
  const changed = yield* pendingChanges(query)
  for (const stanza of stanzasOf(textOf(query, 'status'))) {
    const current = changed.size === 0 ? stanza : (takeOut(changed, keyOf(stanza)) ?? stanza)
    yield isInstalled(current) ? packageOf(current, query) : undefined
  }
  for (const stanza of changed.values()) if (isInstalled(stanza)) yield packageOf(stanza, query)
  for (const name of yield* filesIn(query, 'status.d')) {
    yield undefined
    if (name.endsWith('.md5sums')) continue
    for (const stanza of stanzasOf(textOf(query, `status.d/${name}`)))
      yield packageOf(stanza, query)
  }
}

/** What a dpkg that runs, or was interrupted, has not yet put into its status: later stanzas of a package replace earlier ones. */
function* pendingChanges(query: PackageQuery): Generator<undefined, Map<string, string>> {
  const changed = new Map<string, string>()
  for (const name of yield* filesIn(query, 'updates')) {
    yield undefined
    if (!/^[0-9]+$/.test(name)) continue
    for (const stanza of stanzasOf(textOf(query, `updates/${name}`)))
      changed.set(keyOf(stanza), stanza)
  }
  return changed
}

function takeOut(changed: Map<string, string>, key: string): string | undefined {
  const stanza = changed.get(key)
  changed.delete(key)
  return stanza
}

const keyOf = (stanza: string): string =>
  `${fieldOf(stanza, '\nPackage:') ?? ''}:${fieldOf(stanza, '\nArchitecture:') ?? ''}`

const isInstalled = (stanza: string): boolean =>
  fieldOf(stanza, '\nStatus:')?.endsWith(' installed') === true

function packageOf(stanza: string, query: PackageQuery): PackageStep {
  const name = fieldOf(stanza, '\nPackage:')
  if (name === undefined) return undefined
  if (!query.wants(name)) return 'unwanted'
  return {
    name,
    version: fieldOf(stanza, '\nVersion:') ?? '',
    type: 'dpkg',
    arch: fieldOf(stanza, '\nArchitecture:') ?? 'unknown',
    // Its version follows in parentheses where it is another.
    source: fieldOf(stanza, '\nSource:')?.replace(/ \(.*/, ''),
    installed: query.wantsTimes ? installedAt(query.machine, stanza) : undefined,
  }
}

/** dpkg writes a package's list of files when it unpacks it. */
function installedAt(machine: Machine, stanza: string): string | undefined {
  const isOneOfSeveral = fieldOf(stanza, '\nMulti-Arch:') === 'same'
  const list = isOneOfSeveral ? keyOf(stanza) : (fieldOf(stanza, '\nPackage:') ?? '')
  if (list.includes('/')) return undefined
  const file = placeOn(machine, `${FOLDER}/info/${list}.list`)
  const stats = lstatSync(file, { throwIfNoEntry: false })
  return stats && timeOfSeconds(Math.floor(stats.mtimeMs / 1000))
}

function* filesIn(
  { machine, errors }: PackageQuery,
  name: string,
): Generator<undefined, readonly string[]> {
  const folder = `${FOLDER}/${name}`
  try {
    const children = yield* readDirectory({ path: placeOn(machine, folder), raw: undefined })
    if (children.length > FILES_LIMIT)
      errors.notice(
        `${folder}: only the first ${FILES_LIMIT} of its ${children.length} files were read`,
      )
    return children.slice(0, FILES_LIMIT).map((child) => child.name)
  } catch {
    // Images have the one, hosts the other.
    return []
  }
}

function textOf({ machine, errors }: PackageQuery, name: string): string {
  const file = `${FOLDER}/${name}`
  try {
    const options = { limit: STATUS_LIMIT, followLinks: true }
    // All fields that count are ASCII, and Latin-1 is the cheapest to decode.
    return readSmallFile(placeOn(machine, file), options).toString('latin1')
  } catch (error) {
    if (!hasVanished(error)) errors.add(file, reasonOf(error))
    return ''
  }
}
