/** The SQLite databases that take the place of wtmp and lastlog: wtmpdb and lastlog2, as their projects document them. */
import { existsSync } from 'node:fs'
import { z } from 'zod'
import { placeOn } from '../support/machine.ts'
import { reasonOf } from '../support/soft-errors.ts'
import { openSqlite } from '../support/sqlite-file.ts'
import type { Asking } from './asking.ts'
import type { Session } from './sessions.ts'
import { RECORD_TYPE } from './utmp.ts'

const WTMPDB = '/var/lib/wtmpdb/wtmp.db'
const LASTLOG2 = '/var/lib/lastlog/lastlog2.db'
const ROWS_LIMIT = 200_000
const TEXT_LIMIT = 256
const LAST_MS = 253_402_300_799_000

const text = z
  .string()
  .nullable()
  .transform((value) => (value === null || value === '' ? undefined : value.slice(0, TEXT_LIMIT)))
const moment = z.number().min(0)

const wtmpRow = z.object({
  Type: z.number(),
  User: text,
  Login: moment,
  Logout: moment.nullable(),
  TTY: text,
  RemoteHost: text,
})
const lastlogRow = z.object({ Name: text, Time: moment, TTY: text, RemoteHost: text })

/** Its own numbers for what a row is. */
const WTMPDB_BOOT = 1
const WTMPDB_LOGIN = 3

export interface LastLogin {
  readonly user: string
  readonly atMs: number
  readonly tty: string | undefined
  readonly host: string | undefined
}

/** Newest first; times there are in microseconds. */
export async function* wtmpdbSessions(asking: Asking): AsyncGenerator<Session, void> {
  const sql = `SELECT Type, substr(User, 1, ${TEXT_LIMIT}) AS User, Login, Logout, substr(TTY, 1, ${TEXT_LIMIT}) AS TTY, substr(RemoteHost, 1, ${TEXT_LIMIT}) AS RemoteHost FROM wtmp ORDER BY ID DESC LIMIT ${ROWS_LIMIT}`
  for await (const row of rows(asking, { place: WTMPDB, sql, schema: wtmpRow })) {
    const { Type: type, User: user, Login: login, Logout: logout } = row
    const record = {
      type: type === WTMPDB_BOOT ? RECORD_TYPE.boot : RECORD_TYPE.user,
      pid: 0,
      line: row.TTY ?? '',
      user: user ?? '',
      host: row.RemoteHost,
      address: undefined,
      atMs: milliseconds(login),
    }
    if (type === WTMPDB_BOOT) yield { event: 'boot', record }
    else if (type === WTMPDB_LOGIN && logout === null)
      yield { event: 'login', record, ended: 'open' }
    else if (type === WTMPDB_LOGIN)
      yield { event: 'login', record, ended: 'logout', endMs: milliseconds(logout ?? 0) }
  }
}

const milliseconds = (microseconds: number): number =>
  Math.min(Math.floor(microseconds / 1000), LAST_MS)

/** Times there are in seconds. */
export async function* lastlog2Rows(asking: Asking): AsyncGenerator<LastLogin, void> {
  const sql = `SELECT substr(Name, 1, ${TEXT_LIMIT}) AS Name, Time, substr(TTY, 1, ${TEXT_LIMIT}) AS TTY, substr(RemoteHost, 1, ${TEXT_LIMIT}) AS RemoteHost FROM Lastlog2 ORDER BY Name LIMIT ${ROWS_LIMIT}`
  for await (const { Name: user, Time: seconds, TTY: tty, RemoteHost: host } of rows(asking, {
    place: LASTLOG2,
    sql,
    schema: lastlogRow,
  }))
    if (user !== undefined && seconds > 0)
      yield { user, atMs: Math.min(Math.floor(seconds) * 1000, LAST_MS), tty, host }
}

export const hasLastlog2 = ({ machine }: Asking): boolean => existsSync(placeOn(machine, LASTLOG2))

/** Rows that are what they should be; the others are counted. A database that is not there has none. */
async function* rows<T>(
  { machine, errors, pace, signal }: Asking,
  {
    place,
    sql,
    schema,
  }: { readonly place: string; readonly sql: string; readonly schema: z.ZodType<T> },
): AsyncGenerator<T, void> {
  if (!existsSync(placeOn(machine, place))) return
  let odd = 0
  let count = 0
  try {
    using database = await openSqlite(placeOn(machine, place))
    for (const row of database.prepare(sql).iterate()) {
      const parsed = schema.safeParse(row)
      if (parsed.success) yield parsed.data
      else odd += 1
      count += 1
      if (pace.isDue()) await pace.turn()
      if (signal.aborted) return
    }
  } catch (error) {
    errors.add(place, reasonOf(error))
  }
  if (odd > 0) errors.add(place, `${odd} rows are not in a form that is known`)
  if (count === ROWS_LIMIT) errors.add(place, `only ${ROWS_LIMIT} rows were looked at`)
}
