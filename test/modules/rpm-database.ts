/** An RPM database made for a test: headers as rpm writes them, in SQLite. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { DatabaseSync } from 'node:sqlite'

const TAGS = {
  name: 1000,
  version: 1001,
  release: 1002,
  epoch: 1003,
  installTime: 1008,
  arch: 1022,
  sourceRpm: 1044,
} as const
type Fields = Partial<Record<keyof typeof TAGS, string | number>>

/** The index, then the data; a number is INT32, a text STRING, both after an entry that no reader needs. */
export function rpmHeader(fields: Fields): Buffer {
  const entries = Object.entries({ ...fields }).map(
    ([name, value]) => [TAGS[name as keyof typeof TAGS], value] as const,
  )
  const index: Buffer[] = []
  let data = Buffer.alloc(16, 1)
  for (const [tag, value] of [[63, data] as const, ...entries]) {
    const isNumber = typeof value === 'number'
    if (isNumber) data = Buffer.concat([data, Buffer.alloc((4 - (data.length % 4)) % 4)])
    index.push(words(tag, tag === 63 ? 7 : isNumber ? 4 : 6, tag === 63 ? 0 : data.length, 1))
    if (isNumber) data = Buffer.concat([data, words(value)])
    if (typeof value === 'string') data = Buffer.concat([data, Buffer.from(`${value}\0`)])
  }
  return Buffer.concat([words(index.length, data.length), ...index, data])
}

function words(...values: readonly number[]): Buffer {
  const bytes = Buffer.alloc(4 * values.length)
  for (const [at, value] of values.entries()) bytes.writeUInt32BE(value, 4 * at)
  return bytes
}

/** The bytes of a database with these blobs for packages. */
export function rpmDatabase(blobs: readonly Buffer[]): Buffer {
  const folder = mkdtempSync(path.join(tmpdir(), 'mig-rpmdb-'))
  try {
    const place = path.join(folder, 'rpmdb.sqlite')
    const database = new DatabaseSync(place)
    database.exec(
      'CREATE TABLE Packages (hnum INTEGER PRIMARY KEY AUTOINCREMENT, blob BLOB NOT NULL)',
    )
    const insert = database.prepare('INSERT INTO Packages (blob) VALUES (?)')
    for (const blob of blobs) insert.run(blob)
    database.close()
    return readFileSync(place)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
