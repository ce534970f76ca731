/** `autoruns` where one user has set up more than anybody looks through: what the machine has, and what others have, is told all the same. */
import { chownSync } from 'node:fs'
import path from 'node:path'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { Allowance } from '../../agent-modules/autoruns/allowance.ts'
import { Digests } from '../../agent-modules/autoruns/digests.ts'
import { HostFiles } from '../../agent-modules/autoruns/host-files.ts'
import { SoftErrors } from '../../agent-modules/support/soft-errors.ts'
import { ask, createStartMachine, type Asked } from './autoruns-machine.ts'

const isRoot = process.getuid?.() === 0
const PASSWD = [
  ...['alice:x:4711:4711::/home/alice:/bin/sh', 'root:x:0:0::/root:/bin/sh'],
  'bob:x:4712:4712::/home/bob:/bin/sh\n',
].join('\n')
const MACHINE = {
  '/etc/passwd': PASSWD,
  '/etc/cron.d/own': '@daily root /opt/own\n',
  '/etc/ld.so.preload': '/opt/evil.so\n',
  '/etc/nsswitch.conf': 'passwd: files evil\n',
  '/usr/lib/libnss_evil.so.2': 'x',
  '/root/.config/autostart/root.desktop': '[Desktop Entry]\nExec=/opt/own\n',
  '/opt/own': 'a program',
}
const OF_BOB = { '/home/bob/.bashrc': '' }
const UNITS = '/home/alice/.config/systemd/user'
const EACH = 1000
/** As many programs as a file holds of which all is read. */
const crowd = (line: (index: number) => string): string =>
  Array.from({ length: 10_000 }, (_, index) => line(index)).join('\n')

afterEach(() => {
  vi.restoreAllMocks()
})

const namesOf = ({ entries }: Asked): readonly string[] => entries.map(({ name }) => name)
const said = ({ errors }: Asked): readonly string[] =>
  errors.filter((message) => message.startsWith('not all'))

describe('what one user has', () => {
  it('takes its share, after all that the machine has, and leaves others theirs', async () => {
    using machine = createStartMachine({
      files: {
        ...MACHINE,
        ...OF_BOB,
        ...Object.fromEntries(
          ['a', 'b', 'c'].map((name) => [
            `${UNITS}/${name}.service`,
            `[Service]\n${crowd((index) => `ExecStart=/${index}`)}\n`,
          ]),
        ),
      },
    })
    const asked = await ask(machine)
    expect(namesOf(asked)).toEqual([
      ...['own', 'ld.so.preload', 'evil', 'root.desktop'],
      ...Array<string>(EACH).fill('a.service'),
      '.bashrc',
    ])
    expect(said(asked)).toEqual([
      'not all entries of alice were looked at: at most 20000 entries for the machine, 1000 for a user and 10000 for all users',
    ])
  })

  it.skipIf(!isRoot)('is so by its owner where it lies with what is others, too', async () => {
    const spool = '/var/spool/cron/crontabs/alice'
    using machine = createStartMachine({
      files: { ...MACHINE, ...OF_BOB, [spool]: crowd((index) => `@daily /${index}`) },
    })
    chownSync(path.join(machine.root, spool), 4711, 4711)
    const asked = await ask(machine)
    expect(namesOf(asked)).toEqual([
      ...['own', 'ld.so.preload', 'evil', 'root.desktop'],
      ...Array<string>(EACH).fill('alice'),
      '.bashrc',
    ])
    expect(said(asked)).toEqual([expect.stringMatching(/^not all entries of alice were looked at/)])
  })

  it('counts only where it is asked for', async () => {
    using machine = createStartMachine({
      files: {
        ...MACHINE,
        '/home/alice/.bashrc': '',
        [`${UNITS}/a.service`]: `[Service]\n${crowd((index) => `ExecStart=/${index}`)}\n`,
      },
    })
    const asked = await ask(machine, { kinds: ['profile', 'preload'] })
    expect(namesOf(asked)).toEqual(['ld.so.preload', '.bashrc'])
    expect(said(asked)).toEqual([])
  })

  it('is looked at no longer than its share of the time', async () => {
    using machine = createStartMachine({
      files: { ...MACHINE, '/home/alice/.bashrc': '', ...OF_BOB },
    })
    const real = AbortSignal.timeout.bind(AbortSignal)
    let homes = 0
    vi.spyOn(AbortSignal, 'timeout').mockImplementation((ms) => {
      homes += 1
      return homes === 2 ? AbortSignal.abort() : real(ms)
    })
    const asked = await ask(machine)
    expect(namesOf(asked)).toEqual(['own', 'ld.so.preload', 'evil', 'root.desktop', '.bashrc'])
    expect(asked.entries.at(-1)?.user).toBe('bob')
    expect(said(asked)).toEqual([
      expect.stringMatching(/^not all definitions of alice were looked at: at most .* seconds/),
    ])
  })
})

