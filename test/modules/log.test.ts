/** `log`: what is read of each kind of log, what leaves the host, and what happens on hosts that mean harm. */
import { execFileSync, spawnSync } from 'node:child_process'
import {
  appendFileSync,
  chmodSync,
  readdirSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import path from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, describe, expect, it } from 'vitest'
import { UnsupportedError } from '../../agent-modules/contract.ts'
import { log } from '../../agent-modules/log/index.ts'
import { LogReader } from '../../agent-modules/log/log-reader.ts'
import { Pace } from '../../agent-modules/support/pace.ts'
import { findProgram } from '../../agent-modules/support/program.ts'
import { SoftErrors } from '../../agent-modules/support/soft-errors.ts'
import { refusalOf, runLog, sigma } from './log-run.ts'
import { createMachine, type MachineInit, type TestMachine } from './machine.ts'

const machines: TestMachine[] = []
afterAll(() => {
  for (const machine of machines) machine[Symbol.dispose]()
})
/** Files were last written at noon of 2026-11-21, unless a test says otherwise. */
const WRITTEN_MS = Date.parse('2026-11-21T12:00:00Z')
/** Those who log in below; what else stands where names stand may be a password. */
const PASSWD = ['root', 'x from 6.6.6.6 port 1', 'frank', 'alice', 'bob', 'admin', 'eve']
  .map((name, uid) => `${name}:x:${uid}:${uid}::/:/bin/sh\n`)
  .join('')

function host(files: MachineInit['files'] = {}, init: MachineInit = {}): TestMachine {
  const machine = createMachine({ ...init, files: { '/etc/passwd': PASSWD, ...files } })
  machines.push(machine)
  for (const file of Object.keys(files)) written(machine, file, WRITTEN_MS)
  return machine
}
const written = (machine: TestMachine, file: string, atMs: number): void => {
  utimesSync(path.join(machine.root, file), atMs / 1000, atMs / 1000)
}
const local = (...parts: [number, number, number, number, number, number]): string =>
  new Date(...parts).toISOString()

const SSHD = [
  'Nov 20 10:00:01 web1 sshd[100]: Failed password for root from 192.0.2.7 port 4242 ssh2',
  'Nov 20 10:00:02 web1 sshd[101]: Failed password for invalid user x from 6.6.6.6 port 1 from 192.0.2.8 port 4242 ssh2',
  'Nov 20 10:00:03 web1 sshd-session[102]: Failed password for root from 10.1.2.3 port 4242 ssh2',
  'Nov 20 10:00:04 web1 sudo:    alice : TTY=pts/0 ; PWD=/home/alice ; USER=root ; COMMAND=/bin/ls',
  'Nov 20 10:00:05 web1 cron[103]: Failed password is no business of cron',
]
const text = (lines: readonly string[]): string => lines.map((line) => `${line}\n`).join('')

