/** The journal: what journalctl prints, asked for page by page; and journalctl itself on a journal made for the test. */
import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { JOURNAL_FIELDS } from '../../agent-modules/log/formats/journal.ts'
import type { Machine } from '../../agent-modules/support/machine.ts'
import {
  findProgram,
  runProgram,
  type ProgramOutcome,
} from '../../agent-modules/support/program.ts'
import { runLog, sigma } from '../modules/log-run.ts'

const START_US = 1_770_000_000_000_000n
const entry = (at: number, fields: object): string =>
  JSON.stringify({
    __CURSOR: `c${String(at)}`,
    __REALTIME_TIMESTAMP: String(START_US + BigInt(at) * 1_000_000n),
    ...fields,
  })
const SSHD = {
  _HOSTNAME: 'web1',
  SYSLOG_IDENTIFIER: 'sshd',
  _PID: '99',
  SYSLOG_FACILITY: '4',
  _TRANSPORT: 'syslog',
}
const FAILED = 'Failed password for root from 192.0.2.7 port 4242 ssh2'

interface Journalctl extends Machine {
  readonly asked: readonly (readonly string[])[]
}
/** Answers page after page. */
function journalctl(pages: readonly ProgramOutcome[]): Journalctl {
  const asked: (readonly string[])[] = []
  return {
    platform: 'linux',
    root: '',
    asked,
    run: (name, args) => {
      expect(name).toBe('journalctl')
      asked.push(args)
      return Promise.resolve(pages[asked.length - 1] ?? { kind: 'missing' })
    },
  }
}
const ended = (lines: readonly string[], code = 0): ProgramOutcome => ({
  kind: 'ended',
  code,
  stdout: Buffer.from(lines.map((line) => `${line}\n`).join('')),
})

describe('the journal', () => {
  const ask = (machine: Machine, more: object = {}) =>
    runLog(machine, { sources: ['journal'], regexes: ['^web1 sshd\\[99\\]: Failed'], ...more })
  const notOfRoot = (errors: readonly string[]): readonly string[] =>
    errors.filter((error) => error !== 'journal: not root: only entries that this user may see')

  it('is searched as journalctl shows it, with its own fields and those of logins', async () => {
    const machine = journalctl([
      ended([
        entry(3, { ...SSHD, MESSAGE: FAILED, _SYSTEMD_UNIT: 'ssh.service' }),
        entry(2, {
          ...SSHD,
          MESSAGE: [...Buffer.from(FAILED)],
          _SYSTEMD_UNIT: ['ssh.service', 'x'],
        }),
        entry(1, { ...SSHD, MESSAGE: 'Accepted' }),
      ]),
    ])
    const { findings, errors, statistics } = await ask(machine, {
      fields: ['user', 'src_ip', '_systemd_unit', 'program'],
    })
    expect(findings).toMatchObject([
      {
        source: 'journal',
        count: 2,
        first: '2026-02-02T02:40:02.000Z',
        last: '2026-02-02T02:40:03.000Z',
        fields: [
          { field: 'user', values: [{ value: 'root', count: 2 }] },
          { field: 'src_ip', kind: 'address', values: [{ value: '192.0.2.7', count: 2 }] },
          {
            field: '_systemd_unit',
            values: [
              { value: 'ssh.service', count: 2 },
              { value: 'x', count: 1 },
            ],
          },
          { field: 'program', values: [{ value: 'sshd', count: 2 }] },
        ],
      },
    ])
    expect(findings[0]).not.toHaveProperty('log')
    expect(notOfRoot(errors)).toEqual([])
    expect(statistics).toMatchObject({ journalentries: 3 })
    expect(machine.asked).toEqual([
      [
        '--quiet',
        '--no-pager',
        '--output=json',
        `--output-fields=${JOURNAL_FIELDS.join()}`,
        '--reverse',
        '--lines=20000',
      ],
    ])
  })

  it('goes on behind a page that was cut, and says what it could not see', async () => {
    const cut: ProgramOutcome = {
      kind: 'stopped',
      reason: 'said more than 1 bytes',
      stdout: Buffer.from(
        `${entry(9, { ...SSHD, MESSAGE: FAILED })}\n${entry(8, SSHD).slice(0, 20)}`,
      ),
    }
    const rest = ended(
      [entry(8, { ...SSHD, MESSAGE: null }), entry(7, { ...SSHD, MESSAGE: FAILED }), 'no json'],
      1,
    )
    const machine = journalctl([cut, rest])
    const { findings, errors } = await ask(machine)
    expect(findings).toMatchObject([{ count: 2 }])
    expect(machine.asked[1]?.at(-1)).toBe('--after-cursor=c9')
    expect(notOfRoot(errors)).toEqual([
      'journal: journalctl ended with code 1',
      'journal: 1 entries could not be read',
      'journal: 1 entries have no message, or one too long to be read',
    ])
  })

  it('is asked for a time once, and left when it is too old', async () => {
    const full = Array.from({ length: 20_000 }, (_, at) =>
      entry(40_000 - at, { ...SSHD, MESSAGE: FAILED }),
    )
    const older = Array.from({ length: 20_000 }, (_, at) =>
      entry(20_000 - at, { ...SSHD, MESSAGE: FAILED }),
    )
    const machine = journalctl([ended(full), ended(older)])
    const since = new Date(Number(START_US / 1000n) + 10_000_500).toISOString()
    const { findings } = await ask(machine, { since: `after:${since}`, until: 'before:2026-03-01' })
    expect(findings).toMatchObject([{ count: 30_000 }])
    expect(machine.asked.map((args) => args.slice(-2))).toEqual([
      ['--since=@1770010000', '--until=@1772323200'],
      ['--lines=20000', '--after-cursor=c20001'],
    ])
  })

  it('says why there is none', async () => {
    const stopped: ProgramOutcome = {
      kind: 'stopped',
      reason: 'took longer than 60000 ms',
      stdout: Buffer.alloc(0),
    }
    expect(notOfRoot((await ask(journalctl([stopped]))).errors)).toEqual([
      'journal: journalctl: took longer than 60000 ms',
    ])
  })

  it('has of authentication what syslog calls so, and for a service its programs', async () => {
    const lines = [
      entry(4, { ...SSHD, MESSAGE: 'x' }),
      entry(3, { ...SSHD, SYSLOG_FACILITY: '10', SYSLOG_IDENTIFIER: 'sudo', MESSAGE: 'x' }),
      entry(2, { ...SSHD, SYSLOG_FACILITY: '3', SYSLOG_IDENTIFIER: 'sshd-session', MESSAGE: 'x' }),
      entry(1, { _TRANSPORT: 'kernel', MESSAGE: 'x' }),
    ]
    const count = async (logsource: string) => {
      const rules = [sigma(logsource, 's: { message: x }\ncondition: s')]
      const { findings } = await runLog(journalctl([ended(lines)]), { rules, sources: ['journal'] })
      return findings[0]?.count
    }
    expect(await count('product: linux, service: auth')).toBe(2)
    expect(await count('product: linux, service: sshd')).toBe(2)
    expect(await count('product: linux, service: sudo')).toBe(1)
    expect(await count('product: linux')).toBe(4)
  })
})

