/** What `logins` tells, held against last, lastb, who and lastlog; and what hostile hosts do not make it do. */
import { execFileSync, spawnSync } from 'node:child_process'
import { chmodSync, mkdirSync, statSync, symlinkSync, truncateSync, utimesSync } from 'node:fs'
import path from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { UnsupportedError } from '../../agent-modules/contract.ts'
import type { Elements } from '../../agent-modules/logins/answer.ts'
import { loginsOn } from '../../agent-modules/logins/index.ts'
import { runModule } from '../laws/module.ts'
import { FORMS, lastlogOf, recordsOf, type RecordInit } from './login-records.ts'
import { createMachine, type MachineInit, type TestMachine } from './machine.ts'

const has = (program: string): boolean => spawnSync(program, ['--version']).error === undefined
const isRoot = process.getuid?.() === 0
const START_MS = Date.parse('2026-03-10T12:00:00Z')
const MINUTE_MS = 60_000
const [BOOT, RUN_LEVEL, LOGIN, USER, DEAD] = [2, 1, 6, 7, 8]

const PASSWD = [
  'root:x:0:0:root:/root:/bin/bash',
  'daemon:x:1:1::/usr/sbin:/usr/sbin/nologin',
  'eve:x:1001:1001::/home/eve:/bin/bash',
  'bob:x:1002:1002::/home/bob:/bin/sh',
  '',
].join('\n')

interface Answer extends Elements {
  readonly errors: readonly string[]
}

async function ask(machine: TestMachine, fields: object): Promise<Answer> {
  const module = loginsOn(machine)
  const { findings, errors } = await runModule(module, fields, { startedAtMs: START_MS })
  return { ...(module.arrange(findings, fields) as Elements), errors }
}

async function askOf(init: MachineInit, fields: object): Promise<Answer> {
  using machine = createMachine(init)
  return await ask(machine, fields)
}

const login = (init: Partial<RecordInit>): RecordInit => ({
  ...{ type: USER, line: 'pts/0', user: 'eve', atMs: START_MS },
  ...init,
})

