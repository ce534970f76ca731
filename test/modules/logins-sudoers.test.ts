/** Whom `logins -privileged` takes from sudoers, held against cvtsudoers and against sudo itself; and what hostile sudoers do not make it do. */
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { hostname, tmpdir } from 'node:os'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { elements } from '../../agent-modules/logins/answer.ts'
import { loginsOf } from '../../agent-modules/logins/index.ts'
import {
  statementsOf,
  type CommandSpec,
  type Member,
} from '../../agent-modules/logins/sudoers/grammar.ts'
import { runModule } from '../laws/module.ts'
import { createMachine, type MachineInit } from './machine.ts'

const PASSWD = [
  ...['root:x:0:0', 'toor:x:0:0', 'eve:x:1001:1001', 'bob:x:1002:1002', 'dora:x:1003:1003'],
].map((row) => `${row}::/:/bin/sh\n`)
const GROUP = 'ops:x:50:eve,bob\ndevs:x:51:dora\nwheel:x:10:\n'
const ACCOUNTS = { '/etc/passwd': PASSWD.join(''), '/etc/group': GROUP }

interface Told {
  /** `user eve true`: what it is, its name, whether without a password, and what else is not usual. */
  readonly rules: readonly string[]
  readonly errors: readonly string[]
}

async function askOf({ files = {}, ...init }: MachineInit, user?: string): Promise<Told> {
  using machine = createMachine({ files: { ...ACCOUNTS, ...files }, ...init })
  const module = loginsOf(machine)
  const asked = { queries: ['privileged'], limit: 10_000, ...(user === undefined ? {} : { user }) }
  const { findings, errors } = await runModule(module, asked)
  const { privileged = [] } = elements.parse(module.arrange(findings, asked))
  const rules = privileged
    .filter(({ by }) => by === 'sudoers')
    .map(({ is, name, nopasswd, root, somehosts, except }) =>
      [
        ...[is, name, String(nopasswd)],
        ...(root === true ? [] : [`root: ${String(root)}`]),
        ...(somehosts === true ? ['somehosts'] : []),
        ...(except === undefined ? [] : [`except ${except.join()}`]),
      ].join(' '),
    )
  return { rules, errors }
}

const told = async (sudoers: string): Promise<readonly string[]> => {
  const { rules, errors } = await askOf({ files: { '/etc/sudoers': sudoers } })
  return [...rules, ...errors]
}

const UNTOLD =
  'sudoers: of 1 rules it is not told whether they need a password: Defaults say so for a part of their users, hosts or commands'
const UNREADABLE =
  '/etc/sudoers: 1 lines are not as sudoers(5) has them, or too long, and were left out'

