/** Packages that rpm has installed: from its SQLite database, or where that is of an older kind from rpm itself. */
import { existsSync } from 'node:fs'
import { placeOn, type Machine } from '../machine.ts'
import { openSqlite } from '../sqlite-file.ts'
import {
  timeOfSeconds,
  type PackageDatabase,
  type PackageQuery,
  type PackageStep,
} from './package.ts'
import { readRpmHeader, type RpmFields } from './rpm-header.ts'

/** The last is that of hosts whose system is an image (rpm-ostree). Often one is a link to another: the first counts. */
const FOLDERS = ['/var/lib/rpm', '/usr/lib/sysimage/rpm', '/usr/share/rpm']
/** SQLite, ndb, Berkeley DB. */
const FILES = ['rpmdb.sqlite', 'Packages.db', 'Packages']
/** Of a package with 100,000 files. */
const HEADER_LIMIT = 32 * 1024 * 1024

const KEYS = ['name', 'epoch', 'version', 'release', 'arch', 'sourceRpm', 'installTime'] as const
const QUERY_FORMAT = `${KEYS.map((key) => `%{${key.toUpperCase()}}`).join('\\t')}\\n`
const NONE = '(none)'

export const rpm: PackageDatabase = {
  type: 'rpm',
  isOn: (machine) => databaseOf(machine) !== undefined,
  packages: readRpm,
}

const databaseOf = (machine: Machine): string | undefined =>
  FOLDERS.flatMap((folder) => FILES.map((file) => `${folder}/${file}`)).find((place) =>
    existsSync(placeOn(machine, place)),
  )

function readRpm(query: PackageQuery): AsyncGenerator<PackageStep, void> {
  const database = databaseOf(query.machine) ?? ''
  return database.endsWith('.sqlite') ? readDatabase(database, query) : askRpm(database, query)
}

async function* readDatabase(
  database: string,
  query: PackageQuery,
): AsyncGenerator<PackageStep, void> {
  using file = await openSqlite(placeOn(query.machine, database))
  const rows = file.prepare(
    'SELECT iif(length(blob) <= ?, blob, NULL) AS header FROM Packages ORDER BY hnum',
  )
  let unreadable = 0
  for (const { header } of rows.iterate(HEADER_LIMIT)) {
    const fields = header instanceof Uint8Array ? readRpmHeader(viewOf(header)) : undefined
    if (fields === undefined) unreadable += 1
    else yield packageOf(fields, query)
  }
  if (unreadable > 0) query.errors.notice(`${database}: ${unreadable} packages cannot be read`)
}

const viewOf = ({ buffer, byteOffset, length }: Uint8Array): Buffer =>
  Buffer.from(buffer, byteOffset, length)

async function* askRpm(database: string, query: PackageQuery): AsyncGenerator<PackageStep, void> {
  const args = ['-qa', '--nodigest', '--nosignature', '--queryformat', QUERY_FORMAT]
  const outcome = await query.machine.run('rpm', args, { signal: query.signal })
  if (outcome.kind === 'missing') {
    query.errors.notice(`${database}: only rpm can read it, and there is none`)
    return
  }
  if (outcome.kind === 'stopped') query.errors.notice(`rpm: ${outcome.reason}`)
  else if (outcome.code !== 0) query.errors.notice(`rpm: ended with code ${outcome.code}`)
  for (const line of outcome.stdout.toString().split('\n')) {
    const values = line.split('\t')
    if (values.length === KEYS.length) yield packageOf(fieldsOf(values), query)
  }
}

function fieldsOf(values: readonly string[]): RpmFields {
  const fields: RpmFields = {}
  for (const [index, key] of KEYS.entries()) {
    const value = values[index]
    if (value !== undefined && value !== NONE) fields[key] = value
  }
  return fields
}

function packageOf(fields: RpmFields, { wants }: PackageQuery): PackageStep {
  const { name = '', epoch, version = '', release = '', arch = 'unknown', sourceRpm } = fields
  if (!wants(name)) return 'unwanted'
  return {
    name,
    version: `${epoch === undefined ? '' : `${epoch}:`}${version}-${release}`,
    type: 'rpm',
    arch,
    // NAME-VERSION-RELEASE.src.rpm
    source: sourceRpm === undefined ? undefined : /^(.+)-[^-]+-[^-]+$/.exec(sourceRpm)?.[1],
    installed: timeOfSeconds(Number(fields.installTime)),
  }
}
