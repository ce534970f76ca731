/** What Windows tells of logins, by PowerShell: local accounts, the administrators, and the security log. Written from Microsoft's documents, not from a real host. */
import { z } from 'zod'
import { UNKNOWN_USER, type Finding } from './answer.ts'
import type { Asking, Questions } from './asking.ts'
import { askPowerShell } from '../support/powershell.ts'
import { FailedGroups } from './failed-groups.ts'
import { isWanted, originOf, timeOf } from './login.ts'

/** Constants: nothing that was asked is part of a script. */
const STRICT = '$ErrorActionPreference="Stop";'
const EVENTS_LIMIT = 20_000
/** So many events take a minute to be told. */
const TIMEOUT_MS = 120_000
const asUtc = (date: string): string => `if(${date}){${date}.ToUniversalTime().ToString('o')}`

const USERS = `ConvertTo-Json -Compress @(Get-LocalUser|%{@{Name=$_.Name;Enabled=$_.Enabled;Required=$_.PasswordRequired;LastLogon=$(${asUtc('$_.LastLogon')})}})`
const ADMINISTRATORS =
  'ConvertTo-Json -Compress @(Get-LocalGroupMember -SID S-1-5-32-544|%{@{Name=$_.Name;Class=[string]$_.ObjectClass}})'
/** Where in the properties of an event these stand. */
type EventFields = Readonly<Record<'user' | 'type' | 'address', number>>

const events = (id: number, { user, type, address }: EventFields): string =>
  `ConvertTo-Json -Compress @(Get-WinEvent -FilterHashtable @{LogName='Security';Id=${id}} -MaxEvents ${EVENTS_LIMIT} -ErrorAction SilentlyContinue|%{@{User=[string]$_.Properties[${user}].Value;Type=[int]$_.Properties[${type}].Value;Address=[string]$_.Properties[${address}].Value;Time=$_.TimeCreated.ToUniversalTime().ToString('o')}})`
const LOGONS = events(4624, { user: 5, type: 8, address: 18 })
const FAILED_LOGONS = events(4625, { user: 5, type: 10, address: 19 })
/** Logon types of people: at the console, unlocking, by remote desktop, with stored credentials. */
const LOGON_TYPES_OF_PEOPLE: ReadonlySet<number> = new Set([2, 7, 10, 11])

const text = z.string().transform((value) => value.slice(0, 1024))
const userList = z.array(
  z.object({
    Name: text,
    Enabled: z.boolean(),
    Required: z.boolean(),
    LastLogon: z.iso.datetime().nullish(),
  }),
)
const memberList = z.array(z.object({ Name: text, Class: text }))
const eventList = z.array(
  z.object({ User: text, Type: z.int(), Address: text, Time: z.iso.datetime() }),
)

async function ask<T>(
  asking: Asking,
  script: string,
  schema: z.ZodType<readonly T[]>,
): Promise<readonly T[]> {
  const { machine, signal, errors } = asking
  const options = { schema, signal, timeoutMs: TIMEOUT_MS }
  const told = await askPowerShell(machine, STRICT + script, options)
  if (told.kind === 'answered') return told.value
  errors.notice(told.reason)
  return []
}

async function* accounts(asking: Asking): AsyncGenerator<Finding, void> {
  for (const { Name: user, Enabled, Required } of await ask(asking, USERS, userList))
    if (asking.filter.wantsUser(user)) {
      // Where none is required there may be one all the same.
      const password = Required ? 'set' : 'unknown'
      yield { query: 'accounts', found: { user, password, disabled: !Enabled } }
    }
}

async function* lastlogins(asking: Asking): AsyncGenerator<Finding, void> {
  for (const { Name: user, LastLogon } of await ask(asking, USERS, userList)) {
    const atMs = typeof LastLogon === 'string' ? Date.parse(LastLogon) : NaN
    if (!Number.isNaN(atMs) && isWanted({ user, atMs }, asking))
      yield { query: 'lastlogins', found: { user, login: timeOf(atMs) } }
  }
}

async function* privileged(asking: Asking): AsyncGenerator<Finding, void> {
  for (const { Name: name, Class: kind } of await ask(asking, ADMINISTRATORS, memberList)) {
    const is = kind.toLowerCase() === 'group' ? 'group' : 'user'
    if (is === 'group' || asking.filter.wantsUser(name))
      yield { query: 'privileged', found: { name, is, by: 'group', group: 'Administrators' } }
  }
}

async function* history(asking: Asking): AsyncGenerator<Finding, void> {
  const logons = await ask(asking, LOGONS, eventList)
  sayLimit(asking, logons.length)
  for (const { User: user, Type, Address, Time } of logons) {
    const login = { user, atMs: Date.parse(Time), ...addressIn(Address) }
    if (LOGON_TYPES_OF_PEOPLE.has(Type) && isWanted(login, asking))
      yield {
        query: 'history',
        found: { event: 'login', user, ...originOf(login), login: timeOf(login.atMs) },
      }
  }
}

async function* failed(asking: Asking): AsyncGenerator<Finding, void> {
  const users = await ask(asking, USERS, userList)
  const names = new Map(users.map(({ Name }) => [Name.toLowerCase(), Name]))
  const groups = new FailedGroups()
  const logons = await ask(asking, FAILED_LOGONS, eventList)
  sayLimit(asking, logons.length)
  for (const { User, Address, Time } of logons) {
    const user = names.get(User.toLowerCase()) ?? UNKNOWN_USER
    const login = { user, atMs: Date.parse(Time), ...addressIn(Address) }
    if (isWanted(login, asking)) groups.add(login)
  }
  yield* groups.findings(asking)
}

function sayLimit({ errors }: Asking, count: number): void {
  if (count >= EVENTS_LIMIT)
    errors.notice(`only the newest ${EVENTS_LIMIT} events of the security log were looked at`)
}

/** `-` stands for this host itself. */
const addressIn = (text: string): { address?: string } =>
  text === '' || text === '-' ? {} : { address: text.slice(0, 256) }

export const WINDOWS: Questions = { history, failed, lastlogins, privileged, accounts }