describe('who is meant', () => {
  it.each<[string, string, readonly string[]]>([
    ['a user', 'eve ALL=(ALL) ALL', ['user eve false']],
    [
      'a user in another case, as sudo takes them',
      'EVE.X, Bob ALL=ALL',
      ['user EVE.X false', 'user bob false'],
    ],
    ['each account of a number', '#0 ALL=ALL', ['user root false', 'user toor false']],
    ['a number without an account', '#77 ALL=ALL # not me', ['user #77 false']],
    ['a group, by name and number', '%ops, %#51 ALL=ALL', ['group ops false', 'group #51 false']],
    ['a group of a plugin', '%:ops ALL=ALL', ['group :ops false']],
    ['a netgroup', '+admins ALL=ALL', ['netgroup admins false']],
    ['everyone', 'ALL ALL=ALL', ['everyone ALL false']],
    ['who is called so in quotes', '"ALL" ALL=ALL', ['user ALL false']],
    [
      'a name with a blank',
      '"%domain admins", x\\ y, z\\x20z ALL=ALL',
      ['group domain admins false', 'user x y false', 'user z z false'],
    ],
    ['a name of a domain', 'DOM\\\\eve ALL=ALL', ['user DOM\\eve false']],
    [
      'blanks and commas of both lists',
      'eve ,\tbob  h1 , h2 = ALL',
      ['user eve false somehosts', 'user bob false somehosts'],
    ],
    [
      'a line that goes on',
      'eve, \\\n  bob ALL = \\  \n ALL',
      ['user eve false', 'user bob false'],
    ],
    ['a line behind a comment that ends in a backslash', '# a \\\neve ALL=ALL', ['user eve false']],
    ['an alias', 'User_Alias A = eve, %ops\nA ALL=ALL', ['user eve false', 'group ops false']],
    [
      'aliases of one line',
      'User_Alias A = eve : B = A, bob\nB ALL=ALL',
      ['user eve false', 'user bob false'],
    ],
    ['aliases defined behind their use', 'A ALL=ALL\nUser_Alias A = eve', ['user eve false']],
    ['an alias of another kind', 'Host_Alias A = eve\nA ALL=ALL', ['user A false']],
    ['not who is excepted', 'eve, bob, !eve ALL=ALL', ['user bob false']],
    ['who is excepted twice', '!!eve ALL=ALL', ['user eve false']],
    ['who is let in again', '!eve, eve ALL=ALL', ['user eve false']],
    ['not a member of a group that is excepted', 'eve, dora, !%ops ALL=ALL', ['user dora false']],
    ['a group less some', '%ops, !bob, !dora, !+ng ALL=ALL', ['group ops false except +ng,bob']],
    ['everyone less some', 'ALL, !%ops ALL=ALL', ['everyone ALL false except %ops']],
    ['nobody', 'eve, !ALL ALL=ALL', []],
    ['whom an excepted alias excepts', 'User_Alias A = ALL, !eve\n!A ALL=ALL', ['user eve false']],
    ['not whom an alias excepts', 'User_Alias A = eve, !bob\nbob, A ALL=ALL', ['user eve false']],
    [
      'the first of two aliases of one name',
      'User_Alias A = eve\nUser_Alias A = bob\nA ALL=ALL',
      ['user eve false', 'sudoers: 1 aliases are defined again: the first holds'],
    ],
    [
      'aliases that hold themselves',
      'User_Alias A = B, eve : B = A, bob\nA ALL=ALL',
      [
        'user bob false',
        'user eve false',
        'sudoers: 1 aliases hold themselves, which was left out',
      ],
    ],
    [
      'the definition before one that cannot be read',
      'User_Alias A = eve : B = ,\nA ALL=ALL',
      ['user eve false', UNREADABLE],
    ],
    [
      'not a rule that cannot be read',
      'eve ALL=ALL, \\\n bob ALL=\ndora ALL=ALL',
      ['user dora false', UNREADABLE],
    ],
    ['not a prefix without a name', '%"domain admins" ALL=ALL', [UNREADABLE]],
  ])('is %s', async (_, sudoers, expected) => {
    expect(await told(sudoers)).toEqual(expected)
  })

  it('holds a pattern for users against the names of numbers', async () => {
    const files = { '/etc/sudoers': '#1001, #77, Bob ALL=ALL\n%ops ALL=ALL\n' }
    expect((await askOf({ files }, '^eve$')).rules).toEqual([
      ...['user eve false', 'user #77 false', 'group ops false'],
    ])
    expect((await askOf({ files }, '^bob$')).rules).toContain('user bob false')
  })

  it.each<[string, string, readonly string[]]>([
    ['says so where none of it is as root', 'eve ALL=(bob) ALL', ['user eve false root: false']],
    ['knows root by number', 'eve ALL=(bob, #0) ALL', ['user eve false']],
    [
      'takes run-as aliases apart',
      'Runas_Alias R = ALL, !root\neve ALL=(R) ALL',
      ['user eve false root: false'],
    ],
    [
      'knows groups alone and oneself',
      'eve ALL=(:ops) ALL\nbob ALL=() ALL',
      ['user eve false root: false', 'user bob false root: false'],
    ],
    [
      'knows who it is where nobody is named',
      'Defaults runas_default=bob\neve ALL=ALL',
      ['user eve false root: false'],
    ],
    ['does not know netgroups', 'eve ALL=(+ng) ALL', ['user eve false root: undefined']],
    ['finds one of several', 'eve ALL=(bob) /bin/a, (root) /bin/b', ['user eve false']],
  ])('%s', async (_, sudoers, expected) => {
    expect(await told(sudoers)).toEqual(expected)
  })
})