describe('rules for logins', () => {
  const failed = sigma(
    'product: linux, service: sshd',
    "sel: { message|startswith: 'failed password' }\nlan: { src_ip|cidr: 10.0.0.0/8 }\ncondition: sel and not lan",
    'fields: [user, src_ip]',
  )

  it('count events of their program, with times and the values that they name', async () => {
    const { findings, errors } = await runLog(host({ '/var/log/auth.log': text(SSHD) }), {
      rules: [failed],
      sources: ['auth'],
    })
    expect(errors).toEqual([])
    expect(findings).toEqual([
      {
        search: 'A rule',
        kind: 'rule',
        source: 'auth',
        log: '/var/log/auth.log',
        count: 2,
        first: local(2026, 10, 20, 10, 0, 1),
        last: local(2026, 10, 20, 10, 0, 2),
        fields: [
          {
            kind: 'name',
            field: 'user',
            values: [
              { value: 'root', count: 1 },
              // Who tries to log in may choose this; the address is the program's own word.
              { value: 'x from 6.6.6.6 port 1', count: 1 },
            ],
            others: 0,
          },
          {
            kind: 'address',
            field: 'src_ip',
            values: [
              { value: '192.0.2.7', count: 1 },
              { value: '192.0.2.8', count: 1 },
            ],
            others: 0,
          },
        ],
        lines: [],
      },
    ])
  })

  it('look where their logsource says: files and journal, and say where nothing is', async () => {
    const { findings, errors } = await runLog(host(), { rules: [failed] })
    expect(findings).toMatchObject([{ source: 'journal', count: 0 }])
    expect(errors).toContain('auth: no such log was found in /var/log')
    expect(errors).toContain('journal: journalctl is not on this host')
  })

  it.each([
    [SSHD[3], 'alice', undefined],
    ['Nov 20 10:00:01 h su[1]: (to root) bob on pts/1', 'bob', undefined],
    ['Nov 20 10:00:01 h su[1]: FAILED SU (to root) bob on pts/1', 'bob', undefined],
    ['Nov 20 10:00:01 h sshd[1]: Invalid user admin from 192.0.2.1 port 99', 'admin', '192.0.2.1'],
    [
      'Nov 20 10:00:01 h sshd[1]: Accepted publickey for eve from ::1 port 9 ssh2: RSA',
      'eve',
      '::1',
    ],
    [
      'Nov 20 10:00:01 h sshd[1]: Connection closed by authenticating user root 192.0.2.1 port 9 [preauth]',
      'root',
      '192.0.2.1',
    ],
    [
      'Nov 20 10:00:01 h sshd[1]: Received disconnect from 192.0.2.1 port 9:11: bye',
      undefined,
      '192.0.2.1',
    ],
    [
      'Nov 20 10:00:01 h x[1]: pam_unix(sshd:session): session opened for user eve(uid=1000) by (uid=0)',
      'eve',
      undefined,
    ],
    [
      'Nov 20 10:00:01 h x[1]: pam_unix(sshd:auth): authentication failure; logname= uid=0 euid=0 tty=ssh ruser= rhost=192.0.2.1  user=root',
      'root',
      '192.0.2.1',
    ],
    ['Nov 20 10:00:01 h x[1]: nothing of this', undefined, undefined],
  ])('read who and from where: %s', async (line = '', user, address) => {
    const { findings } = await runLog(host({ '/l': `${line}\n` }), {
      paths: ['/l'],
      format: 'syslog',
      regexes: ['.'],
      fields: ['user', 'src_ip'],
    })
    const values = findings[0]?.fields.map(({ field, values: all }) => [field, all[0]?.value])
    expect(Object.fromEntries(values ?? [])).toEqual({
      ...(user === undefined ? {} : { user }),
      ...(address === undefined ? {} : { src_ip: address }),
    })
  })
})

describe('times of syslog', () => {
  const at = async (line: string, modifiedMs = WRITTEN_MS): Promise<string | undefined> => {
    const machine = host({ '/l': `${line}\n` })
    written(machine, '/l', modifiedMs)
    const asked = { paths: ['/l'], format: 'syslog', regexes: ['.'] } as const
    const { findings } = await runLog(machine, { ...asked, paths: ['/l'], regexes: ['.'] })
    return findings[0]?.first
  }

  it.each([
    ['Nov 20 10:00:01 h p: m', local(2026, 10, 20, 10, 0, 1)],
    ['Nov  2 10:00:01 h p: m', local(2026, 10, 2, 10, 0, 1)],
    ['Dec 24 10:00:01 h p: m', local(2025, 11, 24, 10, 0, 1)],
    ['2026-11-20T10:00:01.123456+01:00 h p: m', '2026-11-20T09:00:01.123Z'],
    ['2026-11-20T10:00:01Z h p: m', '2026-11-20T10:00:01.000Z'],
    [
      '<34>1 2026-11-20T10:00:01.003Z h p 1 ID47 [a@1 b="c \\] \\" d"] m',
      '2026-11-20T10:00:01.003Z',
    ],
    ['<34>1 - h p - - - m', undefined],
    ['<34>Nov 20 10:00:01 h p: m', local(2026, 10, 20, 10, 0, 1)],
    ['Foo 20 10:00:01 h p: m', undefined],
    ['no time at all', undefined],
  ])('%s', async (line, expected) => {
    expect(await at(line)).toBe(expected)
  })

  it('without a year are of the last one in which the file can have held them', async () => {
    const january = new Date(2026, 0, 1, 0, 5).getTime()
    expect(await at('Dec 31 23:59:59 h p: m', january)).toBe(local(2025, 11, 31, 23, 59, 59))
    expect(await at('Jan  1 00:01:00 h p: m', january)).toBe(local(2026, 0, 1, 0, 1, 0))
  })

  it('bound what is counted, and what says no time is not counted, and said', async () => {
    const lines = ['2026-11-18T00:00:00Z', '2026-11-20T00:00:00Z', '2026-11-21T00:00:00Z'].map(
      (time) => `${time} h p: x`,
    )
    const machine = host({ '/l': text([...lines, 'x']) })
    const ask = (fields: object) =>
      runLog(machine, { paths: ['/l'], format: 'syslog', regexes: ['x'], ...fields })
    expect((await ask({})).findings).toMatchObject([{ count: 4 }])
    const since = await ask({ since: '<2d' })
    expect(since.findings).toMatchObject([{ count: 2, first: '2026-11-20T00:00:00.000Z' }])
    expect(since.errors).toEqual(['/l: 1 matching events say no time, and were not counted'])
    const until = await ask({ since: 'after:2026-11-19', until: 'before:2026-11-21' })
    expect(until.findings).toMatchObject([{ count: 1 }])
  })
})