describe('history', () => {
  const wtmp = [
    { type: BOOT, line: '~', user: 'reboot', host: '6.1.0', atMs: START_MS },
    login({ atMs: START_MS + MINUTE_MS, host: '192.0.2.7', address: [192, 0, 2, 7] }),
    login({ atMs: START_MS + 2 * MINUTE_MS, line: 'tty1', user: 'root' }),
    { type: DEAD, line: 'pts/0', atMs: START_MS + 9 * MINUTE_MS },
    login({ atMs: START_MS + 10 * MINUTE_MS, user: 'bob', host: 'gate.example.org' }),
    { type: BOOT, line: '~', user: 'reboot', host: '6.1.0', atMs: START_MS + 20 * MINUTE_MS },
    login({ atMs: START_MS + 21 * MINUTE_MS, host: '2001:db8::1' }),
    { type: RUN_LEVEL, line: '~', user: 'shutdown', atMs: START_MS + 30 * MINUTE_MS },
    { type: BOOT, line: '~', user: 'reboot', atMs: START_MS + 31 * MINUTE_MS },
    login({
      atMs: START_MS + 32 * MINUTE_MS,
      address: [0x20, 1, 0xd, 0xb8, ...Array(11).fill(0), 9],
    }),
  ]
  const files = { '/var/log/wtmp': recordsOf(wtmp) }

  it('tells logins with how they ended, and starts of the host, newest first', async () => {
    const { history, errors } = await askOf({ files }, { queries: ['history'] })
    expect(errors).toEqual([])
    expect(history?.map(({ event, user, ended }) => [event, user, ended])).toEqual([
      ['login', 'eve', 'open'],
      ['boot', 'reboot', undefined],
      ['shutdown', 'shutdown', undefined],
      ['login', 'eve', 'shutdown'],
      ['boot', 'reboot', undefined],
      ['login', 'bob', 'crash'],
      ['login', 'root', 'crash'],
      ['login', 'eve', 'logout'],
      ['boot', 'reboot', undefined],
    ])
    expect(history?.at(-2)).toEqual({
      ...{ event: 'login', user: 'eve', tty: 'pts/0', host: '192.0.2.7', address: '192.0.2.7' },
      login: '2026-03-10 12:01:00 +0000 UTC',
      logout: '2026-03-10 12:09:00 +0000 UTC',
      ended: 'logout',
    })
    expect(history?.[0]?.address).toBe('2001:db8::9')
  })

  it.each(FORMS)(
    'reads records of $isLittleEndian little endian, 64-bit times: $hasLongTimes',
    async (form) => {
      const of = (records: readonly RecordInit[]) =>
        askOf({ files: { '/var/log/wtmp': recordsOf(records, form) } }, { queries: ['history'] })
      expect((await of(wtmp)).history).toEqual(
        (await askOf({ files }, { queries: ['history'] })).history,
      )
      expect((await of(wtmp.slice(1, 2))).history).toHaveLength(1)
    },
  )

  it('lets through users, sources and times that are asked for', async () => {
    const users = async (fields: object): Promise<(string | undefined)[] | undefined> =>
      (await askOf({ files }, { queries: ['history'], ...fields })).history?.map(
        ({ user, login: at }) => `${user} ${at.slice(14, 16)}`,
      )
    expect(await users({ user: '^b' })).toEqual(['bob 10'])
    expect(await users({ user: '!^(eve|reboot|shutdown)$' })).toEqual(['bob 10', 'root 02'])
    expect(await users({ sources: ['192.0.2.0/24'] })).toEqual(['eve 01'])
    expect(await users({ sources: ['192.0.2.7', '2001:db8::/32'] })).toEqual([
      'eve 32',
      'eve 21',
      'eve 01',
    ])
    expect(await users({ sources: ['10.0.0.0/8'] })).toEqual([])
    expect(await users({ since: 'after:2026-03-10T12:30:00Z' })).toEqual(['eve 32', 'reboot 31'])
    const between = { since: '<2d', until: 'before:2026-03-10T12:02:00Z' }
    expect(await users(between)).toEqual(['eve 01', 'reboot 00'])
    expect(await users({ ...between, since: 'after:2026-03-10T12:00:00Z' })).toEqual(['eve 01'])
    expect(await users({ since: null, until: '>1d' })).toEqual([])
    expect(await users({ until: 'before:2026-03-10T12:01:00Z' })).toEqual(['reboot 00'])
  })

  it('says when there are more than were wanted', async () => {
    const { history, errors } = await askOf({ files }, { queries: ['history'], limit: 2 })
    expect(history).toHaveLength(2)
    expect(errors).toEqual(['history: only the first 2 were returned, there are more'])
    expect((await askOf({ files }, { queries: ['history'], limit: 9 })).errors).toEqual([])
  })

  const at = (index: number) => wtmp.slice(index, index + 1)

  it('goes through rotated files by the age that their names tell, gzip too, and pairs across them', async () => {
    using machine = createMachine({
      files: {
        '/var/log/wtmp': recordsOf(at(3)),
        '/var/log/wtmp.1': recordsOf(at(1)),
        '/var/log/wtmp-20260301.gz': gzipSync(recordsOf(at(0))),
        '/var/log/wtmp.3.xz': 'x',
        '/var/log/wtmpfake': recordsOf(at(4)),
      },
    })
    // Whoever may write to a file sets its times.
    utimesSync(path.join(machine.root, 'var/log/wtmp.1'), 1000, 1000)
    const { history, errors } = await ask(machine, { queries: ['history'] })
    expect(history?.map(({ event, ended }) => [event, ended])).toEqual([
      ['login', 'logout'],
      ['boot', undefined],
    ])
    expect(errors).toEqual(['/var/log/wtmp.3.xz: is packed in a way that is not looked into'])
  })

  it.each([
    ...['wtmp_20261115', 'wtmp-20261115T1030', 'wtmp.2026-11-15_10:30', 'wtmp-202647'],
    ...['wtmp-1763200000', 'wtmp20261115', 'wtmp.0', 'wtmp-2026111510.gz', 'wtmp.gz'],
  ])('reads what rotation has made: %s', async (name) => {
    const bytes = recordsOf(at(1))
    const log = { [`/var/log/${name}`]: name.endsWith('.gz') ? gzipSync(bytes) : bytes }
    const { history, errors } = await askOf({ files: log }, { queries: ['history'] })
    expect(history?.map(({ user }) => user)).toEqual(['eve'])
    expect(errors).toEqual([])
  })

  it('says of files beside it that rotation has not made', async () => {
    const log = {
      ...files,
      '/var/log/wtmp.bak': 'x',
      '/var/log/wtmp-x': 'x',
      '/var/log/wtmpdb': '',
    }
    const { errors } = await askOf({ files: log }, { queries: ['history'] })
    expect(errors).toEqual([
      '/var/log/wtmp: 2 files beside it are not named as rotation names them, and were not looked at',
    ])
  })

  it('reads wtmpdb, which has logins with their ends', async () => {
    using machine = createMachine({ files: { '/var/log/none': '', '/var/lib/wtmpdb/none': '' } })
    using database = new DatabaseSync(`${machine.root}/var/lib/wtmpdb/wtmp.db`)
    database.exec(
      `CREATE TABLE wtmp(ID INTEGER PRIMARY KEY, Type INTEGER, User TEXT NOT NULL, Login INTEGER, Logout INTEGER, TTY TEXT, RemoteHost TEXT, Service TEXT) STRICT;
       INSERT INTO wtmp VALUES (1, 1, 'reboot', ${START_MS * 1000}, NULL, '~', '6.1', NULL),
         (2, 3, 'eve', ${(START_MS + MINUTE_MS) * 1000}, ${(START_MS + 2 * MINUTE_MS) * 1000}, 'pts/1', '192.0.2.7', 'sshd'),
         (3, 3, 'bob', ${(START_MS + 3 * MINUTE_MS) * 1000}, NULL, 'tty1', NULL, 'login'),
         (4, 3, 'odd', NULL, NULL, NULL, NULL, NULL)`,
    )
    const { history, errors } = await ask(machine, { queries: ['history'] })
    expect(history?.map(({ event, user, ended, host }) => [event, user, ended, host])).toEqual([
      ['login', 'bob', 'open', undefined],
      ['login', 'eve', 'logout', '192.0.2.7'],
      ['boot', 'reboot', undefined, undefined],
    ])
    expect(history?.[1]?.logout).toBe('2026-03-10 12:02:00 +0000 UTC')
    expect(errors).toEqual(['/var/lib/wtmpdb/wtmp.db: 1 rows are not in a form that is known'])
  })
})