describe('hashing', () => {
  it('takes no longer than the share of whose entry it is, and what was hashed stays known', async () => {
    const files = ['/one', '/two', '/three', '/four']
    using machine = createStartMachine({
      files: Object.fromEntries(files.map((file) => [file, file])),
    })
    const errors = new SoftErrors(() => undefined, 0)
    const host = new HostFiles({ machine, errors, signal: new AbortController().signal })
    const digests = new Digests(host)
    let nowMs = 0
    vi.spyOn(performance, 'now').mockImplementation(() => (nowMs += 3000))
    const isHashed = async (file: string, whose: string | undefined): Promise<boolean> => {
      const located = host.locate(file)
      if (located === undefined) throw new Error(`no ${file}`)
      return (await digests.of(located, { whose, other: undefined }))?.has('sha256') === true
    }
    expect(await isHashed('/one', 'alice')).toBe(true)
    expect(await isHashed('/two', 'alice')).toBe(false)
    expect(await isHashed('/one', 'alice')).toBe(true)
    expect(await isHashed('/two', 'bob')).toBe(true)
    expect(await isHashed('/three', 'bob')).toBe(false)
    expect(await isHashed('/three', undefined)).toBe(true)
    expect(await isHashed('/four', undefined)).toBe(true)
    expect(digests.notices()).toEqual([
      'not all files of alice, bob were hashed: at most 60 seconds for the machine, 5 for a user and 20 for all users',
    ])
  })
})

describe('a path that leads through more folders than anybody makes', () => {
  it('is not looked up, which is said once', async () => {
    const deep = `/opt${'/a'.repeat(300)}/x`
    using machine = createStartMachine({
      files: { '/etc/cron.d/own': `@daily root ${deep}\n@daily root ${deep}y\n`, [deep]: 'x' },
    })
    const { entries, errors } = await ask(machine, { kinds: ['cron'] })
    expect(entries.map(({ executable }) => executable?.flags)).toEqual([['missing'], ['missing']])
    expect(errors.filter((message) => message.includes('folders and links'))).toEqual([
      expect.stringMatching(/^\/opt\/a[/a]*\.\.\.: leads through over 256 folders and links/),
    ])
  })
})

describe('an allowance', () => {
  const create = () =>
    new Allowance({
      ...{ machine: 5, user: 2, users: 3, unit: 'things' },
      said: (whom) => `things of ${whom} count`,
    })

  it('is as much for each, and for all users together', () => {
    const allowance = create()
    const take = (whose: string | undefined): boolean => {
      const isLeft = allowance.has(whose, 1)
      if (isLeft) allowance.spend(whose, 1)
      return isLeft
    }
    expect(['a', 'a', 'a', 'b', 'b'].map(take)).toEqual([true, true, false, true, false])
    expect(allowance.left('c')).toBe(0)
    expect(allowance.left(undefined)).toBe(5)
    expect(allowance.notices()).toEqual([
      'not all things of a, b count: at most 5 things for the machine, 2 for a user and 3 for all users',
    ])
  })

  it('says nothing as long as it is enough, and names the machine', () => {
    const allowance = create()
    expect(allowance.notices()).toEqual([])
    expect(allowance.has(undefined, 6)).toBe(false)
    expect(allowance.notices()).toEqual([expect.stringMatching(/^not all things of the machine /)])
  })
})