describe('the audit log', () => {
  const EXECVE = [
    'type=SYSCALL msg=audit(1700000000.123:42): arch=c000003e syscall=59 success=yes exit=0 ppid=7 pid=8 auid=1000 uid=0 comm="curl" exe="/usr/bin/curl" key=(null)\x1dARCH=x86_64 SYSCALL=execve AUID="alice" UID="root"',
    'type=EXECVE msg=audit(1700000000.123:42): argc=3 a0="curl" a1=2D2D64617461206F a2="http://x/"',
    'type=CWD msg=audit(1700000000.123:42): cwd="/root"',
    'type=PATH msg=audit(1700000000.123:42): item=0 name="/usr/bin/curl" nametype=NORMAL',
    'type=PATH msg=audit(1700000000.123:42): item=1 name=2F746D702F6120622F6C69622E736F nametype=NORMAL',
    'type=PROCTITLE msg=audit(1700000000.123:42): proctitle=6375726C002D2D64617461206F00687474703A2F2F782F',
  ]
  const OTHER = [
    'type=USER_LOGIN msg=audit(1700000001.000:43): pid=9 uid=0 auid=1000 ses=3 msg=\'op=login acct="ro ot" exe="/usr/sbin/sshd" hostname=192.0.2.9 addr=192.0.2.9 terminal=ssh res=failed\'',
    'type=EOE msg=audit(1700000000.123:42): ',
  ]
  const audit = host({
    '/var/log/audit/audit.log': text([
      ...EXECVE.slice(0, 3),
      ...OTHER.slice(0, 1),
      ...EXECVE.slice(3),
      ...OTHER.slice(1),
    ]),
  })
  const count = async (detection: string, logsource = 'product: linux, service: auditd') => {
    const { findings } = await runLog(audit, { rules: [sigma(logsource, detection)] })
    return findings[0]?.count
  }

  it.each([
    ['s: { type: SYSCALL, syscall: execve, uid: root }', 1],
    ['s: { type: EXECVE, a0: curl, a1: --data o }', 1],
    ['s: { type: PATH, name: "/tmp/a b/lib.so" }', 1],
    ['s: { proctitle: curl --data o http://x/ }', 1],
    ['s: { key: null }', 1],
    ['s: { cwd: /root, auid: alice }', 1],
    ['s: { type: USER_LOGIN, res: failed, addr|cidr: 192.0.2.0/24 }', 1],
    ['s: { acct: ro ot }', 1],
    ['s: { type: SYSCALL, res: failed }', 0],
    ['s: { a0: wget }', 0],
    ["s: ['nametype=NORMAL']", 1],
  ])('tells by its events, put together from records: %s', async (detection, expected) => {
    expect(await count(`${detection}\ncondition: s`)).toBe(expected)
  })

  it('tells of started programs as process_creation', async () => {
    const rules = [
      sigma(
        'product: linux, category: process_creation',
        "s:\n  Image|endswith: '/curl'\n  CommandLine|contains|all: ['--data', 'http']\n  User: root\ncondition: s",
        'fields: [Image, User, ProcessId, ParentProcessId]',
      ),
    ]
    const { findings } = await runLog(audit, { rules })
    expect(findings).toMatchObject([
      { count: 1, first: '2023-11-14T22:13:20.123Z', log: '/var/log/audit/audit.log' },
    ])
    expect(findings[0]?.fields.map(({ field, values }) => [field, values[0]?.value])).toEqual([
      ['Image', '/usr/bin/curl'],
      ['User', 'root'],
      ['ProcessId', '8'],
      ['ParentProcessId', '7'],
    ])
    expect(
      await count(
        's: { Image|endswith: d }\ncondition: not s',
        'product: linux, category: process_creation',
      ),
    ).toBe(1)
  })

  it('goes by records for expressions, as grep does', async () => {
    const { findings } = await runLog(audit, {
      sources: ['audit'],
      regexes: ['type=PATH', '!audit'],
      fields: ['type'],
    })
    expect(findings).toMatchObject([
      { count: 2, fields: [{ values: [{ value: 'PATH', count: 2 }] }] },
      { count: 0 },
    ])
  })

  it('puts an event together that rotation cut in two', async () => {
    const machine = host({
      '/var/log/audit/audit.log.1': text(EXECVE.slice(0, 2)),
      '/var/log/audit/audit.log': text(EXECVE.slice(2)),
    })
    const rules = [sigma('service: auditd', 's: { a0: curl, cwd: /root }\ncondition: s')]
    expect((await runLog(machine, { rules })).findings).toMatchObject([{ count: 1 }])
  })

  it('holds no more than some events open, however they are mixed', async () => {
    const record = (serial: number, type: string): string =>
      `type=${type} msg=audit(1700000000.123:${String(serial)}): a=1`
    const serials = Array.from({ length: 500 }, (_, serial) => serial)
    const lines = [
      ...serials.map((serial) => record(serial, 'A')),
      ...serials.map((serial) => record(serial, 'B')),
    ]
    const many = Array.from({ length: 1000 }, () => record(999, 'C'))
    const machine = host({ '/var/log/audit/audit.log': text([...lines, ...many]) })
    const rules = [sigma('service: auditd', 's: { a: 1 }\ncondition: s')]
    // None of the 500 is complete when the 33rd after it begins; the 1000 records are looked at 256 at a time.
    expect((await runLog(machine, { rules })).findings).toMatchObject([{ count: 1000 + 4 }])
  })
})