/** Always the same numbers: xorshift. */
function* random(seed: number): Generator<number, never> {
  for (let state = seed; ;) {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    yield state >>> 0
  }
}

function randomRecords(seed: number, count: number): readonly RecordInit[] {
  const numbers = random(seed)
  const pick = <T>(list: readonly T[], otherwise: T): T =>
    list[numbers.next().value % list.length] ?? otherwise
  let atMs = START_MS
  return Array.from({ length: count }, () => {
    atMs += 1000 * (1 + (numbers.next().value % 5000))
    const type = pick([USER, USER, USER, DEAD, DEAD, DEAD, BOOT, RUN_LEVEL], USER)
    if (type === BOOT) return { type, line: '~', user: 'reboot', host: '6.1', atMs }
    if (type === RUN_LEVEL) return { type, line: '~', user: 'shutdown', host: '6.1', atMs }
    const line = pick(['pts/0', 'pts/1', 'tty1'], 'pts/2')
    // A process that is not: no login is still there.
    const pid = 4_000_000
    return type === DEAD
      ? { type, line, pid, atMs }
      : { type, line, pid, user: pick(['eve', 'bob', 'root'], 'eve'), host: '192.0.2.7', atMs }
  })
}

describe.skipIf(!has('last'))('what last prints', () => {
  const timeIn = (text: string): string =>
    `${new Date(`${text} UTC`).toISOString().slice(0, 19).replace('T', ' ')} +0000 UTC`

  function linesOfLast(file: string): string[] {
    const printed = execFileSync('last', ['-F', '-w', '-i', '-f', file], {
      encoding: 'utf8',
      env: { TZ: 'UTC', LC_ALL: 'C', PATH: process.env['PATH'] },
    })
    const form =
      /^(\S+) +(system boot|\S+) +\S+ +(\w{3} \w{3} .\d \S+ \d{4})(?: - (crash|down|\w{3} \w{3} .\d \S+ \d{4}))?/
    return printed.split('\n').flatMap((line) => {
      const [, user = '', tty, start = '', end] = form.exec(line) ?? []
      if (user === '' || user === 'reboot') return []
      const ended = end === undefined ? 'open' : end === 'down' ? 'shutdown' : end
      return [[user, tty, timeIn(start), /\d/.test(ended) ? timeIn(ended) : ended].join(' ')]
    })
  }

  it.each([1, 2, 3, 4, 5])('is what history tells of random records (%i)', async (seed) => {
    using machine = createMachine({
      files: { '/var/log/wtmp': recordsOf(randomRecords(seed, 300)) },
    })
    const { history = [] } = await ask(machine, { queries: ['history'] })
    const told = history
      .filter(({ event }) => event === 'login')
      .map(({ user, tty = '', login: at, logout = '', ended = '' }) =>
        [user, tty, at, ended === 'logout' ? logout : ended].join(' '),
      )
    expect(told.length).toBeGreaterThan(50)
    expect(told).toEqual(linesOfLast(`${machine.root}/var/log/wtmp`))
  })
})

describe.skipIf(!has('lastb'))('what lastb prints', () => {
  it('is what failed counts', async () => {
    const records = randomRecords(7, 200).filter(({ type }) => type === USER)
    const btmp = recordsOf(records.map((one) => ({ ...one, type: LOGIN, line: 'ssh:notty' })))
    using machine = createMachine({ files: { '/var/log/btmp': btmp, '/etc/passwd': PASSWD } })
    const printed = execFileSync('lastb', ['-w', '-f', `${machine.root}/var/log/btmp`], {
      encoding: 'utf8',
    })
    const { failed = [] } = await ask(machine, { queries: ['failed'] })
    expect(failed).toHaveLength(3)
    for (const { user, host, count } of failed) {
      expect(host).toBe('192.0.2.7')
      expect(printed.match(new RegExp(`^${user} `, 'gm'))).toHaveLength(count)
    }
  })
})