describe('who needs no password', () => {
  it.each<[string, string, readonly string[]]>([
    ['by its tag', 'eve ALL=NOPASSWD: /bin/a', ['user eve true']],
    ['for a part', 'eve ALL=/bin/a, NOPASSWD : /bin/b', ['user eve true']],
    ['not by a word in a command', 'eve ALL=/bin/a NOPASSWD\\: x', ['user eve false']],
    [
      'not where the rest takes it back',
      'eve ALL=NOPASSWD: /bin/a, PASSWD: ALL',
      ['user eve false'],
    ],
    [
      'where only oneself or a digest is let',
      'eve ALL=(bob) NOPASSWD: /bin/a, (root) PASSWD: ALL',
      ['user eve true'],
    ],
    [
      'not where a later rule takes it back',
      'eve ALL=(ALL) NOPASSWD: ALL\n%ops ALL=(ALL:ALL) ALL',
      ['user eve false', 'group ops false'],
    ],
    [
      'where a later rule is for others',
      'eve ALL=NOPASSWD: ALL\n%ops, !eve ALL=ALL',
      ['user eve true', 'group ops false except eve'],
    ],
    [
      'where a later rule is for some time',
      'eve ALL=NOPASSWD: ALL\neve ALL=NOTAFTER=20200101000000Z ALL',
      ['user eve true', 'user eve false'],
    ],
    ['by Defaults of all', 'Defaults !authenticate\neve ALL=ALL', ['user eve true']],
    [
      'not by a tag that says so',
      'Defaults !authenticate\neve ALL=PASSWD: ALL',
      ['user eve false'],
    ],
    ['not by an even number of !', 'Defaults !!authenticate\neve ALL=ALL', ['user eve false']],
    [
      'by one of several settings',
      'Defaults env_reset, !authenticate, secure_path="/a:/b"\neve ALL=ALL',
      ['user eve true'],
    ],
    [
      'not by a text',
      'Defaults badpass_message="!authenticate, !authenticate"\neve ALL=ALL',
      ['user eve false'],
    ],
    [
      'by the last Defaults',
      'Defaults !authenticate\nDefaults:eve authenticate\neve, bob ALL=ALL',
      ['user eve false', 'user bob true'],
    ],
    [
      'by Defaults of all behind those of users',
      'Defaults:eve !authenticate\nDefaults authenticate\neve ALL=ALL',
      ['user eve false'],
    ],
    [
      'by Defaults of a group',
      'Defaults:%ops !authenticate\neve, dora ALL=ALL',
      ['user eve true', 'user dora false'],
    ],
    [
      'by Defaults of an alias',
      'User_Alias A = %ops, !bob\nDefaults: A !authenticate\neve, bob ALL=ALL',
      ['user eve true', 'user bob false'],
    ],
    [
      'by Defaults of several',
      'Defaults:dora , "eve" !authenticate\neve ALL=ALL',
      ['user eve true'],
    ],
    [
      'not told, by Defaults of a netgroup',
      'Defaults:+ng !authenticate\neve ALL=ALL',
      ['user eve undefined', UNTOLD],
    ],
    [
      'not told, of a group by Defaults of a member',
      'Defaults:eve !authenticate\n%ops ALL=ALL',
      ['group ops undefined', UNTOLD],
    ],
    [
      'not told, of a group that is not here',
      'Defaults:%far !authenticate\neve ALL=ALL',
      ['user eve undefined', UNTOLD],
    ],
    ['by Defaults of all hosts', 'Defaults@ALL !authenticate\neve ALL=ALL', ['user eve true']],
    [
      'by Defaults of the hosts of a rule',
      'Host_Alias H = h1, h2\nDefaults@H !authenticate\neve H=ALL',
      ['user eve true somehosts'],
    ],
    [
      'not told, by Defaults of a host',
      'Defaults@h1 !authenticate\neve ALL=ALL',
      ['user eve undefined', UNTOLD],
    ],
    [
      'by Defaults of whom it runs as',
      'Defaults>root !authenticate\neve ALL=ALL\nbob ALL=(dora) ALL',
      ['user eve true', 'user bob false root: false'],
    ],
    [
      'by Defaults of a run-as alias',
      'Runas_Alias R = #0, dora\nDefaults>R !authenticate\neve ALL=(root) ALL',
      ['user eve true'],
    ],
    [
      'by Defaults of a command',
      'Defaults!/bin/a !authenticate\neve ALL=/bin/a, /bin/b\nbob ALL=/bin/b\ndora ALL=ALL',
      ['user eve true', 'user bob false', 'user dora true'],
    ],
    [
      'by Defaults of commands, whatever is behind',
      'Cmnd_Alias C = /bin/a, /bin/b x\nDefaults!C !authenticate\nDefaults authenticate\neve ALL=C',
      ['user eve true'],
    ],
    [
      'not told, by Defaults of a pattern',
      'Defaults!/bin/* !authenticate\neve ALL=/bin/b',
      ['user eve undefined', UNTOLD],
    ],
    [
      'never asked of a group that is exempt',
      'Defaults exempt_group=ops\neve ALL=ALL',
      [
        'user eve false',
        'sudoers: exempt_group is set: its members need no password, whatever is told of rules',
      ],
    ],
  ])('is told: %s', async (_, sudoers, expected) => {
    expect(await told(sudoers)).toEqual(expected)
  })

  it.each<[string, string, readonly string[]]>([
    ['nothing', 'eve ALL=!/bin/a', []],
    ['what a later rule forbids again', 'eve ALL=ALL\n%ops ALL=!ALL', []],
    ['commands of aliases that are not defined', 'eve ALL=NOTHING', []],
    ['commands of aliases', 'Cmnd_Alias C = !/bin/a : D = !C\neve ALL=D', ['user eve false']],
  ])('allows who is allowed: %s', async (_, sudoers, expected) => {
    expect(await told(sudoers)).toEqual(expected)
  })

  it('says that a later rule forbids a part', async () => {
    expect(await told('%ops ALL=(ALL) ALL\neve ALL=(ALL) !ALL')).toEqual([
      'group ops false',
      'sudoers: 1 times a later rule forbids a part of what a rule allows, which is not told',
    ])
  })
})