describe('web server logs', () => {
  const LINES = [
    '192.0.2.1 - - [10/Oct/2026:13:55:36 -0700] "GET /up/a.php?cmd=id%20x HTTP/1.1" 200 2326 "http://r/" "curl/8 \\"q\\""',
    '192.0.2.1 - frank [10/Oct/2026:13:55:37 -0700] "POST /up/a.php HTTP/1.1" 404 -',
    '::1 - - [10/Oct/2026:13:55:38 -0700] "\\x16\\x03\\x01" 400 150 "-" "-"',
    'shop.example:443 192.0.2.2 - - [10/Oct/2026:13:55:39 -0700] "GET / HTTP/2.0" 200 1 "-" "x"',
  ]
  const web = host({
    '/var/log/nginx/shop_access.log': text(LINES),
    '/var/log/nginx/error.log': text(LINES),
  })
  const count = async (detection: string): Promise<number | undefined> => {
    const rules = [sigma('category: webserver', detection)]
    return (await runLog(web, { rules })).findings[0]?.count
  }

  it.each([
    ["s: { cs-method: get, cs-uri-query|contains: 'cmd=' }", 1],
    ['s: { cs-uri-stem: /up/a.php }', 2],
    ["s: { cs-uri: '/up/a.php\\?cmd=id%20x' }", 1],
    ["s: { cs-user-agent|startswith: 'curl' }", 1],
    ['s: { cs-referer: null }', 3],
    ['s: { sc-status|gte: 400 }', 2],
    ['s: { cs-username: frank, sc-bytes: null }', 1],
    ["s: { c-ip|cidr: '::/0' }", 1],
    ['s: { cs-host: shop.example, c-ip: 192.0.2.2, cs-version: HTTP/2.0 }', 1],
    ['s: { cs-method: null }', 1],
  ])('have the fields of Sigma: %s', async (detection, expected) => {
    expect(await count(`${detection}\ncondition: s`)).toBe(expected)
  })

  it('are found by their names, and say when', async () => {
    const { findings } = await runLog(web, {
      sources: ['web'],
      regexes: ['.'],
      fields: ['c-ip', 'sc-status', 'cs-method'],
    })
    expect(findings).toMatchObject([
      {
        log: '/var/log/nginx/shop_access.log',
        count: 4,
        first: '2026-10-10T20:55:36.000Z',
        fields: [
          {
            kind: 'address',
            values: [{ value: '192.0.2.1', count: 2 }, { count: 1 }, { count: 1 }],
          },
          { kind: 'word', values: [{ value: '200', count: 2 }, { count: 1 }, { count: 1 }] },
          {
            values: [
              { value: 'GET', count: 2 },
              { value: 'POST', count: 1 },
            ],
          },
        ],
      },
    ])
  })
})