describe('failed', () => {
  const attempt = (user: string, minutes: number): RecordInit =>
    login({ type: LOGIN, user, host: '198.51.100.7', atMs: START_MS + minutes * MINUTE_MS })
  const files = {
    '/etc/passwd': PASSWD,
    '/var/log/btmp': recordsOf([
      attempt('root', 1),
      attempt('hunter2!', 2),
      attempt('eve', 3),
      attempt('root', 4),
    ]),
    '/var/log/btmp.1': recordsOf([attempt('Passw0rd', 0)]),
  }

  it('counts by user and source, and never tells a name that is no account', async () => {
    const answer = await askOf({ files }, { queries: ['failed'] })
    expect(answer.failed).toEqual([
      expect.objectContaining({
        user: 'root',
        count: 2,
        first: '2026-03-10 12:01:00 +0000 UTC',
        last: '2026-03-10 12:04:00 +0000 UTC',
      }),
      expect.objectContaining({ user: '(unknown)', count: 2, host: '198.51.100.7' }),
      expect.objectContaining({ user: 'eve', count: 1 }),
    ])
    expect(JSON.stringify(answer)).not.toMatch(/hunter|Passw0rd/)
  })

  it('lets no pattern spell out what was typed', async () => {
    for (const user of ['hunter', '^h', 'Passw0rd'])
      expect((await askOf({ files }, { queries: ['failed'], user })).failed).toEqual([])
    expect((await askOf({ files }, { queries: ['failed'], user: 'unknown' })).failed).toHaveLength(
      1,
    )
  })
})

describe('current', () => {
  const utmp = recordsOf([
    { type: BOOT, line: '~', user: 'reboot', atMs: START_MS },
    login({ pid: 42, host: '192.0.2.7' }),
    login({ pid: 43, line: 'pts/1', user: 'bob' }),
    login({ pid: 44, line: 'pts/2', type: DEAD, user: '' }),
  ])

  it('tells who is logged in, but not whose process is gone', async () => {
    const files = { '/run/utmp': utmp, '/proc/1/stat': '', '/proc/42/stat': '' }
    const { current, errors } = await askOf({ files }, {})
    expect(errors).toEqual([])
    expect(current).toEqual([
      {
        user: 'eve',
        tty: 'pts/0',
        host: '192.0.2.7',
        login: '2026-03-10 12:00:00 +0000 UTC',
        pid: 42,
      },
    ])
    const hidden = await askOf({ files: { '/run/utmp': utmp } }, {})
    expect(hidden.current).toHaveLength(2)
  })

  it.skipIf(!has('who'))('tells whom who tells', async () => {
    using machine = createMachine({ files: { '/run/utmp': utmp } })
    const printed = execFileSync('who', [`${machine.root}/run/utmp`], { encoding: 'utf8' })
    const { current = [] } = await ask(machine, { queries: ['current'] })
    const lines = printed.trim().split('\n')
    expect(current.map(({ user, tty }) => `${user} ${tty}`).sort()).toEqual(
      lines.map((line) => line.split(/ +/, 2).join(' ')).sort(),
    )
  })

  it("reads systemd's sessions where there is no utmp, and says when nobody knows", async () => {
    const session = (fields: string): string =>
      `${fields}\nCLASS=user\nREALTIME=${START_MS * 1000}\n`
    const files = {
      '/run/systemd/sessions/3': session(
        'USER=eve\nTTY=pts/3\nREMOTE_HOST=192.0.2.9\nLEADER=77\nSTATE=active',
      ),
      '/run/systemd/sessions/c1': session('USER=gdm\nSTATE=closing'),
      '/run/systemd/sessions/3.ref': '',
    }
    expect((await askOf({ files }, {})).current).toEqual([
      {
        user: 'eve',
        tty: 'pts/3',
        host: '192.0.2.9',
        login: '2026-03-10 12:00:00 +0000 UTC',
        pid: 77,
      },
    ])
    const { errors } = await askOf({}, {})
    expect(errors).toEqual([expect.stringMatching(/nobody knows who is logged in/)])
  })
})

describe('lastlogins', () => {
  const logins = [
    { uid: 0, seconds: START_MS / 1000, line: 'tty1', host: '' },
    { uid: 1001, seconds: START_MS / 1000 + 60, line: 'pts/0', host: '192.0.2.7' },
  ]

  it.each([false, true])(
    'tells when each account last logged in (64-bit times: %s)',
    async (hasLongTimes) => {
      const files = { '/etc/passwd': PASSWD, '/var/log/lastlog': lastlogOf(logins, hasLongTimes) }
      expect((await askOf({ files }, { queries: ['lastlogins'] })).lastlogins).toEqual([
        { user: 'root', tty: 'tty1', login: '2026-03-10 12:00:00 +0000 UTC' },
        { user: 'eve', tty: 'pts/0', host: '192.0.2.7', login: '2026-03-10 12:01:00 +0000 UTC' },
      ])
    },
  )

  it('reads lastlog2 where there is one', async () => {
    using machine = createMachine({ files: { '/etc/passwd': PASSWD, '/var/lib/lastlog/none': '' } })
    using database = new DatabaseSync(`${machine.root}/var/lib/lastlog/lastlog2.db`)
    database.exec(`CREATE TABLE Lastlog2(Name TEXT PRIMARY KEY, Time INTEGER, TTY TEXT, RemoteHost TEXT, Service TEXT);
      INSERT INTO Lastlog2 VALUES ('eve', ${START_MS / 1000}, 'pts/0', '192.0.2.7', 'sshd'), ('bob', 0, NULL, NULL, NULL)`)
    const { lastlogins } = await ask(machine, { queries: ['lastlogins'] })
    expect(lastlogins).toEqual([
      { user: 'eve', tty: 'pts/0', host: '192.0.2.7', login: '2026-03-10 12:00:00 +0000 UTC' },
    ])
  })

  it('says when the host keeps none', async () => {
    const { errors } = await askOf(
      { files: { '/etc/passwd': PASSWD } },
      { queries: ['lastlogins'] },
    )
    expect(errors).toEqual(['/var/log/lastlog: is not there'])
  })
})