describe('what is included', () => {
  it('is read as sudo does, in its order', async () => {
    const files = {
      '/etc/sudoers':
        'a ALL=ALL\n@include local\n#include "/etc/quo ted"\n #include none\n  @include sp\\ ace\n@include /etc/at-%h\n#includedir sudoers.d\nz ALL=ALL\n',
      '/etc/local': 'b ALL=NOPASSWD: ALL\n@include sudoers\n@includedir /nowhere\n',
      '/etc/quo ted': 'c ALL=ALL',
      '/etc/sp ace': 'd ALL=ALL',
      '/etc/at-gate': 'e ALL=ALL',
      '/proc/sys/kernel/hostname': 'gate.example.org\n',
      '/etc/sudoers.d/20': 'g ALL=ALL\n',
      '/etc/sudoers.d/10': 'f ALL=ALL\n@include 10.more\n',
      '/etc/sudoers.d/10.more': 'F ALL=/bin/more\n',
      '/etc/sudoers.d/old~': 'ghost ALL=ALL\n',
      '/etc/sudoers.d/folder/x': 'ghost ALL=ALL\n',
      '/opt/linked': 'h ALL=ALL\n',
    }
    const links = { '/etc/sudoers.d/30': '../../opt/linked', '/etc/sudoers.d/40': 'gone' }
    const { rules, errors } = await askOf({ files, links })
    expect(rules.map((rule) => rule.split(' ')[1]).join('')).toBe('abcdefFghz')
    expect(errors).toEqual([])
  })

  it('is said where it cannot be read', async () => {
    const files = {
      '/etc/sudoers': 'eve ALL=ALL\n@include gone\n@includedir /etc/passwd\n',
    }
    const { rules, errors } = await askOf({ files })
    expect(rules).toEqual(['user eve false'])
    expect(errors).toEqual([expect.stringMatching(/^\/etc\/gone: .*ENOENT/)])
  })

  it('ends where it goes too deep', async () => {
    const files = Object.fromEntries(
      Array.from({ length: 30 }, (_, at) => [`/etc/s${at}`, `@include /etc/s${at + 1}\n`]),
    )
    const sudoers = '@include s0\neve ALL=ALL\n'
    const { rules, errors } = await askOf({ files: { ...files, '/etc/sudoers': sudoers } })
    expect(rules).toEqual(['user eve false'])
    expect(errors).toEqual(['/etc/s15: was not looked at: too many files are included'])
  })
})