describe('what leaves the host', () => {
  it('is no name that is nobody here, which may be a password', async () => {
    const machine = host({
      '/l': text([
        'Nov 20 10:00:01 h sshd[1]: Failed password for invalid user hunter2 from 192.0.2.1 port 9 ssh2',
        'Nov 20 10:00:02 h sshd[1]: Failed password for alice from 192.0.2.1 port 9 ssh2',
      ]),
    })
    const { findings } = await runLog(machine, {
      paths: ['/l'],
      format: 'syslog',
      regexes: ['.'],
      fields: ['user'],
    })
    expect(findings[0]?.fields[0]?.values).toEqual([
      { value: '(unknown)', count: 1 },
      { value: 'alice', count: 1 },
    ])
    expect(JSON.stringify(findings)).not.toContain('hunter2')
  })

  const machine = host({ '/var/log/auth.log': text(SSHD) })
  const rule = (fields: string): string =>
    sigma('service: sshd', 's: { message|contains: failed }\ncondition: s', `fields: ${fields}`)

  it('is no raw content, by a rule or by a flag', async () => {
    expect(await refusalOf(machine, { rules: [rule('[user, message]')] })).toMatch(
      /^rules\[0\]\.fields\[1\]: "message" is raw content, which needs "lines" \(-lines\); metadata are host, /,
    )
    expect(
      await refusalOf(machine, { sources: ['web'], regexes: ['x'], fields: ['cs-uri-query'] }),
    ).toMatch(/^fields\[0\]: /)
    expect(
      await refusalOf(machine, { sources: ['journal'], regexes: ['x'], fields: ['_CMDLINE'] }),
    ).toMatch(/^fields\[0\]: /)
    expect(
      await refusalOf(machine, { sources: ['audit'], regexes: ['x'], fields: ['proctitle'] }),
    ).toMatch(/^fields\[0\]: /)
    const all = await runLog(machine, {
      sources: ['auth'],
      regexes: ['password'],
      fields: ['host', 'program', 'pid'],
    })
    expect(JSON.stringify(all)).not.toContain('password for')
    expect(all.findings[0]?.lines).toEqual([])
  })

  it('is raw only when it was asked for, which the module says', async () => {
    const asked = { rules: [rule('[user, message]')], sources: ['auth' as const], lines: true }
    expect(log.asksLines(asked)).toBe(true)
    expect(log.asksLines({ ...asked, lines: false })).toBe(false)
    const { findings } = await runLog(machine, asked)
    expect(findings[0]?.lines).toEqual(SSHD.slice(0, 3))
    expect(findings[0]?.fields[1]).toMatchObject({ kind: 'content', field: 'message' })
  })

  it('is bounded: values, their length, and what is no word', async () => {
    const users = Array.from(
      { length: 40_000 },
      (_, at) => `2026-11-20T00:00:00Z u${String(at)} su: (to root) bob on pts/1`,
    )
    const root = Array.from(
      { length: 9 },
      () => '2026-11-20T00:00:00Z root su: (to root) bob on pts/1',
    )
    const bounded = host({ '/l': text([...root, ...users]) })
    const { findings, errors } = await runLog(bounded, {
      paths: ['/l'],
      format: 'syslog',
      regexes: ['.'],
      fields: ['host'],
    })
    const [user] = findings[0]?.fields ?? []
    expect(user?.values).toHaveLength(32)
    expect(user?.values[0]).toEqual({ value: 'root', count: 9 })
    expect(user?.others).toBe(40_000 - 31)
    expect(errors).toEqual([expect.stringContaining('more than 32768 distinct values')])
    const record = `type=USER_CMD msg=audit(1.000:1): op="no word" comm="${'y'.repeat(300)}"\n`
    const odd = await runLog(host({ '/l': record }), {
      paths: ['/l'],
      format: 'audit',
      regexes: ['.'],
      fields: ['op', 'comm'],
    })
    expect(odd.findings[0]?.fields).toEqual([
      { kind: 'word', field: 'op', values: [], others: 1 },
      { kind: 'name', field: 'comm', values: [{ value: 'y'.repeat(256), count: 1 }], others: 0 },
    ])
    const lines = Array.from({ length: 200 }, () => 'z'.repeat(5000))
    const raw = await runLog(host({ '/l': text(lines) }), {
      paths: ['/l'],
      regexes: ['z'],
      lines: true,
    })
    expect(raw.findings[0]).toMatchObject({ count: 200 })
    expect(raw.findings[0]?.lines).toHaveLength(100)
    expect(raw.findings[0]?.lines[0]).toHaveLength(4096)
    expect(raw.errors).toEqual([])
  })

  it('is of all that is asked of one log 1,000 lines at most, and an error where there are more', async () => {
    const machine = host({ '/l': text(Array.from({ length: 100 }, () => 'x')), '/other': 'x\n' })
    const ask = (count: number): ReturnType<typeof runLog> => {
      const regexes = Array.from({ length: count }, (_, at) => `x{1,${at + 1}}`)
      return runLog(machine, { paths: ['/l', '/other'], regexes, lines: true })
    }
    const enough = await ask(10)
    expect(enough.findings.map(({ lines }) => lines.length)).toEqual([
      ...Array<number>(10).fill(100),
      ...Array<number>(10).fill(1),
    ])
    expect(enough.errors).toEqual([])
    const more = await ask(13)
    expect(more.findings.slice(0, 13).map(({ lines }) => lines.length)).toEqual([
      ...Array<number>(10).fill(100),
      ...[0, 0, 0],
    ])
    expect(more.errors).toEqual([
      '/l: only 1000 lines are returned of one log: of some rules or expressions not their first 100',
    ])
  })

  it('counts each rule and each expression as one probe', () => {
    expect(log.probes({ rules: [rule('[]')], regexes: ['a|b', 'c'], sources: ['auth'] })).toBe(3)
  })
})

