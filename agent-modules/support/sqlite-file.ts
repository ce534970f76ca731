/** Opens a host's SQLite database to read it: never a pipe or device, which SQLite would wait for. Not against who may write its folder, which is the system's. */
import { statSync } from 'node:fs'
import type { DatabaseSync } from 'node:sqlite'
import { pathToFileURL } from 'node:url'

/** The database, and what SQLite opens beside it where it finds it. */
const ENDINGS = ['', '-journal', '-wal', '-shm']

/** The engine is loaded when it is needed: most hosts have no such file. @throws the system's error, SQLite's, or one that says why not */
export async function openSqlite(place: string): Promise<DatabaseSync> {
  const [, journal, log] = ENDINGS.map((ending) => sizeOf(place + ending))
  const address = pathToFileURL(place)
  // Where nobody writes, and so there are no changes under way, SQLite need not make its files beside the database: a host may be mounted read-only.
  if (journal === 0 && log === 0) address.search = 'immutable=1'
  const { DatabaseSync: Database } = await import('node:sqlite')
  return new Database(address, { readOnly: true, allowExtension: false })
}

/** 0 when it is not there. @throws when it is no regular file */
function sizeOf(file: string): number {
  const stats = statSync(file, { throwIfNoEntry: false })
  if (stats?.isFile() === false) throw new Error('not a regular file')
  return stats?.size ?? 0
}