describe('privileged', () => {
  const told = ({ privileged = [] }: Answer): string[] =>
    privileged.map(({ name, is, by, group, file, nopasswd }) =>
      [is, name, by, group ?? file, nopasswd].filter((part) => part !== undefined).join(' '),
    )

  it('tells members of groups that lead to root, and of those that sudoers names', async () => {
    const files = {
      '/etc/passwd': PASSWD,
      '/etc/group': 'root:x:0:\nsudo:x:27:eve,bob\nusers:x:100:eve\neve:x:1001:\nops:x:50:bob\n',
      '/etc/sudoers': '%ops ALL=(ALL) ALL\n',
    }
    expect(told(await askOf({ files }, { queries: ['privileged'] }))).toEqual([
      'group ops sudoers /etc/sudoers false',
      'user root group root',
      'user eve group sudo',
      'user bob group sudo',
      'user bob group ops',
    ])
    expect(told(await askOf({ files }, { queries: ['privileged'], user: 'eve' }))).toEqual([
      'group ops sudoers /etc/sudoers false',
      'user eve group sudo',
    ])
  })
})

describe('what a person reads', () => {
  const SUDOERS = { '/etc/sudoers.d/z: nothing found': 'eve ALL=(ALL) ALL\n' }
  const linesOf = async (files: MachineInit['files'], foundOnly: boolean) => {
    using machine = createMachine({ files: { ...files, '/etc/passwd': PASSWD } })
    const module = loginsOn(machine)
    const asked = { queries: ['privileged', 'history'] }
    const { findings } = await runModule(module, asked)
    return module.lines({ elements: module.arrange(findings, asked) }, { foundOnly })
  }

  it('has every finding, whatever it is called', async () => {
    const files = { ...SUDOERS, '/etc/sudoers': '@includedir sudoers.d\n' }
    const rule = 'privileged: user eve by /etc/sudoers.d/z: nothing found'
    expect(await linesOf(files, true)).toEqual([rule])
    expect(await linesOf(files, false)).toEqual(['history: nothing found', rule])
  })

  it('says what was not found only where everything is shown', async () => {
    expect(await linesOf({}, true)).toEqual([])
    expect(await linesOf({}, false)).toEqual([
      'history: nothing found',
      'privileged: nothing found',
    ])
  })
})