describe('refused when composed, with the place in the rule', () => {
  const vet = async (asked: object): Promise<string> =>
    log.vet(asked).then(
      () => 'taken',
      (error: unknown) => String(error),
    )
  const detection = 's: { x: 1 }\ncondition: s'

  it.each([
    [
      'product: windows, service: security',
      detection,
      /rules\[0\]\.logsource: product windows, service security says no log/,
    ],
    ['product: linux, category: file_event', detection, /rules\[0\]\.logsource/],
    ['product: linux, service: constructor', detection, /rules\[0\]\.logsource/],
    [
      'service: sshd',
      detection,
      /rules\[0\]\.detection\.s\.x: no field here is called so; there are host, program/,
    ],
    [
      'category: webserver',
      's: { c-uri: 1 }\ncondition: s',
      /no field here is called so; there are c-ip/,
    ],
    [
      'product: linux, category: process_creation',
      's: { ParentImage: x }\ncondition: s',
      /ParentImage: no field .* there are image/,
    ],
    [
      'service: auditd',
      's: { x|base64: 1 }\ncondition: s',
      /rules\[0\]\.detection\.s\.x\|base64: /,
    ],
  ])('%s', async (logsource, lines, message) => {
    expect(await vet({ rules: [sigma(logsource, lines)] })).toMatch(message)
  })

  it('two rules of one title; fields of lines that have none', async () => {
    const rule = sigma('service: auditd', detection)
    expect(await vet({ rules: [rule] })).toBe('taken')
    expect(await vet({ rules: [rule, rule] })).toMatch(
      /rules\[1\]\.title: another rule has the same/,
    )
    expect(await vet({ rules: [rule], paths: ['/l'] })).toMatch(
      /none, as long as no format is said/,
    )
    expect(await vet({ regexes: ['x'], paths: ['/l'], fields: ['user'] })).toMatch(/fields\[0\]: /)
  })
})

