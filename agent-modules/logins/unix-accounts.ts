/** Accounts and privileges of Linux, from its own files: /etc/passwd, /etc/shadow, /etc/group, sudoers. Directories of networks are not asked. */
import { readAccounts, readGroups, readTable } from '../support/accounts.ts'
import type { Machine } from '../support/machine.ts'
import { reasonOf } from '../support/soft-errors.ts'
import type { Account, Finding, Privileged } from './answer.ts'
import type { Asking } from './asking.ts'
import { readSudoRules } from './sudoers/rules.ts'

/** Groups that lead to root on common systems, by name. */
const PRIVILEGED_GROUPS = [
  'root',
  'sudo',
  'wheel',
  'admin',
  'docker',
  'lxd',
  'incus',
  'disk',
  'shadow',
]
const SHADOW = '/etc/shadow'
/**
 * Shells that are made to refuse. login(1) and sshd(8) start any other: /etc/shells, which may well list these, binds chsh(1), servers of FTP and what
 * asks pam_shells(8).
 */
const NO_LOGIN = /\/(?:nologin|false|sync|shutdown|halt)$/
/** A shell that a passwd file leaves out. */
const DEFAULT_SHELL = '/bin/sh'

export async function* privileged(asking: Asking): AsyncGenerator<Finding, void> {
  const found: Privileged[] = [...(await sudoRules(asking))]
  const groups = new Set([
    ...PRIVILEGED_GROUPS,
    ...found.filter(({ is }) => is === 'group').map(({ name }) => name.toLowerCase()),
  ])
  found.push(...membersOf(asking.machine, groups))
  for (const one of found) {
    if (asking.pace.isDue()) await asking.pace.turn()
    if (isWantedRule(one, asking)) yield { query: 'privileged', found: one }
  }
}

/** What is not so, and nobody excepted, is not said. */
export const sudoRules = async (asking: Asking): Promise<readonly Privileged[]> =>
  (await readSudoRules(asking)).map(({ somehosts, except, ...rule }) => ({
    ...rule,
    by: 'sudoers',
    ...(somehosts ? { somehosts } : {}),
    ...(except.length > 0 ? { except: [...except] } : {}),
  }))

/** Groups, everyone and numbers hold users that no pattern could be held against. */
export const isWantedRule = ({ name, is }: Privileged, { filter }: Asking): boolean =>
  is !== 'user' || name.startsWith('#') || filter.wantsUser(name)

/** Named in a group, or with it as their own. */
function membersOf(machine: Machine, names: ReadonlySet<string>): readonly Privileged[] {
  const accounts = readAccounts(machine)
  return readGroups(machine)
    .filter(({ name, gid }) => names.has(name.toLowerCase()) || names.has(`#${gid}`))
    .flatMap(({ name: group, gid, members }) => {
      const owners = accounts.filter((one) => one.gid === gid).map(({ name }) => name)
      return [...new Set([...owners, ...members])].map((name): Privileged => ({
        name,
        is: 'user',
        by: 'group',
        group,
      }))
    })
}

/** Of all accounts those that somebody can use: with uid 0, without a password, with one, or with a shell to log in to. */
export async function* accounts(asking: Asking): AsyncGenerator<Finding, void> {
  const passwordOf = readPasswords(asking)
  for (const { name: user, uid, shell } of readAccounts(asking.machine)) {
    if (asking.pace.isDue()) await asking.pace.turn()
    const used = shell === '' ? DEFAULT_SHELL : shell
    const password = passwordOf(user)
    const loginshell = !NO_LOGIN.test(used)
    const isUsable = uid === 0 || loginshell || password === 'empty' || password === 'set'
    if (isUsable && Number.isSafeInteger(uid) && asking.filter.wantsUser(user))
      yield { query: 'accounts', found: { user, uid, shell: used, loginshell, password } }
  }
}

type PasswordState = Account['password']

/** Only what kind of field it is: no hash leaves this function. */
function readPasswords({ machine, errors }: Asking): (user: string) => PasswordState {
  const fields = (file: string, columns: number): ReadonlyMap<string, string> => {
    try {
      return new Map(
        readTable(machine, file, columns).map(([name = '', field = '']) => [name, field]),
      )
    } catch (error) {
      // Of /etc/passwd the run has said so already.
      if (file === SHADOW) errors.add(file, reasonOf(error))
      return new Map()
    }
  }
  const inPasswd = fields('/etc/passwd', 7)
  const inShadow = fields(SHADOW, 9)
  return (user) => {
    const own = inPasswd.get(user)
    const field = own === 'x' ? inShadow.get(user) : own
    return field === undefined ? 'unknown' : stateOf(field)
  }
}

/** What crypt(5) and shadow(5) say a field can be. */
function stateOf(field: string): PasswordState {
  if (field === '') return 'empty'
  const isHash = /^(?:\$[^:]+|_[./0-9A-Za-z]{19}|[./0-9A-Za-z]{13})$/
  if (isHash.test(field)) return 'set'
  return field.startsWith('!') && isHash.test(field.replace(/^!+/, '')) ? 'locked' : 'none'
}