describe('accounts', () => {
  it('tells who can be used, and of passwords only what kind of thing is there', async () => {
    const hash = '$y$j9T$salt$SecretHashSecretHash'
    const rows: readonly (readonly [string, string, string, string])[] = [
      ['root', '0', '*', '/bin/bash'],
      ['toor', '0', '!', '/usr/sbin/nologin'],
      ['empty', '30', '', '/usr/sbin/nologin'],
      ['eve', '1001', hash, '/bin/bash'],
      ['locked', '1002', `!${hash}`, '/bin/sh'],
      ['daemon', '1', '*', '/usr/sbin/nologin'],
      ['service', '50', '!!', '/bin/false'],
      ['des', '60', 'ab0123456789.', '/bin/false'],
      ['noshell', '70', '*', ''],
    ]
    const files = {
      '/etc/passwd': [
        ...rows.map(([name, uid, , shell]) => `${name}:x:${uid}:${uid}::/:${shell}`),
        'open::80:80::/:/bin/false',
        `old:${hash}:81:81::/:/bin/false`,
      ].join('\n'),
      '/etc/shadow': rows
        .map(([name, , field]) => `${name}:${field}:19000:0:99999:7:::`)
        .join('\n'),
    }
    const answer = await askOf({ files }, { queries: ['accounts'] })
    expect(
      answer.accounts?.map(({ user, uid, password, loginshell }) => [
        user,
        uid,
        password,
        loginshell,
      ]),
    ).toEqual([
      ['root', 0, 'none', true],
      ['toor', 0, 'none', false],
      ['empty', 30, 'empty', false],
      ['eve', 1001, 'set', true],
      ['locked', 1002, 'locked', true],
      ['des', 60, 'set', false],
      ['noshell', 70, 'none', true],
      ['open', 80, 'empty', false],
      ['old', 81, 'set', false],
    ])
    expect(answer.errors).toEqual([])
    expect(JSON.stringify(answer)).not.toMatch(/SecretHash|salt/)
  })

  it.each([undefined, '/bin/sh\n/usr/sbin/nologin\n'])(
    'takes a shell for one that lets in unless it is made to refuse, whatever /etc/shells lists (%j)',
    async (listed) => {
      const shells = ['/bin/sh', '/opt/own', '/usr/sbin/nologin', '/bin/false', '/bin/sync']
      const passwd = shells.map((shell, at) => `u${at}::${at + 1}:1::/:${shell}\n`).join('')
      const files = {
        '/etc/passwd': passwd,
        ...(listed === undefined ? {} : { '/etc/shells': listed }),
      }
      const { accounts, errors } = await askOf({ files }, { queries: ['accounts'] })
      expect(accounts?.map(({ loginshell }) => loginshell)).toEqual([
        true,
        true,
        false,
        false,
        false,
      ])
      expect(errors).toEqual([expect.stringMatching(/^\/etc\/shadow: /)])
    },
  )

  it.skipIf(isRoot)('says what a plain user may not read', async () => {
    using machine = createMachine({
      files: { '/etc/passwd': PASSWD, '/etc/shadow': 'root:*:::::::' },
    })
    chmodSync(`${machine.root}/etc/shadow`, 0)
    const { accounts, errors } = await ask(machine, { queries: ['accounts'] })
    expect(accounts?.map(({ password }) => password)).toEqual(['unknown', 'unknown', 'unknown'])
    expect(errors).toEqual(['/etc/shadow: permission denied (EACCES)'])
  })

  it.skipIf(!has('getent') || process.platform !== 'linux')(
    'tells the accounts of this host as getent has them',
    async () => {
      using machine = createMachine({
        files: { '/etc/passwd': execFileSync('getent', ['passwd']), '/etc/shadow': '' },
      })
      const { accounts = [] } = await ask(machine, { queries: ['accounts'] })
      expect(accounts.find(({ uid }) => uid === 0)?.user).toBe('root')
      for (const { user, uid, shell } of accounts)
        expect(execFileSync('getent', ['passwd', user], { encoding: 'utf8' })).toMatch(
          new RegExp(
            `^${user}:[^:]*:${uid}:.*:${shell === '/bin/sh' ? '(/bin/sh)?' : shell}$`,
            'm',
          ),
        )
    },
  )
})

describe('hostile files', () => {
  const junk = (length: number): Buffer =>
    Buffer.from(Array.from({ length }, (_, at) => (at * 7919) % 251))

  it.each(['wtmp', 'btmp'])('says of a %s that is none, and of one that is cut', async (name) => {
    const queries = [name === 'wtmp' ? 'history' : 'failed']
    const file = `/var/log/${name}`
    expect((await askOf({ files: { [file]: junk(50_000) } }, { queries })).errors).toEqual([
      `${file}: is not in a form that is known`,
    ])
    const cut = await askOf(
      { files: { [file]: recordsOf([login({}), login({})]).subarray(0, 700) } },
      { queries },
    )
    expect(cut.errors).toEqual([`${file}: its last 316 bytes are no whole record`])
    expect(cut.history ?? cut.failed).toHaveLength(1)
    expect((await askOf({ files: { [file]: '' } }, { queries })).errors).toEqual([])
  })

  it('reads a utmp that is mostly room for sessions to come', async () => {
    const files = { '/run/utmp': Buffer.concat([Buffer.alloc(384 * 5), recordsOf([login({})])]) }
    expect(await askOf({ files }, {})).toMatchObject({ current: [{ user: 'eve' }], errors: [] })
  })

  it('leaves out records in the middle that make no sense, and times that no calendar has', async () => {
    const good = Array.from({ length: 40 }, (_, at) =>
      login({ atMs: START_MS + at * 1000, line: `pts/${at}` }),
    )
    const form = { hasLongTimes: true, isLittleEndian: true }
    const bytes = recordsOf(good, form)
    junk(400).copy(bytes, 400 * 20)
    bytes.writeBigInt64LE(2n ** 62n, 400 * 21 + 344)
    bytes.fill(0, 400 * 22, 400 * 23)
    const { history, errors } = await askOf(
      { files: { '/var/log/wtmp': bytes } },
      { queries: ['history'] },
    )
    expect(history).toHaveLength(37)
    expect(errors).toEqual([])
  })

  it('prints no control characters of a record', async () => {
    const files = {
      '/var/log/wtmp': recordsOf([login({ user: 'e\u001b[2Jve', host: '\u0007bell' })]),
    }
    using machine = createMachine({ files })
    const module = loginsOn(machine)
    const { findings } = await runModule(module, { queries: ['history'] })
    const elements = module.arrange(findings, { queries: ['history'] })
    for (const line of module.lines({ elements }, { foundOnly: true }))
      expect(line).not.toMatch(/\p{Cc}/u)
  })

  it('opens neither pipes nor links in the place of a file', async () => {
    using machine = createMachine({ files: { '/elsewhere': recordsOf([login({})]) } })
    mkdirSync(`${machine.root}/var/log`, { recursive: true })
    execFileSync('mkfifo', [`${machine.root}/var/log/btmp`])
    symlinkSync(`${machine.root}/elsewhere`, `${machine.root}/var/log/wtmp`)
    const { history, failed, errors } = await ask(machine, { queries: ['history', 'failed'] })
    expect([history, failed]).toEqual([[], []])
    expect(errors).toEqual([expect.stringMatching(/wtmp: too many symbolic links/)])
  })

  it('reads a lastlog as large as the highest number of a user, and no more of it', async () => {
    const files = {
      '/etc/passwd': 'high:x:4294967294:1::/:/bin/sh\nodd:x:NaN:1::/:/bin/sh\n',
      '/var/log/lastlog': '',
    }
    using machine = createMachine({ files })
    truncateSync(`${machine.root}/var/log/lastlog`, 292 * 4_294_967_295)
    expect(statSync(`${machine.root}/var/log/lastlog`).size).toBeGreaterThan(1e12)
    expect(await ask(machine, { queries: ['lastlogins'] })).toEqual({ lastlogins: [], errors: [] })
  })

  it('says of a database that is none', async () => {
    const files = { '/var/lib/wtmpdb/wtmp.db': junk(4096), '/var/log/none': '' }
    const { errors } = await askOf({ files }, { queries: ['history'] })
    expect(errors).toEqual([expect.stringMatching(/wtmp\.db: .*not a database/)])
  })

  it('stops unpacking where it is told to', async () => {
    const files = { '/var/log/wtmp.1.gz': gzipSync(Buffer.alloc(80 * 1024 * 1024)) }
    const { errors } = await askOf({ files }, { queries: ['history'] })
    expect(errors[0]).toMatch(/only its first 67108864 bytes were unpacked/)
  })
})