describe('rotation', () => {
  const line = (hour: number): string => `2026-11-20T${String(hour).padStart(2, '0')}:00:00Z h p: x`

  it('is followed from the oldest to the newest, packed or not', async () => {
    const machine = host({
      '/var/log/syslog': text([line(9)]),
      '/var/log/syslog.1': text([line(8)]),
      '/var/log/syslog.2.gz': gzipSync(text([line(7)])),
      '/var/log/syslog.10.gz': gzipSync(text([line(6)])),
      '/var/log/syslog-20260101.gz': gzipSync(text([line(4)])),
      '/var/log/syslog-20260201': text([line(5)]),
      '/var/log/syslog.bak': text([line(1)]),
      '/var/log/syslog2': text([line(1)]),
    })
    const { findings, statistics } = await runLog(machine, {
      sources: ['syslog'],
      regexes: ['x'],
      lines: true,
    })
    expect(findings).toMatchObject([{ log: '/var/log/syslog', count: 6 }])
    expect(findings[0]?.lines).toEqual([4, 5, 6, 7, 8, 9].map(line))
    expect(statistics).toMatchObject({ logs: 1, files: 6 })
  })

  it('in forms that are not read is said', async () => {
    const machine = host({
      '/var/log/syslog': 'x\n',
      '/var/log/syslog.1.xz': Buffer.from('fd377a585a000000', 'hex'),
      '/var/log/syslog.2.zst': Buffer.from('28b52ffd00', 'hex'),
      '/var/log/syslog.3.bz2': Buffer.from('425a6839', 'hex'),
    })
    const { findings, errors } = await runLog(machine, { sources: ['syslog'], regexes: ['x'] })
    expect(findings).toMatchObject([{ count: 1 }])
    expect(errors).toEqual([
      '/var/log/syslog.3.bz2: packed by bzip2: not read',
      '/var/log/syslog.2.zst: packed by zstd: not read',
      '/var/log/syslog.1.xz: packed by xz: not read',
    ])
  })

  it('by date goes by hours, by seconds, and by any form of dates that sorts by time', async () => {
    const machine = host({
      '/var/log/auth.log': text([line(9)]),
      '/var/log/auth.log-20251115.gz': gzipSync(text([line(1)])),
      '/var/log/auth.log-1763200000.gz': gzipSync(text([line(2)])),
      '/var/log/auth.log.2026-01-02': text([line(3)]),
      '/var/log/auth.log_2026-02-03_10:30:00': text([line(4)]),
      '/var/log/auth.log20260304.gz': gzipSync(text([line(5)])),
      '/var/log/auth.log-2026111509': text([line(6)]),
      '/var/log/auth.log-2026111510.gz': gzipSync(text([line(7)])),
      '/var/log/auth.log-20261116-1794816000': text([line(8)]),
      // Of nobody's calendar, or of another log.
      '/var/log/auth.log-176320000': text([line(0)]),
      '/var/log/auth.log-backup-20261115': text([line(0)]),
      '/var/log/auth.log2026': text([line(0)]),
    })
    const { findings } = await runLog(machine, { sources: ['auth'], regexes: ['x'], lines: true })
    expect(findings).toMatchObject([{ log: '/var/log/auth.log', count: 9 }])
    expect(findings[0]?.lines).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9].map(line))
  })

  const hasLogrotate = findProgram('logrotate') !== undefined
  it
    .skipIf(!hasLogrotate)
    .each([
      ...['-%Y%m%d', '-%Y%m%d%H', '-%s', '.%Y%m%d', '-%Y-%m-%d', '_%Y-%m-%d_%H:%M:%S', '%Y%m%d'],
      ...['-%Y%V', '-%Y-W%V', '-%Y%m', '.%Y', '-%Y%m%d-%s', '-%Y%m%dT%H%M%S'],
    ])('is found as logrotate names it: %s', async (format) => {
    const machine = host({ '/var/log/secure': text([line(8)]) })
    const folder = path.join(machine.root, 'var/log')
    const config = path.join(machine.root, 'logrotate.conf')
    const rules = `rotate 9\ncreate\ndateext\ndateformat ${format}\ncompress\n`
    writeFileSync(config, `${folder}/secure {\n${rules}}\n`, { mode: 0o600 })
    chmodSync(folder, 0o755)
    const rotate = ['--force', '--state', path.join(machine.root, 'state'), config]
    execFileSync(findProgram('logrotate') ?? '', rotate, { stdio: 'pipe' })
    expect(readdirSync(folder).length).toBe(2)
    appendFileSync(path.join(folder, 'secure'), text([line(9)]))
    const { findings } = await runLog(machine, { sources: ['auth'], regexes: ['x'], lines: true })
    expect(findings[0]?.lines).toEqual([8, 9].map(line))
  })

  it('is followed for a path too, which may be a rotated file itself', async () => {
    const machine = host({
      '/opt/my app.log': 'x\n',
      '/opt/my app.log.1': 'x\nx\n',
      '/opt/my app.log.1.gz': gzipSync('x\n'),
    })
    const count = async (place: string) =>
      (await runLog(machine, { paths: [place], regexes: ['x'] })).findings[0]?.count
    expect(await count('/opt/my app.log')).toBe(4)
    expect(await count('/opt/my app.log.1')).toBe(2)
  })
})

