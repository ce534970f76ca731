/** Who is and was logged in on Linux: from utmp, wtmp and btmp, or from systemd's sessions and wtmpdb where those are gone. */
import { existsSync } from 'node:fs'
import { readAccounts } from '../support/accounts.ts'
import { placeOn } from '../support/machine.ts'
import { namesIn } from '../support/names-in.ts'
import { readSmallFile } from '../support/small-file.ts'
import { hasVanished, reasonOf } from '../support/soft-errors.ts'
import { UNKNOWN_USER, type Finding } from './answer.ts'
import type { Asking } from './asking.ts'
import { FailedGroups } from './failed-groups.ts'
import { isWanted, originOf, timeOf } from './login.ts'
import { wtmpdbSessions } from './login-databases.ts'
import { records, rotatedRecords } from './record-file.ts'
import { SessionPairing, type Session } from './sessions.ts'
import { RECORD_TYPE, type LoginRecord } from './utmp.ts'

const UTMP = '/run/utmp'
const WTMP = '/var/log/wtmp'
const BTMP = '/var/log/btmp'
const SYSTEMD_SESSIONS = '/run/systemd/sessions'
const SESSIONS_LIMIT = 10_000
/** Of the notes of one session: they have some hundred. */
const NOTES_LIMIT = 64 * 1024

export async function* current(asking: Asking): AsyncGenerator<Finding, void> {
  if (!existsSync(placeOn(asking.machine, UTMP))) {
    yield* systemdSessions(asking)
    return
  }
  for await (const batch of records(UTMP, asking))
    for (const record of batch)
      if (record.type === RECORD_TYPE.user && isWanted(record, asking) && isAlive(record, asking)) {
        const { user, line, pid, atMs } = record
        yield {
          query: 'current',
          found: {
            user,
            tty: line,
            ...originOf(record),
            login: timeOf(atMs),
            pid: Math.max(pid, 0),
          },
        }
      }
}

/** A session that crashed stays in utmp. Where other users' processes are hidden nothing is known of it. */
function isAlive({ pid }: LoginRecord, { machine }: Asking): boolean {
  const exists = (process: number): boolean => existsSync(placeOn(machine, `/proc/${process}`))
  return exists(pid) || !exists(1)
}

async function* systemdSessions(asking: Asking): AsyncGenerator<Finding, void> {
  const folder = placeOn(asking.machine, SYSTEMD_SESSIONS)
  if (!existsSync(folder)) {
    asking.errors.notice(
      `there is neither ${UTMP} nor ${SYSTEMD_SESSIONS}: nobody knows who is logged in`,
    )
    return
  }
  const { names, isCut } = namesIn(folder, SESSIONS_LIMIT)
  if (isCut)
    asking.errors.notice(`${SYSTEMD_SESSIONS}: only ${SESSIONS_LIMIT} names were looked at`)
  for (const name of names.filter((one) => /^[a-z]*[0-9]+$/.test(one)).sort()) {
    if (asking.pace.isDue()) await asking.pace.turn()
    const session = readSession(name, asking)
    if (session === undefined || !isWanted(session, asking)) continue
    const { user, tty, pid, atMs } = session
    yield {
      query: 'current',
      found: {
        user,
        ...(tty === undefined ? {} : { tty }),
        ...originOf(session),
        login: timeOf(atMs),
        pid,
      },
    }
  }
}

/** systemd's own notes of a session, `KEY=value` a line; undefined when it is gone, or no person's. */
function readSession(name: string, { machine, errors }: Asking) {
  const file = `${SYSTEMD_SESSIONS}/${name}`
  let text: string
  try {
    const options = { limit: NOTES_LIMIT, followLinks: false }
    text = readSmallFile(placeOn(machine, file), options).toString()
  } catch (error) {
    // It may have ended meanwhile.
    if (!hasVanished(error)) errors.add(file, reasonOf(error))
    return undefined
  }
  const value = (key: string): string | undefined =>
    new RegExp(`^${key}=(.+)$`, 'm').exec(text)?.[1]
  const user = value('USER')
  if (user === undefined || value('CLASS') !== 'user' || value('STATE') === 'closing')
    return undefined
  return {
    user,
    tty: value('TTY'),
    host: value('REMOTE_HOST'),
    pid: Number(value('LEADER') ?? 0),
    atMs: Math.floor(Number(value('REALTIME') ?? 0) / 1000),
  }
}

export async function* history(asking: Asking): AsyncGenerator<Finding, void> {
  const pairing = new SessionPairing()
  for await (const batch of rotatedRecords(WTMP, asking))
    for (const record of batch) {
      const session = pairing.take(record)
      if (session !== undefined && isWanted(session.record, asking)) yield historyFinding(session)
    }
  for await (const session of wtmpdbSessions(asking))
    if (isWanted(session.record, asking)) yield historyFinding(session)
}

function historyFinding({ event, record, endMs, ended }: Session): Finding {
  const { user, line, atMs } = record
  return {
    query: 'history',
    found: {
      event,
      user,
      ...(line === '' ? {} : { tty: line }),
      // Of a start of the host it is the kernel's version.
      ...(event === 'login' ? originOf(record) : {}),
      login: timeOf(atMs),
      ...(endMs === undefined ? {} : { logout: timeOf(endMs) }),
      ...(ended === undefined ? {} : { ended }),
    },
  }
}

export async function* failed(asking: Asking): AsyncGenerator<Finding, void> {
  const names = new Set(readAccounts(asking.machine).map(({ name }) => name))
  const groups = new FailedGroups()
  for await (const batch of rotatedRecords(BTMP, asking))
    for (const record of batch) {
      // The name as it is told, so that no pattern can spell out what was typed.
      const login = { ...record, user: names.has(record.user) ? record.user : UNKNOWN_USER }
      if (isWanted(login, asking)) groups.add(login)
    }
  yield* groups.findings(asking)
}