/** Always the same numbers: xorshift. */
function* random(seed: number): Generator<number, never> {
  for (let state = seed * 2_654_435_761; ;) {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    yield state >>> 0
  }
}

type Pick = (choices: string) => string

/** Of words between bars. */
function picker(seed: number): Pick {
  const numbers = random(seed)
  return (choices) => {
    const list = choices.split('|')
    return list[numbers.next().value % list.length] ?? ''
  }
}

const USERS = ['daemon', 'bin', 'sys', 'games']
const USER = 'daemon|bin|sys|games|%sys|%#2|#3|A|B|C|!bin|!A|!B|!%sys|!!games|ALL|"games"|BIN'

const listOf = (pick: Pick, choices: string): string =>
  Array.from({ length: Number(pick('1|2|3')) }, () => pick(choices)).join(pick(',| , |,\\\n '))

/** What sudo can be asked about: users of this machine, all commands, as root. */
function randomSudoers(seed: number): string {
  const pick = picker(seed)
  const statements = Array.from({ length: 6 }, () => {
    const users = listOf(pick, USER)
    return pick('rule|rule|defaults') === 'rule'
      ? `${users} ALL = ${pick('|(ALL) |(root) |(ALL:ALL) ')}${pick('|NOPASSWD: |PASSWD: ')}${pick('ALL|ALL|ALL|!ALL')}`
      : `Defaults${pick(`|:${users}|>root|>R|@ALL|!ALL`)} ${pick('!|!|!!|')}authenticate`
  })
  const [a, b, c] = [listOf(pick, USER.replaceAll('|A', '')), listOf(pick, USER), listOf(pick, USER)]
  return [
    ...[`User_Alias A = ${a.replace(/[ABC]\b/g, 'sys')}`],
    ...[`User_Alias B = ${b.replace(/[BC]\b/g, 'A')} : C = ${c.replace(/C\b/g, 'B')}`],
    ...['Runas_Alias R = ALL, !daemon', ...statements, ''],
  ].join('\n')
}

const canAskSudo =
  process.getuid?.() === 0 &&
  spawnSync('unshare', ['-m', 'sh', '-c', 'sudo -V && setpriv --version']).status === 0 &&
  USERS.every((user) => spawnSync('id', [user]).status === 0)

/** Of each user whether sudo lets him run `true`, and whether without a password; in a mount namespace, where alone /etc/sudoers is another. */
function answersOfSudo(sudoers: string): readonly string[] {
  const folder = mkdtempSync(path.join(tmpdir(), 'mig-sudoers-'))
  try {
    const file = path.join(folder, 'sudoers')
    writeFileSync(file, sudoers, { mode: 0o440 })
    const script = `mount --bind "$0" /etc/sudoers || exit 1
      for user; do
        sudo -l -U $user /bin/true >/dev/null 2>&1 && allowed=true || allowed=false
        setpriv --reuid=$user --regid=$user --init-groups sudo -n /bin/true >/dev/null 2>&1 && free=true || free=false
        echo $user $allowed $free
      done`
    const args = ['-m', 'sh', '-c', script, file, ...USERS]
    return execFileSync('unshare', args, { encoding: 'utf8' }).trim().split('\n')
  } finally {
    rmSync(folder, { recursive: true })
  }
}

describe.skipIf(!canAskSudo)('what sudo does', () => {
  const idsOf = (user: string): string =>
    execFileSync('id', ['-Gn', user], { encoding: 'utf8' }).trim()
  const etc = Object.fromEntries(
    ['/etc/passwd', '/etc/group'].map((file) => [file, readFileSync(file)]),
  )

  it.each(Array.from({ length: 24 }, (_, at) => at + 1))('is what is told (%i)', async (seed) => {
    const sudoers = randomSudoers(seed)
    const { findings, errors } = await ask({ ...etc, '/etc/sudoers': sudoers })
    const isUntold = errors.some((error) => error.includes('forbids a part'))
    const answers = USERS.map((user) => {
      const names = new Set([user, ...idsOf(user).split(' ').map((group) => `%${group}`), '%#2'])
      return { user }
    })
    expect(answers).toEqual(answersOfSudo(sudoers))
  })
})