describe('hosts that mean harm', () => {
  it('follows no link and reads nothing but files', async () => {
    const machine = host({ '/etc/shadow': 'root:x\n', '/var/log/syslog': 'x\n' })
    const at = (name: string): string => path.join(machine.root, '/var/log', name)
    symlinkSync('/etc/shadow', at('syslog.1'))
    execFileSync('mkfifo', [at('syslog.2')])
    const { findings, errors } = await runLog(machine, { sources: ['syslog'], regexes: ['.'] })
    expect(findings).toMatchObject([{ count: 1 }])
    expect(errors).toEqual([
      '/var/log/syslog.2: is no regular file, and was not read',
      '/var/log/syslog.1: is a symbolic link, and was not followed',
    ])
    expect(
      (await runLog(machine, { paths: ['/nowhere/x', '/var'], regexes: ['.'] })).errors,
    ).toEqual(['/nowhere/x: there is no such file', '/var: is no regular file, and was not read'])
  })

  it('keeps only the beginning of a line that does not end, and says so', async () => {
    const machine = host({
      '/l': Buffer.concat([Buffer.alloc(100 * 1024 * 1024, 'y'), Buffer.from('needle\nneedle')]),
    })
    const before = process.memoryUsage().arrayBuffers
    const rules = [sigma('product: linux', "k: ['needle']\ncondition: k")]
    const { findings, errors } = await runLog(machine, {
      paths: ['/l'],
      regexes: ['needle', '^y'],
      rules,
    })
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(32 * 1024 * 1024)
    expect(findings.map(({ search, count }) => [search, count])).toEqual([
      ['A rule', 1],
      ['needle', 1],
      ['^y', 1],
    ])
    expect(errors).toEqual([
      '/l: 1 lines are longer than 65536 bytes: only the beginning of each was looked at',
    ])
  })

  it('unpacks no bomb, and says what was not valid', async () => {
    const bomb = gzipSync(Buffer.alloc(300 * 1024 * 1024, `${'y'.repeat(1023)}\n`))
    const machine = host({
      '/bomb.gz': bomb,
      '/cut.gz': gzipSync('x\n'.repeat(1000)).subarray(0, 30),
      '/junk.gz': Buffer.from('1f8b0000', 'hex'),
    })
    const { findings, errors } = await runLog(machine, {
      paths: ['/bomb.gz', '/cut.gz', '/junk.gz'],
      regexes: ['y'],
    })
    expect(findings[0]?.count).toBe(256 * 1024)
    expect(errors).toEqual([
      '/bomb.gz: unpacks to more than 268435456 bytes, the rest was not looked at',
      '/cut.gz: not valid gzip',
      '/junk.gz: not valid gzip',
    ])
  })

  it('reads a file that grows up to the size it had', async () => {
    const machine = host({ '/l': 'x\n'.repeat(200_000) })
    const file = path.join(machine.root, 'l')
    const errors = new SoftErrors(() => undefined, 0)
    const { signal } = new AbortController()
    const reader = new LogReader({ errors, pace: new Pace(), signal })
    let length = 0
    for await (const { bytes } of reader.read('/l', file)) {
      length += bytes.length
      appendFileSync(file, 'x\n'.repeat(100_000))
    }
    expect(length).toBe(400_000)
  })

  it('stops at once when it is called off, within a long log', async () => {
    const machine = host({ '/l': '' })
    truncateSync(path.join(machine.root, 'l'), 1024 ** 4)
    const controller = new AbortController()
    const running = runLog(
      machine,
      { paths: ['/l'], regexes: ['x'] },
      { signal: controller.signal },
    )
    setImmediate(() => {
      controller.abort()
    })
    const { findings, errors } = await running
    expect(findings).toEqual([])
    expect(errors).toEqual(['stopped before the end of the search'])
  })

  it.skipIf(process.getuid?.() === 0)('says what this user may not read', async () => {
    const machine = host({ '/var/log/auth.log': 'x\n' })
    chmodSync(path.join(machine.root, '/var/log/auth.log'), 0)
    const { errors } = await runLog(machine, { sources: ['auth'], regexes: ['x'] })
    expect(errors).toEqual(['/var/log/auth.log: permission denied (EACCES)'])
  })

  it('is unsupported where logs by these names are not known, but reads paths there', async () => {
    const mac = host({ '/l': 'x\n' }, { platform: 'darwin' })
    await expect(runLog(mac, { sources: ['auth'], regexes: ['x'] })).rejects.toThrow(
      UnsupportedError,
    )
    expect((await runLog(mac, { paths: ['/l'], regexes: ['x'] })).findings).toMatchObject([
      { count: 1 },
    ])
  })
})

describe('grep and zgrep', () => {
  const lines = Array.from({ length: 20_000 }, (_, at) => {
    const words = ['alpha', 'Beta', 'été', '', ' tab\t', 'x'.repeat(at % 300), String(at)]
    return `${words[at % 7] ?? ''} ${words[(at * 3) % 5] ?? ''}${at % 11 === 0 ? '\r' : ''}`
  })
  const log1 = lines.join('\n')
  const machine = host({ '/l': log1, '/z.gz': gzipSync(`${log1}\n`) })

  it
    .skipIf(findProgram('zgrep') === undefined)
    .each([
      ['alpha'],
      ['^alpha'],
      ['[0-9]{4}'],
      ['été|Beta'],
      ['^ '],
      ['x{200}'],
      ['(a|b).*[0-9]'],
      ['^[^a]*$'],
      ['.'],
    ])('count the same lines: %s', async (regex) => {
    const grep = (program: string, args: readonly string[], file: string): number =>
      // grep knows carriage returns as part of a line, Go does not: both sides of these patterns are as if there were none.
      Number(
        spawnSync(program, [...args, regex, path.join(machine.root, file)], {
          env: { LC_ALL: 'C.UTF-8', PATH: '/usr/bin:/bin' },
        }).stdout,
      )
    const { findings } = await runLog(machine, {
      paths: ['/l', '/z.gz'],
      regexes: [regex, `!${regex}`],
    })
    expect(findings.map(({ count }) => count)).toEqual([
      grep('grep', ['-cE'], 'l'),
      grep('grep', ['-cvE'], 'l'),
      grep('zgrep', ['-cE'], 'z.gz'),
      grep('zgrep', ['-cvE'], 'z.gz'),
    ])
  })
})