const REMOTE = '/lib/systemd/systemd-journal-remote'
const canMake = existsSync(REMOTE) && findProgram('journalctl') !== undefined

describe.skipIf(!canMake)('journalctl (apt-get install systemd-journal-remote)', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'mig-journal-'))
  afterAll(() => {
    rmSync(folder, { recursive: true, force: true })
  })
  const ENTRIES = 24_000
  const exported = Array.from({ length: ENTRIES }, (_, at) =>
    [
      `__REALTIME_TIMESTAMP=${String(START_US + BigInt(at) * 1_000_000n)}`,
      `__MONOTONIC_TIMESTAMP=${String(1_000_000 + at)}`,
      '_BOOT_ID=0123456789abcdef0123456789abcdef',
      ...['_HOSTNAME=web1', 'SYSLOG_FACILITY=4', 'PRIORITY=6', '_TRANSPORT=syslog'],
      `SYSLOG_IDENTIFIER=${at % 3 === 0 ? 'sshd' : 'cron'}`,
      `_PID=${String(at % 500)}`,
      `MESSAGE=${at % 5 === 0 ? FAILED : `nothing ${String(at)}`}`,
      '',
    ].join('\n'),
  ).join('\n')
  const theirs = (...args: readonly string[]): number => {
    const { stdout } = spawnSync(
      'journalctl',
      ['-q', `--directory=${folder}`, '-o', 'cat', ...args],
      { encoding: 'utf8', maxBuffer: 1e9, env: { TZ: 'UTC', PATH: '/usr/bin:/bin' } },
    )
    return stdout.split('\n').length - 1
  }
  /** This machine's own program, on the journal made here. */
  const machine: Machine = {
    platform: 'linux',
    root: '',
    run: (name, args, options) => runProgram(name, [...args, `--directory=${folder}`], options),
  }

  it('counts the same entries, over pages and within times', async () => {
    writeFileSync(path.join(folder, 'export'), `${exported}\n`)
    execFileSync(REMOTE, ['-o', path.join(folder, 'test.journal'), path.join(folder, 'export')], {
      stdio: 'ignore',
    })
    rmSync(path.join(folder, 'export'))
    expect(theirs()).toBe(ENTRIES)
    const all = await runLog(machine, {
      sources: ['journal'],
      regexes: ['sshd.*Failed', 'nothing'],
    })
    expect(all.statistics).toMatchObject({ journalentries: ENTRIES })
    expect(all.findings.map(({ count }) => count)).toEqual([
      theirs('-t', 'sshd', '--grep=Failed'),
      theirs('--grep=nothing'),
    ])
    const times = { since: 'after:2026-02-02T05:00:00Z', until: 'before:2026-02-02T08:00:00Z' }
    const some = await runLog(machine, { sources: ['journal'], regexes: ['Failed'], ...times })
    // journalctl's bounds are within, ours are not: one entry stands at each.
    const within = theirs(
      '--since=2026-02-02 05:00:01',
      '--until=2026-02-02 07:59:59',
      '--grep=Failed',
    )
    expect(some.findings).toMatchObject([{ count: within }])
    expect(within).toBeGreaterThan(2000)
  })
})
