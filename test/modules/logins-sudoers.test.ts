/** Whom `logins -privileged` takes from sudoers, held against cvtsudoers and against sudo itself; and what hostile sudoers do not make it do. */
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { hostname, networkInterfaces, tmpdir } from 'node:os'
import path from 'node:path'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { elements, type Privileged } from '../../agent-modules/logins/answer.ts'
import { loginsOn } from '../../agent-modules/logins/index.ts'
import { statementsOf } from '../../agent-modules/logins/sudoers/grammar.ts'
import type { CommandSpec, Member } from '../../agent-modules/logins/sudoers/statement.ts'
import { thisMachine } from '../../agent-modules/support/machine.ts'
import type { Module } from '../../agent-modules/contract.ts'
import { ABORT_LIMIT_MS, requirePromptStops, runModule } from '../laws/module.ts'
import { createMachine, type MachineInit } from './machine.ts'

const PASSWD = [
  ...['root:x:0:0', 'toor:x:0:0', 'eve:x:1001:1001', 'bob:x:1002:1002', 'dora:x:1003:1003'],
].map((row) => `${row}::/:/bin/sh\n`)
const GROUP = 'ops:x:50:eve,bob\ndevs:x:51:dora\nwheel:x:10:\n'
const ACCOUNTS = {
  ...{ '/etc/passwd': PASSWD.join(''), '/etc/group': GROUP },
  '/proc/sys/kernel/hostname': 'gate.example.org\n',
}

interface Told {
  /** `user eve true`: what it is, its name, whether without a password, and what else is not usual. */
  readonly rules: readonly string[]
  readonly errors: readonly string[]
}

async function findingsOf(
  init: MachineInit,
  user?: string,
): Promise<{ readonly found: readonly Privileged[]; readonly errors: readonly string[] }> {
  using machine = createMachine(init)
  const module = loginsOn(machine)
  const asked = { queries: ['privileged'], limit: 10_000, ...(user === undefined ? {} : { user }) }
  const { findings, errors } = await runModule(module, asked)
  const { privileged = [] } = elements.parse(module.arrange(findings, asked))
  return { found: privileged.filter(({ by }) => by === 'sudoers'), errors }
}

