/** What macOS tells of logins: by `last -y`, whose times are in UTC (program.ts), by `dscl`, and by its sudoers. Written from their manuals, not from a real host. */
import { printedBy } from '../support/program-output.ts'
import type { Finding } from './answer.ts'
import type { Asking, Questions } from './asking.ts'
import { isWanted, originOf, timeOf } from './login.ts'
import { isWantedRule, sudoRules } from './unix-accounts.ts'

/** `eve  ttys000  192.0.2.1  Fri Nov 20 2026 10:00 - 10:05  (00:05)`, or `   still logged in` behind the time. */
const LAST_FORM =
  /^(?<user>\S+)\s+(?<tty>\S+)\s+(?:(?<host>\S+)\s+)?\w{3} (?<start>\w{3} +\d{1,2} \d{4} \d\d:\d\d)(?: - (?<end>crash|shutdown|\d\d:\d\d)\s+\((?:(?<days>\d+)\+)?(?<hours>\d\d):(?<minutes>\d\d)\))?/
const TIMEOUT_MS = 120_000
const BOOTS: ReadonlySet<string> = new Set(['reboot', 'shutdown'])

interface LastLine {
  readonly user: string
  readonly tty: string
  readonly host: string | undefined
  readonly atMs: number
  readonly endMs: number | undefined
  readonly ended: 'logout' | 'shutdown' | 'crash' | 'open'
}

async function linesOf(
  { machine, signal, errors }: Asking,
  name: string,
  args: readonly string[],
): Promise<readonly string[]> {
  const options = { signal, timeoutMs: TIMEOUT_MS }
  const printed = await printedBy(machine, [name, ...args], options)
  if (printed.kind === 'printed') return printed.text.split('\n')
  errors.add(name, printed.reason)
  return []
}

const lastLines = async (asking: Asking): Promise<readonly LastLine[]> =>
  (await linesOf(asking, 'last', ['-y'])).flatMap(parseLine)

function parseLine(line: string): readonly LastLine[] {
  // Its last line tells when its records begin.
  if (line.startsWith('wtmp begins')) return []
  const groups = LAST_FORM.exec(line)?.groups ?? {}
  const { user = '', tty = '', host, start = '', end } = groups
  const atMs = Date.parse(`${start} UTC`)
  if (Number.isNaN(atMs)) return []
  const endMs = end === undefined ? undefined : atMs + lengthMs(groups)
  return [{ user, tty, host, atMs, endMs, ended: endOf(end) }]
}

function endOf(end: string | undefined): LastLine['ended'] {
  if (end === undefined) return 'open'
  return end === 'crash' || end === 'shutdown' ? end : 'logout'
}

function lengthMs({ days = '0', hours, minutes }: Readonly<Record<string, string>>): number {
  return ((Number(days) * 24 + Number(hours)) * 60 + Number(minutes)) * 60_000
}

async function* current(asking: Asking): AsyncGenerator<Finding, void> {
  for (const one of await lastLines(asking))
    if (one.ended === 'open' && !BOOTS.has(one.user) && isWanted(one, asking)) {
      const { user, tty, atMs } = one
      yield { query: 'current', found: { user, tty, ...originOf(one), login: timeOf(atMs) } }
    }
}

async function* history(asking: Asking): AsyncGenerator<Finding, void> {
  for (const one of await lastLines(asking)) {
    if (!isWanted(one, asking)) continue
    const { user, tty, atMs, endMs, ended } = one
    const login = timeOf(atMs)
    if (user === 'reboot' || user === 'shutdown') {
      const event = user === 'reboot' ? 'boot' : 'shutdown'
      yield { query: 'history', found: { event, user, login } }
    } else {
      const end = endMs === undefined ? {} : { logout: timeOf(endMs) }
      yield {
        query: 'history',
        found: { event: 'login', user, tty, ...originOf(one), login, ...end, ended },
      }
    }
  }
}

/** The newest login of each user that `last` still knows. */
async function* lastlogins(asking: Asking): AsyncGenerator<Finding, void> {
  const seen = new Set<string>(BOOTS)
  for (const one of await lastLines(asking)) {
    const { user, tty, atMs } = one
    if (!seen.has(user) && isWanted(one, asking))
      yield { query: 'lastlogins', found: { user, tty, ...originOf(one), login: timeOf(atMs) } }
    seen.add(user)
  }
}

async function* privileged(asking: Asking): AsyncGenerator<Finding, void> {
  for (const found of await sudoRules(asking))
    if (isWantedRule(found, asking)) yield { query: 'privileged', found }
  for (const group of ['admin', 'wheel']) {
    const args = ['.', '-read', `/Groups/${group}`, 'GroupMembership']
    const [line = ''] = await linesOf(asking, 'dscl', args)
    for (const name of line
      .replace(/^GroupMembership:/, '')
      .split(/\s+/)
      .filter(Boolean))
      if (asking.filter.wantsUser(name))
        yield { query: 'privileged', found: { name, is: 'user', by: 'group', group } }
  }
}

/** Passwords are behind the directory service: their state is not told. */
async function* accounts(asking: Asking): AsyncGenerator<Finding, void> {
  const column = async (key: string): Promise<ReadonlyMap<string, string>> =>
    new Map(
      (await linesOf(asking, 'dscl', ['.', '-list', '/Users', key])).flatMap((line) => {
        const [, user = '', value = ''] = /^(\S+)\s+(\S+)$/.exec(line) ?? []
        return user === '' ? [] : [[user, value] as const]
      }),
    )
  const shells = await column('UserShell')
  for (const [user, uid] of await column('UniqueID')) {
    const shell = shells.get(user) ?? '/usr/bin/false'
    const loginshell = !/\/(?:false|nologin)$/.test(shell)
    // Apple's own numbers may be negative: nobody is -2.
    if ((uid !== '0' && !loginshell) || !/^\d+$/.test(uid) || !asking.filter.wantsUser(user))
      continue
    yield {
      query: 'accounts',
      found: { user, uid: Number(uid), shell, loginshell, password: 'unknown' },
    }
  }
}

export const MACOS: Questions = { current, history, lastlogins, privileged, accounts }
