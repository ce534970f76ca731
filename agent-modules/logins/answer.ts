/** What `logins` answers: findings of each question, under its name. */
import { z } from 'zod'
import type { LineOptions, ModuleAnswer } from '../contract.ts'
import { fact } from '../facts.ts'
import { printableName } from '../support/file-name.ts'
import type { Parameters, Query } from './parameters.ts'

const origin = {
  /** As it was recorded: a name or an address. */
  host: fact.address.optional(),
  address: fact.address.optional(),
}
const count = z.int().min(0)

/** What stands for a user name that is no account of the host: it may be a password, typed where a name was asked for. */
export const UNKNOWN_USER = '(unknown)'

const current = z.strictObject({
  user: fact.name,
  tty: fact.name.optional(),
  ...origin,
  login: fact.time.optional(),
  pid: count.optional(),
})

const history = z.strictObject({
  event: z.enum(['login', 'boot', 'shutdown']),
  user: fact.name,
  tty: fact.name.optional(),
  ...origin,
  login: fact.time,
  logout: fact.time.optional(),
  /** Of logins: how it ended; `crash`: the host started again without having been shut down. */
  ended: z.enum(['logout', 'shutdown', 'crash', 'open']).optional(),
})

/** Failed logins of one user from one place. */
const failed = z.strictObject({
  user: fact.name,
  ...origin,
  count: z.int().min(1),
  first: fact.time,
  last: fact.time,
})

const lastlogin = z.strictObject({
  user: fact.name,
  tty: fact.name.optional(),
  ...origin,
  login: fact.time,
})

const privileged = z.strictObject({
  /** A user; or a group where rules name one. */
  name: fact.name,
  is: z.enum(['user', 'group', 'netgroup', 'everyone']),
  by: z.enum(['group', 'sudoers']),
  /** The group that a user is in. */
  group: fact.name.optional(),
  /** The file whose rule it is. */
  file: fact.path.optional(),
  /** Of rules: some command needs no password; absent where that cannot be told. */
  nopasswd: z.boolean().optional(),
  /** Of rules: some command may be run as root; absent where that cannot be told. */
  root: z.boolean().optional(),
  /** Of rules: for hosts that it names, which this may not be. */
  somehosts: z.boolean().optional(),
  /** Of rules: whom of a group, or of everyone, they leave out: `eve`, `%staff`, `+netgroup`. */
  except: z.array(fact.name).optional(),
})

const account = z.strictObject({
  user: fact.name,
  uid: count.optional(),
  shell: fact.path.optional(),
  /** Whether that shell lets a person in. */
  loginshell: z.boolean().optional(),
  /** `locked`: there is one, and it is not accepted; `none`: nothing matches; `unknown`: not ours to read. */
  password: z.enum(['empty', 'set', 'locked', 'none', 'unknown']),
  /** Windows: switched off. */
  disabled: z.boolean().optional(),
})

export type Account = z.infer<typeof account>
export type Privileged = z.infer<typeof privileged>

export const finding = z.discriminatedUnion('query', [
  z.strictObject({ query: z.literal('current'), found: current }),
  z.strictObject({ query: z.literal('history'), found: history }),
  z.strictObject({ query: z.literal('failed'), found: failed }),
  z.strictObject({ query: z.literal('lastlogins'), found: lastlogin }),
  z.strictObject({ query: z.literal('privileged'), found: privileged }),
  z.strictObject({ query: z.literal('accounts'), found: account }),
])
export type Finding = z.infer<typeof finding>

/** A question that was not asked has no key. */
export const elements = z.strictObject({
  current: z.array(current).optional(),
  history: z.array(history).optional(),
  failed: z.array(failed).optional(),
  lastlogins: z.array(lastlogin).optional(),
  privileged: z.array(privileged).optional(),
  accounts: z.array(account).optional(),
})
export type Elements = z.infer<typeof elements>

export const statistics = z.strictObject({
  found: count,
  /** A Go duration: `1.234s`. */
  exectime: fact.duration,
})
export type Statistics = z.infer<typeof statistics>

export function arrange(findings: readonly Finding[], { queries }: Parameters): Elements {
  return elements.parse(
    Object.fromEntries(
      queries.map((query) => [
        query,
        findings.filter((one) => one.query === query).map(({ found }) => found),
      ]),
    ),
  )
}

export function lines(
  { elements: all, statistics: counts }: ModuleAnswer<Elements, Statistics>,
  { foundOnly }: LineOptions,
): readonly string[] {
  const linesOf = <T>(
    query: Query,
    found: readonly T[] | undefined,
    lineOf: (one: T) => string,
  ): readonly string[] => {
    if (found === undefined) return []
    if (found.length === 0) return foundOnly ? [] : [`${query}: nothing found`]
    return found.map((one) => printableName(`${query}: ${lineOf(one)}`))
  }
  const shown = [
    ...linesOf('current', all.current, (one) => `${who(one)} since ${one.login ?? 'unknown'}`),
    ...linesOf('history', all.history, historyLine),
    ...linesOf('failed', all.failed, failedLine),
    ...linesOf('lastlogins', all.lastlogins, (one) => `${who(one)} at ${one.login}`),
    ...linesOf('privileged', all.privileged, privilegedLine),
    ...linesOf('accounts', all.accounts, accountLine),
  ]
  return foundOnly || counts === undefined
    ? shown
    : [...shown, `Statistics: ${counts.found} found, ran in ${counts.exectime}.`]
}

function who(one: {
  user: string
  tty?: string | undefined
  host?: string | undefined
  address?: string | undefined
}): string {
  const from = [one.host, one.address === one.host ? undefined : one.address].filter(Boolean)
  const place = from.length === 0 ? '' : ` from ${from.join(' ')}`
  return `${one.user}${one.tty === undefined ? '' : ` on ${one.tty}`}${place}`
}

function historyLine(one: z.infer<typeof history>): string {
  if (one.event !== 'login') return `${one.event} at ${one.login}`
  const end = one.ended === 'open' ? 'no logout' : `until ${one.logout ?? 'unknown'} (${one.ended})`
  return `${who(one)} at ${one.login} ${end}`
}

const failedLine = (one: z.infer<typeof failed>): string =>
  `${who(one)} ${one.count} times, first ${one.first}, last ${one.last}`

function privilegedLine({ name, is, group, file, ...rule }: Privileged): string {
  const parts = [
    group === undefined ? `by ${file ?? 'sudoers'}` : `in group ${group}`,
    rule.nopasswd === true ? 'without a password' : undefined,
    rule.root === false ? 'not as root' : undefined,
    rule.somehosts === true ? 'on some hosts' : undefined,
    rule.except === undefined ? undefined : `except ${rule.except.join(', ')}`,
  ]
  return `${is} ${name} ${parts.filter((part) => part !== undefined).join(' ')}`
}

const PASSWORD_WORDS: Readonly<Record<Account['password'], string>> = {
  empty: 'NO PASSWORD NEEDED',
  set: 'password set',
  locked: 'password locked',
  none: 'no password works',
  unknown: 'password not ours to read',
}

function accountLine({ user, uid, shell, password, loginshell, disabled }: Account): string {
  const parts = [
    uid === undefined ? undefined : `uid ${uid}`,
    PASSWORD_WORDS[password],
    shell === undefined ? undefined : `shell ${shell}${loginshell === true ? '' : ' (no login)'}`,
    disabled === true ? 'disabled' : undefined,
  ]
  return `${user} ${parts.filter((part) => part !== undefined).join(', ')}`
}