async function askOf({ files = {}, ...init }: MachineInit, user?: string): Promise<Told> {
  const { found, errors } = await findingsOf({ files: { ...ACCOUNTS, ...files }, ...init }, user)
  const rules = found.map(({ is, name, nopasswd, root, somehosts, except }) =>
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
      'eve ,\tbob  h1 , gate = ALL',
      ['user eve false', 'user bob false'],
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
      'Host_Alias H = h1, gate\nDefaults@H !authenticate\neve H=ALL',
      ['user eve true'],
    ],
    [
      'not by Defaults of another host',
      'Defaults@h1 !authenticate\neve ALL=ALL',
      ['user eve false'],
    ],
    [
      'not told, by Defaults of a netgroup of hosts',
      'Defaults@+ng !authenticate\neve ALL=ALL',
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

describe('where a rule is for', () => {
  const CARDS = JSON.stringify([
    { ifindex: 1, ifname: 'lo', addr_info: [{ local: '127.0.0.1', prefixlen: 8 }] },
    {
      ...{ ifindex: 2, ifname: 'eth0' },
      addr_info: [
        { local: '192.0.2.7', prefixlen: 24 },
        { local: 'fd00::2', prefixlen: 64 },
      ],
    },
  ])
  const IP = { 'ip -d -j addr': CARDS }
  const CALLED_SHORT = { '/proc/sys/kernel/hostname': 'gate\n' }
  /** What is told of `eve`, for whom the only rule is. */
  const toldOf = async (hosts: string, init: MachineInit = { programs: IP }): Promise<string> => {
    const files = { '/etc/sudoers': `${hosts.replace(/\S+$/, 'eve $&=ALL')}\n`, ...init.files }
    const { rules, errors } = await askOf({ ...init, files })
    return [...rules, ...errors].join()
  }
  const [HERE, PERHAPS, ELSEWHERE] = ['user eve false', 'user eve false somehosts', '']

  it.each([
    ...['ALL', 'gate', 'GATE', 'gate.example.org', 'g*', '*.example.org', '[f-h]ate', '[^a]???'],
    ...['h1,gate', '!h1,gate', 'ALL,!h1', 'g*[.]org', '+ng,gate', '!+ng,gate', 'gate*'],
    ...[
      '192.0.2.7',
      '192.0.2.0',
      '192.0.2.99/24',
      '192.0.2.0/255.255.255.0',
      '192.9.2.7/255.0.255.0',
    ],
    ...['fd00::2', 'fd00::', 'fd00::5/64', '10.0.0.1,!10.0.0.0/8,192.0.0.0/8'],
    'Host_Alias H = h1, gate\nH',
  ])('is here: %s', async (hosts) => {
    expect(await toldOf(hosts)).toBe(HERE)
  })

  it.each([
    ...['h1', 'gat', 'gate.', 'gate.example.com', 'ALL,!gate', 'gate,!g*', 'G?', '[a-f]ate', '!h1'],
    ...['10.0.0.1', '192.0.2.8', '192.0.0.0', '192.0.3.0/24', '127.0.0.1', '127.0.0.0/8', '::1'],
    ...['fd00::3', 'fd01::/64', 'ALL,!192.0.2.0/24', '+ng,!gate', 'NOTHING', '192.0.2'],
  ])('is not told, elsewhere: %s', async (hosts) => {
    expect(await toldOf(hosts)).toBe(ELSEWHERE)
  })

  it.each([
    '+ng',
    'h1,+ng',
    'ALL,!+ng',
    'gate,!+ng',
    '[[\\:alpha\\:]]ate',
    '[z-a]ate',
    'fd00::/ffff::',
  ])('cannot be told: %s', async (hosts) => {
    expect(await toldOf(hosts)).toBe(PERHAPS)
  })

  it.each<[string, string, string | undefined]>([
    ['gate.example.org', PERHAPS, 'gate.example.org'],
    ['gate.example.com', ELSEWHERE, 'gate.example.org'],
    ['Defaults fqdn\ngate.example.org', HERE, 'gate.example.org'],
    ['Defaults !fqdn\ngate.example.org', ELSEWHERE, 'gate.example.org'],
    ['Defaults fqdn\ngate', HERE, undefined],
    ['gate.example.org', `${PERHAPS},hostname: is not installed`, undefined],
  ])(
    'asks the resolver where the kernel knows no domain: %s',
    async (hosts, expected, fullName) => {
      const programs = fullName === undefined ? {} : { 'hostname -f': `${fullName}\n` }
      expect(await toldOf(hosts, { files: CALLED_SHORT, programs })).toBe(expected)
    },
  )

  it('asks for addresses where rules name some alone, and says when nobody tells', async () => {
    using machine = createMachine({ files: { ...ACCOUNTS, '/etc/sudoers': 'eve gate=ALL\n' } })
    await runModule(loginsOn(machine), { queries: ['privileged'] })
    expect(machine.started).toEqual([])
    expect(await toldOf('192.0.2.7', {})).toBe(
      `${PERHAPS},sudoers: the addresses of this host are not known: it is not told whether rules for addresses are for it`,
    )
  })

  it('lets no rule of another host take away what one of this host allows', async () => {
    const allowed = 'eve ALL=NOPASSWD: ALL\n'
    expect(await told(`${allowed}eve h1=ALL`)).toEqual(['user eve true'])
    expect(await told(`${allowed}eve gate=ALL`)).toEqual(['user eve false', 'user eve false'])
    expect(await told(`${allowed}eve +ng=!ALL`)).toEqual(['user eve true'])
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

/** The most that a run computes between two moments at which it could hear that it is called off: CPU time, which no other program lengthens. */
async function longestStretchMs(module: Module, asked: object): Promise<number> {
  let [longest, isOver] = [0, false]
  let before = process.cpuUsage()
  const run = runModule(module, asked).finally(() => {
    isOver = true
  })
  while (!isOver) {
    await nextTurn()
    const { user, system } = process.cpuUsage(before)
    longest = Math.max(longest, (user + system) / 1000)
    before = process.cpuUsage()
  }
  await run
  return longest
}

describe('a hostile file', () => {
  const many = (count: number, lineOf: (at: number) => string): string =>
    Array.from({ length: count }, (_, at) => `${lineOf(at)}\n`).join('')
  const LARGER = /^\/etc\/sudoers: larger than 1048576 bytes$/
  const SPENT = /rules were left out$/
  const TOO_LONG = /^\/etc\/sudoers: 1 lines are not as .* or too long/

  const HOSTILE: readonly (readonly [string, string, RegExp | undefined])[] = [
    ['a million aliases', many(1_000_000, (at) => `User_Alias A${at} = eve`), LARGER],
    ['one line of 100 MB', 'eve,'.repeat(25_000_000), LARGER],
    ['one line of as much as is read', `${'eve,'.repeat(250_000)}bob ALL=ALL`, TOO_LONG],
    ['one rule of commands', `eve ALL=${'/a,'.repeat(300_000)}/b`, TOO_LONG],
    ['a line of blanks', `eve${' '.repeat(1_000_000)}ALL=ALL`, undefined],
    ['a line of backslashes', `eve ${'\\ '.repeat(500_000)}`, TOO_LONG],
    ['a line of signs', '!'.repeat(1_000_000), TOO_LONG],
    ['an open quote', `${'"'.repeat(1_000_001)}`, TOO_LONG],
    [
      'a chain of aliases',
      `${many(20_000, (at) => `User_Alias A${at} = A${at + 1}`)}A0 ALL=ALL`,
      undefined,
    ],
    [
      'a chain, asked from each end',
      many(20_000, (at) => `User_Alias A${at} = A${at + 1}\nA${at} ALL=ALL`),
      SPENT,
    ],
    [
      'aliases that double',
      `${many(60, (at) => `User_Alias A${at} = A${at + 1}, A${at + 1}`)}A0 ALL=ALL`,
      undefined,
    ],
    ['rules', many(30_000, (at) => `u${at} ALL=NOPASSWD: ALL`), SPENT],
    [
      'rules and Defaults',
      many(10_000, (at) => `Defaults:u${at} !authenticate\nu${at} ALL=/a`),
      SPENT,
    ],
    [
      'exceptions',
      `ALL, ${many(4900, (at) => `!u${at},\\`)} !eve ALL=ALL`,
      /of 1 rules only the first 100/,
    ],
    ['a line of escapes', `Defaults x="${'\\,'.repeat(500_000)}"`, TOO_LONG],
    ['an open quote that goes on and on', `"${'\\\n '.repeat(300_000)}`, TOO_LONG],
    [
      'arguments that begin as expressions',
      `eve ALL=${'/a ^,'.repeat(4990)}/b ${'c'.repeat(900_000)}`,
      undefined,
    ],
    ['empty lines', `${'\n'.repeat(1_000_000)}eve ALL=ALL`, undefined],
    ['notes', `${'#\n'.repeat(500_000)}eve ALL=ALL`, undefined],
    ['run-as users', many(100, () => `eve ALL=(${'r,'.repeat(4900)}r)ALL`), SPENT],
    [
      'run-as netgroups',
      `Runas_Alias R = ${many(4900, (at) => `+n${at},\\`)} +n\neve ALL=(R) ALL\n%ops, eve ALL=(R) ALL`,
      SPENT,
    ],
    [
      'patterns of hosts',
      many(2000, (at) => `eve ${`*${at}`.repeat(60)}*.x=ALL\neve gate=/a`),
      undefined,
    ],
  ]

  it.each(HOSTILE)(
    'takes bounded time and says so: %s',
    async (_, sudoers, expected) => {
      const started = performance.now()
      const { rules, errors } = await askOf({ files: { '/etc/sudoers': `${sudoers}\n` } })
      expect(performance.now() - started).toBeLessThan(20_000)
      if (expected === undefined) expect(errors).toEqual([])
      else expect(errors).toContainEqual(expect.stringMatching(expected))
      expect(rules.length + errors.length).toBeGreaterThan(0)
    },
    30_000,
  )

  it.each(HOSTILE)(
    'lets a run be stopped: %s',
    async (_, sudoers) => {
      using machine = createMachine({ files: { ...ACCOUNTS, '/etc/sudoers': `${sudoers}\n` } })
      const asked = { queries: ['privileged'], limit: 10_000 }
      await requirePromptStops(loginsOn(machine), () => asked, { mayEnd: true })
      expect(await longestStretchMs(loginsOn(machine), asked)).toBeLessThan(ABORT_LIMIT_MS)
    },
    60_000,
  )

  it('is one of many that together are too large', async () => {
    const rule = '#'.repeat(1_000_000)
    const files = Object.fromEntries(
      [1, 2, 3].map((at) => [`/etc/sudoers.d/${at}`, `${rule}\neve ALL=ALL`]),
    )
    const told = await askOf({ files: { ...files, '/etc/sudoers': '@includedir sudoers.d' } })
    expect(told.rules).toHaveLength(2)
    expect(told.errors).toEqual([expect.stringMatching(/^\/etc\/sudoers.d\/3: larger than/)])
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
  const [a, b, c] = [
    listOf(pick, USER.replaceAll('|A', '')),
    listOf(pick, USER),
    listOf(pick, USER),
  ]
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
function answersOfSudo(sudoers: string): readonly (readonly [string, boolean, boolean])[] {
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
    const lines = execFileSync('unshare', args, { encoding: 'utf8' }).trim().split('\n')
    return lines.map((line) => {
      const [user = '', allowed, free] = line.split(' ')
      return [user, allowed === 'true', free === 'true']
    })
  } finally {
    rmSync(folder, { recursive: true })
  }
}

describe.skipIf(!canAskSudo)('what sudo does', () => {
  const etc = Object.fromEntries(
    ['/etc/passwd', '/etc/group'].map((file) => [file, readFileSync(file, 'utf8')]),
  )
  const printed = (...args: string[]): readonly string[] =>
    execFileSync('id', args, { encoding: 'utf8' }).trim().split(' ')

  /** All that stands for a user in a list. */
  const namesOf = (user: string): ReadonlySet<string> =>
    new Set([
      ...['ALL', user, user.toUpperCase(), ...printed('-u', user).map((uid) => `#${uid}`)],
      ...printed('-Gn', user).map((group) => `%${group}`),
      ...printed('-G', user).map((gid) => `%#${gid}`),
    ])

  const seeds = Array.from({ length: 24 }, (_, at) => at + 1)
  it.each(seeds)('is what is told of random rules (%i)', async (seed) => {
    const sudoers = randomSudoers(seed)
    const { found, errors } = await findingsOf({ files: { ...etc, '/etc/sudoers': sudoers } })
    const isPartly = errors.some((error) => error.includes('forbids a part'))
    for (const [user, allowed, free] of answersOfSudo(sudoers)) {
      const names = namesOf(user)
      const last = found.findLast(
        ({ is, name, except = [] }) =>
          names.has(is === 'group' ? `%${name}` : name) && !except.some((one) => names.has(one)),
      )
      const context = `${user} in\n${sudoers}`
      // A part that is forbidden is not told whom it takes from.
      if (!isPartly || allowed) expect(last !== undefined, context).toBe(allowed)
      if (allowed && last?.nopasswd !== undefined) expect(last.nopasswd, context).toBe(free)
    }
  })
})

/** Which of these lists of hosts sudo takes for this machine. */
function hostsOfSudo(lists: readonly string[]): readonly string[] {
  const folder = mkdtempSync(path.join(tmpdir(), 'mig-sudoers-'))
  try {
    const file = path.join(folder, 'sudoers')
    const script = `for hosts; do
        printf 'Defaults !fqdn\\ndaemon %s=ALL\\n' "$hosts" > "$0"
        mount --bind "$0" /etc/sudoers || exit 1
        sudo -l -U daemon /bin/true >/dev/null 2>&1 && echo "$hosts"
        umount /etc/sudoers
      done; true`
    writeFileSync(file, '', { mode: 0o440 })
    const args = ['-m', 'sh', '-c', script, file, ...lists]
    return execFileSync('unshare', args, { encoding: 'utf8' }).trim().split('\n')
  } finally {
    rmSync(folder, { recursive: true })
  }
}

describe.skipIf(!canAskSudo || process.platform !== 'linux')(
  'the hosts that sudo takes for this one',
  () => {
    it('are those that are taken for it here', async () => {
      const name = hostname()
      const addresses = Object.values(networkInterfaces()).flatMap((cards) => cards ?? [])
      const lists = [
        ...[
          'ALL',
          'h1',
          name,
          name.toUpperCase(),
          `${name}x`,
          `h1,${name}`,
          `!${name}`,
          `ALL,!${name}`,
        ],
        ...[`${name.slice(0, 1)}*`, '[a-z]*', '[^a-z]*', '?', '*.*', `${name}.example.org`],
        ...['127.0.0.1', '::1', '10.255.255.254', '203.0.113.0/24', '128.0.0.0/1'],
        ...addresses.flatMap(({ address, cidr, netmask }) => [
          ...[
            address,
            cidr ?? address,
            ...(address.includes(':') ? [] : [`${address}/${netmask}`]),
            `ALL,!${address}`,
          ],
          ...[address.replace(/\.\d+$/, '.0'), address.replace(/::.*$/, '::'), `${address}/8`],
        ]),
      ]
      const here: string[] = []
      for (const hosts of lists) {
        using machine = createMachine({
          files: {
            ...{ '/etc/passwd': 'daemon:x:1:1::/:/bin/sh\n', '/etc/group': '' },
            '/etc/sudoers': `Defaults !fqdn\ndaemon ${hosts}=ALL\n`,
            '/proc/sys/kernel/hostname': name,
          },
        })
        const module = loginsOn({ ...machine, run: thisMachine.run })
        const { findings, errors } = await runModule(module, { queries: ['privileged'] })
        expect(errors, hosts).toEqual([])
        if (findings.length > 0) here.push(hosts)
      }
      expect(here).toEqual(hostsOfSudo(lists))
    })
  },
)

/** As cvtsudoers writes a member: its one value under the name of its kind. */
const member = z.record(z.string(), z.union([z.string(), z.int(), z.boolean()]))
const members = z.array(member).default([])
const printedSudoers = z.looseObject({
  Defaults: z.array(z.looseObject({ Binding: members, Options: members })).default([]),
  User_Aliases: z.record(z.string(), members).default({}),
  Command_Aliases: z.record(z.string(), members).default({}),
  User_Specs: z
    .array(
      z.looseObject({
        User_List: members,
        Host_List: members,
        Cmnd_Specs: z.array(
          z.looseObject({ runasusers: members, Options: members, Commands: members }),
        ),
      }),
    )
    .default([]),
})

const PREFIXES: Readonly<Record<string, string>> = {
  ...{ userid: '#', usergroup: '%', usergid: '%#', nonunixgroup: '%:', nonunixgid: '%:#' },
  ...{ netgroup: '+' },
}

const theirs = (list: z.infer<typeof members>): string =>
  list
    .map(({ negated, ...one }) => {
      const [[kind, value] = ['', '']] = Object.entries(one)
      return `${negated === true ? '!' : ''}${PREFIXES[kind] ?? ''}${String(value)}`
    })
    .join()

const ours = (list: readonly Member[]): string =>
  list
    .map(({ kind, text, isNegated }) => {
      const prefix = kind === 'group' ? '%' : kind === 'netgroup' ? '+' : ''
      return `${isNegated ? '!' : ''}${prefix}${text}`
    })
    .join()

function printedByCvtsudoers(sudoers: string): readonly string[] {
  const printed = execFileSync('cvtsudoers', ['-f', 'json', '-'], { input: sudoers })
  const { Defaults, User_Aliases, Command_Aliases, User_Specs } = printedSudoers.parse(
    JSON.parse(printed.toString()),
  )
  return [
    ...Defaults.map(({ Binding, Options }) => {
      const settings = Options.flatMap((option) => Object.entries(option))
      return `defaults ${theirs(Binding) || 'ALL'}: ${settings.join(' ')}`
    }),
    ...Object.entries(User_Aliases).map(([name, list]) => `user ${name}=${theirs(list)}`),
    ...Object.entries(Command_Aliases).map(([name, list]) => `command ${name}=${theirs(list)}`),
    ...User_Specs.flatMap(({ User_List, Host_List, Cmnd_Specs }) =>
      Cmnd_Specs.flatMap(({ runasusers, Options, Commands }) => {
        const asks = Options.find((option) => 'authenticate' in option)?.['authenticate']
        return Commands.map(
          (command) =>
            `${theirs(User_List)} ${theirs(Host_List)}=(${theirs(runasusers)}) ${String(asks)} ${theirs([command])}`,
        )
      }),
    ),
  ].toSorted()
}

const specHere = ({ runas = [], nopasswd, command }: CommandSpec): string =>
  `(${ours(runas)}) ${nopasswd === undefined ? 'undefined' : String(!nopasswd)} ${ours([command])}`

const readHere = (sudoers: string): readonly string[] =>
  [...statementsOf(sudoers)]
    .flatMap((one) => {
      if (one.kind === 'defaults')
        return [`defaults ${ours(one.members)}: ${[...one.settings].join(' ')}`]
      if (one.kind === 'alias') return [`${one.of} ${one.name}=${ours(one.members)}`]
      if (one.kind !== 'rule') return [one.kind]
      return one.privileges.flatMap(({ hosts, commands }) =>
        commands.map((spec) => `${ours(one.users)} ${ours(hosts)}=${specHere(spec)}`),
      )
    })
    .toSorted()

const ANY_USER =
  'eve|!bob|!!dora|ALL|ADMINS|!ADMINS|%ops|%#50|%:far|%:#7|#1001|+net|"a b"|"%a b"|"+n t"|"#5"|x\\ y|DOM\\\\eve|x\\x41z|a.b@c|svc$|"q\\"q"'
const ANY_HOST =
  'ALL|h1|!h2|HOSTS|10.0.0.1|10.0.0.0/8|10.0.0.0/255.0.0.0|fe80::1|2001:db8::/32|+hosts|*.example.org'
const ANY_COMMAND =
  'ALL|!ALL|/bin/a|!/bin/a|CMDS|/bin/|/bin/a x|/bin/a -x=1 y|/bin/* z|sudoedit /etc/a|sudoedit|/bin/a ""|^/bin/[ab]+:,c$|/bin/c ^[a,b:c]+$'

function randomStatement(pick: Pick): string {
  const users = (): string => listOf(pick, ANY_USER)
  const command = (): string =>
    `${pick('||(root) |(ALL, !#0 : ops) |(bob,dora)')}${pick('||NOTBEFORE=20260101000000Z |TIMEOUT=5 ')}${pick('||NOPASSWD: |PASSWD:|NOEXEC: NOPASSWD : |SETENV:NOPASSWD:')}${pick(ANY_COMMAND)}`
  const commands = (): string => `${command()}${pick(`|, ${command()}`)}`
  const privilege = (): string => `${listOf(pick, ANY_HOST)}${pick('=| = ')}${commands()}`
  // sudo lets no such list go on on a next line.
  const oneLine = (list: string): string => list.replaceAll('\\\n', '')
  const bound = oneLine(
    pick(`|:${users()}|: ${users()}|@${listOf(pick, ANY_HOST)}|>${users()}|!/bin/a, CMDS`),
  )
  const settings = pick(
    '!authenticate|authenticate|!!authenticate|env_reset, !authenticate|passprompt="a, b # c" , !authenticate|passprompt=a\\ b',
  )
  return pick(
    `${users()} ${privilege()}|${users()} ${privilege()} : ${privilege()}|Defaults${bound} ${settings}|# eve ALL=ALL \\|\t# x|`,
  )
}

describe.skipIf(spawnSync('cvtsudoers', ['-V']).error !== undefined)(
  'what cvtsudoers reads',
  () => {
    it.each(Array.from({ length: 40 }, (_, at) => at + 1))('is what is read here (%i)', (seed) => {
      const pick = picker(seed)
      const sudoers = [
        `User_Alias ADMINS = ${listOf(pick, ANY_USER.replaceAll('ADMINS', 'x'))} : OTHERS=${listOf(pick, ANY_USER)}`,
        'Cmnd_Alias CMDS = /bin/a x, !/bin/b:MORE=/bin/c',
        ...Array.from({ length: 10 }, () => `${randomStatement(pick)}${pick('||  | # c')}`),
        'eve ALL=ALL',
      ].join('\n')
      expect(readHere(sudoers), sudoers).toEqual(printedByCvtsudoers(sudoers))
    })
  },
)