describe('macOS, from recorded outputs', () => {
  const LAST = [
    'eve       ttys001  192.0.2.7                 Tue Mar 10 2026 11:30   still logged in',
    'eve       console                            Tue Mar 10 2026 10:00 - 11:15  (01:15)',
    'reboot    ~                                  Tue Mar 10 2026 09:59',
    'shutdown  ~                                  Tue Mar 10 2026 09:58',
    'bob       console                            Sun Mar  8 2026 08:00 - shutdown (2+01:58)',
    'bob       ttys000                            Sat Mar  7 2026 08:00 - crash (00:30)',
    '',
    'wtmp begins Sat Mar  7 2026 07:00',
  ].join('\n')
  const programs = {
    'last -y': LAST,
    'dscl . -list /Users UniqueID': '_www   70\neve    501\nnobody -2\nroot   0\n',
    'dscl . -list /Users UserShell':
      '_www  /usr/bin/false\neve   /bin/zsh\nnobody /usr/bin/false\nroot  /bin/sh\n',
    'dscl . -read /Groups/admin GroupMembership': 'GroupMembership: root eve\n',
    'dscl . -read /Groups/wheel GroupMembership': 'GroupMembership: root\n',
  }
  const mac = (queries: readonly string[]) =>
    askOf(
      { platform: 'darwin', programs, files: { '/etc/sudoers': '%admin ALL = (ALL) ALL\n' } },
      { queries },
    )

  it('tells who is and was logged in', async () => {
    const { current, history, lastlogins, errors } = await mac(['current', 'history', 'lastlogins'])
    expect(errors).toEqual([])
    expect(current).toEqual([
      { user: 'eve', tty: 'ttys001', host: '192.0.2.7', login: '2026-03-10 11:30:00 +0000 UTC' },
    ])
    expect(
      history?.map(({ event, user, ended, logout }) => [event, user, ended, logout?.slice(0, 16)]),
    ).toEqual([
      ['login', 'eve', 'open', undefined],
      ['login', 'eve', 'logout', '2026-03-10 11:15'],
      ['boot', 'reboot', undefined, undefined],
      ['shutdown', 'shutdown', undefined, undefined],
      ['login', 'bob', 'shutdown', '2026-03-10 09:58'],
      ['login', 'bob', 'crash', '2026-03-07 08:30'],
    ])
    expect(lastlogins?.map(({ user }) => user)).toEqual(['eve', 'bob'])
  })

  it('tells accounts and administrators, and that it cannot tell failed logins', async () => {
    const { accounts, privileged, errors } = await mac(['failed', 'privileged', 'accounts'])
    expect(errors).toEqual(['failed: unsupported on this platform (darwin)'])
    expect(accounts?.map(({ user, uid, password }) => [user, uid, password])).toEqual([
      ['eve', 501, 'unknown'],
      ['root', 0, 'unknown'],
    ])
    expect(privileged?.map(({ name, is, group }) => [name, is, group])).toEqual([
      ['admin', 'group', undefined],
      ['root', 'user', 'admin'],
      ['eve', 'user', 'admin'],
      ['root', 'user', 'wheel'],
    ])
  })

  it('tells rules of sudoers as Linux does', async () => {
    const files = {
      '/etc/passwd': PASSWD,
      '/etc/sudoers':
        'ALL, %:far, %ops, +ng, eve ALL = (ALL) NOPASSWD: ALL\n%ops, !bob gate = /a\n',
      '/proc/sys/kernel/hostname': 'gate.example.org\n',
    }
    const of = async (init: MachineInit) =>
      (await askOf({ files, ...init }, { queries: ['privileged'] })).privileged?.filter(
        ({ by }) => by === 'sudoers',
      )
    const onMac = await of({
      platform: 'darwin',
      programs: { ...programs, hostname: 'gate.example.org\n' },
    })
    expect(onMac?.map(({ name, is }) => `${is} ${name}`)).toEqual([
      ...['everyone ALL', 'group :far', 'group ops', 'netgroup ng', 'user eve', 'group ops'],
    ])
    expect(onMac).toEqual(await of({}))
  })

  it('says which program failed', async () => {
    const { errors } = await askOf({ platform: 'darwin', programs: { 'last -y': 1 } }, {})
    expect(errors).toEqual(['last: ended with 1'])
    expect((await askOf({ platform: 'darwin' }, {})).errors).toEqual(['last: is not installed'])
  })
})

describe('Windows, from recorded outputs', () => {
  const ANSWERS: readonly (readonly [RegExp, unknown])[] = [
    [
      /Get-LocalUser/,
      [
        { Name: 'Administrator', Enabled: false, Required: true, LastLogon: null },
        { Name: 'eve', Enabled: true, Required: false, LastLogon: '2026-03-10T11:00:00.1234567Z' },
      ],
    ],
    [
      /Get-LocalGroupMember/,
      [
        { Name: 'HOST\\Administrator', Class: 'User' },
        { Name: 'DOMAIN\\Admins', Class: 'Group' },
      ],
    ],
    [
      /Id=4624/,
      [
        { User: 'eve', Type: 10, Address: '192.0.2.7', Time: '2026-03-10T11:00:00.0000000Z' },
        { User: 'SYSTEM', Type: 5, Address: '-', Time: '2026-03-10T10:00:00.0000000Z' },
      ],
    ],
    [
      /Id=4625/,
      [
        { User: 'EVE', Type: 3, Address: '198.51.100.7', Time: '2026-03-10T09:00:00.0000000Z' },
        {
          User: 'hunter2!',
          Type: 3,
          Address: '198.51.100.7',
          Time: '2026-03-10T09:01:00.0000000Z',
        },
      ],
    ],
  ]

  function windows(answers = ANSWERS): TestMachine {
    const machine = createMachine({ platform: 'win32' })
    return {
      ...machine,
      run: (name, args) => {
        expect(name).toBe('powershell')
        const script = args.at(-1) ?? ''
        const answer = answers.find(([form]) => form.test(script))?.[1]
        const stdout = Buffer.from(typeof answer === 'string' ? answer : JSON.stringify(answer))
        return Promise.resolve({ kind: 'ended', code: 0, stdout })
      },
      [Symbol.dispose]: () => {
        machine[Symbol.dispose]()
      },
    }
  }

  it('tells accounts, administrators, logins and failed logins', async () => {
    using machine = windows()
    const answer = await ask(machine, {
      queries: ['current', 'history', 'failed', 'lastlogins', 'privileged', 'accounts'],
    })
    expect(answer.errors).toEqual(['current: unsupported on this platform (win32)'])
    expect(answer.accounts).toEqual([
      { user: 'Administrator', password: 'set', disabled: true },
      { user: 'eve', password: 'unknown', disabled: false },
    ])
    expect(answer.lastlogins?.map(({ user }) => user)).toEqual(['eve'])
    expect(answer.privileged?.map(({ name, is }) => [name, is])).toEqual([
      ['HOST\\Administrator', 'user'],
      ['DOMAIN\\Admins', 'group'],
    ])
    expect(answer.history).toEqual([
      { event: 'login', user: 'eve', address: '192.0.2.7', login: '2026-03-10 11:00:00 +0000 UTC' },
    ])
    expect(answer.failed?.map(({ user, count }) => [user, count])).toEqual([
      ['eve', 1],
      ['(unknown)', 1],
    ])
    expect(JSON.stringify(answer)).not.toContain('hunter2')
  })

  it('refuses what PowerShell was not asked for', async () => {
    using machine = windows([[/./, 'no JSON']])
    const { accounts, errors } = await ask(machine, { queries: ['accounts'] })
    expect(accounts).toEqual([])
    expect(errors).toEqual(['powershell did not answer with JSON'])
  })
})

describe('elsewhere', () => {
  it('is unsupported, and says what', async () => {
    using machine = createMachine({ platform: 'aix' })
    await expect(ask(machine, { queries: ['failed', 'history'] })).rejects.toThrow(
      new UnsupportedError('history, failed: unsupported on this platform (aix)'),
    )
  })
})
