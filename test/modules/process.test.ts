/** What `process` finds: on a made-up Linux machine, on this one as `ps` sees it, and in recorded outputs of macOS and Windows. */
import { execFileSync, spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { copyFileSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { ParameterError, UnsupportedError } from '../../agent-modules/contract.ts'
import { processModule, processOn } from '../../agent-modules/process/index.ts'
import { parseStat } from '../../agent-modules/support/linux-process.ts'
import { parseFlags, runModule } from '../laws/module.ts'
import { createFileTree } from './file-tree.ts'
import { BOOTED_S, giveToUsers, linuxMachine, type FakeProcess } from './linux-processes.ts'
import { createMachine, type TestMachine } from './machine.ts'

interface Found {
  readonly search: string
  readonly isancestor?: true
  readonly checks?: object
  readonly process: {
    readonly pid: number
    readonly ppid: number
    readonly name: string
    readonly path?: string
    readonly deleted?: boolean
    readonly user?: string
    readonly started?: string
    readonly sha256?: string
    readonly envs?: readonly string[]
  }
}
interface Outcome {
  readonly found: readonly Found[]
  readonly pids: readonly number[]
  readonly errors: readonly string[]
}

async function find(
  module: typeof processModule,
  fields: object = {},
  options: object = {},
): Promise<Outcome> {
  const search = { ...fields, options: { matchall: true, ...options } }
  const { findings, errors } = await runModule(
    module,
    { searches: { s1: search } },
    { startedAtMs: (BOOTED_S + 3600) * 1000 },
  )
  const found = findings as readonly Found[]
  return { found, errors, pids: found.map(({ process }) => process.pid) }
}

const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex')

const PROCESSES: readonly FakeProcess[] = [
  { pid: 1, ppid: 0, name: 'init', exe: '/sbin/init', cmdline: '/sbin/init\0' },
  { pid: 2, ppid: 0, name: 'kthreadd' },
  {
    pid: 30,
    name: 'nginx',
    exe: '/usr/sbin/nginx',
    uid: 1000,
    startTicks: 100_000,
    cmdline: 'nginx\0--password=hunter2\0',
    environ: 'PATH=/bin\0LD_PRELOAD=/tmp/evil.so\0nginx: worker, secret\0--secret=1\0',
  },
  { pid: 31, ppid: 30, name: 'sh', exe: '/tmp/ sh', uid: 4242, startTicks: 310_000 },
  { pid: 32, ppid: 31, name: 'systemd-timesyn', exe: '/lib/systemd/systemd-timesyncd' },
  { pid: 33, ppid: 99, name: 'gone', exe: '/tmp/gone (deleted)', cmdline: 'one\ntwo\0three\0' },
]

const isRoot = process.getuid?.() === 0

function machineOf(processes: readonly FakeProcess[]): TestMachine {
  const machine = createMachine(linuxMachine(processes))
  giveToUsers(machine, processes)
  return machine
}

describe('process filters', () => {
  it.each<[string, object, number[]]>([
    ['nothing: all', {}, [1, 2, 30, 31, 32, 33]],
    ['a name', { names: ['^nginx$'] }, [30]],
    ['a whole name that the kernel cut', { names: ['^systemd-timesyncd$'] }, [32]],
    ['another name', { names: ['!n'] }, [2, 31]],
    ['a path', { paths: ['^/tmp/'] }, [31, 33]],
    ['no path', { paths: ['^$'] }, [2]],
    ['a path without what the kernel adds', { paths: ['/gone$'] }, [33]],
    ['a deleted executable', { deleted: true }, [33]],
    ['an executable that is there', { deleted: false }, [1, 2, 30, 31, 32]],
    ['a command line', { cmdlines: ['nginx --pass'] }, [30]],
    ['the end of a command line', { cmdlines: ['hunter2$'] }, [30]],
    ['a line of a command line', { cmdlines: ['^two three$'] }, [33]],
    ['no command line', { cmdlines: ['^$'] }, [2, 31, 32]],
    ['another command line', { cmdlines: ['!nginx', '!^$'] }, [1, 33]],
    ['a number', { pids: ['31'] }, [31]],
    ['a parent number', { ppids: ['1'] }, [30]],
    ['a parent name', { parents: ['^nginx$'] }, [31]],
    ['another parent name', { parents: ['!^nginx$'] }, [1, 2, 30, 32, 33]],
    ['a parent that is gone', { parents: ['^$'] }, [1, 2, 33]],
    ['a start', { starts: ['<10m'] }, [31]],
    ['an older start', { starts: ['>30m'] }, [1, 2, 30, 32, 33]],
    ['a start after a moment', { starts: ['after:2026-11-21T00:16:39Z'] }, [30, 31]],
    ['a variable', { envs: ['^LD_'] }, [30]],
    ['all at once', { names: ['nginx'], ppids: ['1'], deleted: false }, [30]],
    ['what contradicts', { names: ['nginx'], pids: ['31'] }, []],
  ])('find by %s', async (_, fields, expected) => {
    using machine = machineOf(PROCESSES)
    const { pids, errors } = await find(processOn(machine), fields)
    expect(pids).toEqual(expected)
    expect(errors).toEqual([])
  })

  it.skipIf(!isRoot).each<[string, string[], number[]]>([
    ['a user by name', ['ada'], [30]],
    ['a user by number', ['1000'], [30]],
    ['a user without a name', ['4242'], [31]],
    ['other users', ['!root'], [30, 31]],
  ])('find by %s', async (_, users, expected) => {
    using machine = machineOf(PROCESSES)
    expect((await find(processOn(machine), { users })).pids).toEqual(expected)
  })

  it('are turned round by mismatch', async () => {
    using machine = machineOf(PROCESSES)
    const fields = { deleted: true, names: ['!n'] }
    const { pids } = await find(processOn(machine), fields, { mismatch: ['deleted', 'name'] })
    expect(pids).toEqual([1, 30, 32])
  })

  it('of which one is enough name those that hit, but no command lines', async () => {
    using machine = machineOf(PROCESSES)
    const fields = { names: ['^nginx$', 'x'], deleted: true, cmdlines: ['hunter', 'one'] }
    const { found } = await find(processOn(machine), fields, { matchall: false })
    expect(found.map(({ process, checks }) => [process.pid, checks])).toEqual([
      [30, { names: ['^nginx$', 'x'] }],
      [33, { deleted: true }],
    ])
  })
})

describe('what process answers', () => {
  it('is what is known of a process, with times from boot', async () => {
    using machine = machineOf(PROCESSES)
    const { found } = await find(processOn(machine), { pids: ['30'] })
    expect(found.map(({ process }) => process)).toEqual([
      {
        pid: 30,
        ppid: 1,
        name: 'nginx',
        path: '/usr/sbin/nginx',
        deleted: false,
        ...(isRoot ? { user: 'ada' } : { user: expect.any(String) }),
        started: '2026-11-21T00:16:40Z',
        state: 'S',
        threads: 3,
        resident: 1024 * 1024,
      },
    ])
  })

  it('holds names of variables that hit, never values, nor what titles wrote over them', async () => {
    using machine = machineOf(PROCESSES)
    const { found } = await find(processOn(machine), { envs: ['.'] })
    expect(found[0]?.process.envs).toEqual(['LD_PRELOAD', 'PATH'])
    expect(JSON.stringify(found)).not.toMatch(/evil|secret|hunter2/)
  })

  it('keeps names apart from what stands around them', async () => {
    const names = ['a b', ') R 7 (', 'line\nbreak', 'tab\tand \u{1f600}', '(']
    using machine = machineOf([
      ...names.map((name, index) => ({ pid: 10 + index, ppid: 5, name, exe: '/x' })),
      { pid: 20, ppid: 5, name: Buffer.from([0x61, 0xff, 0x29]), exe: '/x' },
    ])
    const module = processOn(machine)
    const { found } = await find(module)
    expect(found.map(({ process }) => process.name)).toEqual([...names, 'a\\xff)'])
    expect(new Set(found.map(({ process }) => process.ppid))).toEqual(new Set([5]))
    expect((await find(module, { names: ['^a\\x{fffd}\\)$'] })).pids).toEqual([20])
    const elements = module.arrange(found, { searches: { s1: {} } })
    for (const line of module.lines({ elements }, { foundOnly: true }))
      expect(line).not.toMatch(/\p{Cc}/u)
  })

  it('says of how many it could not tell what was asked, which is no hit either way', async () => {
    using machine = machineOf([
      { pid: 1, name: 'mine', exe: '/x' },
      { pid: 7, name: 'theirs' },
    ])
    // A link that is none cannot be read, as one that is not ours.
    const { files, links } = linuxMachine([{ pid: 1, name: 'mine', exe: '/x' }])
    using other = createMachine({
      links,
      files: {
        ...files,
        '/proc/7/stat': '7 (theirs) S 1 1 1 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 0 0 0\n',

        '/proc/7/exe': '',
      },
    })
    for (const paths of [['theirs'], ['!theirs']]) {
      const { pids, errors } = await find(processOn(other), { paths, names: ['theirs'] })
      expect(pids).toEqual([])
      expect(errors).toEqual([expect.stringMatching(/^1 processes .* did not show/)])
    }
    expect((await find(processOn(machine), { paths: ['!theirs'] })).errors).toEqual([])
  })

  it('leaves out what ended while it was looked at, and survives broken files', async () => {
    using machine = createMachine({
      files: {
        ...linuxMachine([{ pid: 1, name: 'whole' }]).files,
        '/proc/5/stat': '',
        '/proc/6/stat': '6 (cut) S 1',
        '/proc/7/stat': 'no parentheses',
        '/proc/8/comm': 'vanished',
      },
    })
    expect((await find(processOn(machine))).pids).toEqual([1])
    expect(parseStat(Buffer.from(')('))).toBeUndefined()
  })

  it('is a tree of what was found and who started it, marked', async () => {
    using machine = machineOf(PROCESSES)
    const module = processOn(machine)
    const parameters = {
      searches: { s1: { pids: ['32', '33'], options: { matchall: false, tree: true } } },
    }
    const { findings } = await runModule(module, parameters)
    const elements = module.arrange(findings, parameters)
    const lines = module
      .lines({ elements }, { foundOnly: true })
      .map((line) => line.replace(/\[.*\]/, ''))
    expect(lines).toEqual([
      '/sbin/init  (ancestor)',
      '\\_ /usr/sbin/nginx  (ancestor)',
      '  \\_ /tmp/ sh  (ancestor)',
      "    \\_ /lib/systemd/systemd-timesyncd  in search 's1' on checks pid='32'",
      "/tmp/gone  in search 's1' on checks pid='33'",
    ])
  })

  it('prints parents in a ring, which numbers used again can make', async () => {
    using machine = machineOf([
      { pid: 5, ppid: 6, name: 'a', exe: '/a' },
      { pid: 6, ppid: 5, name: 'b', exe: '/b' },
      { pid: 7, ppid: 7, name: 'c', exe: '/c' },
    ])
    const module = processOn(machine)
    const parameters = {
      searches: { s1: { names: ['a|c'], options: { matchall: true, tree: true } } },
    }
    const { findings } = await runModule(module, parameters)
    const elements = module.arrange(findings, parameters)
    expect(module.lines({ elements }, { foundOnly: true })).toHaveLength(3)
  })

  it('hashes each executable once, however many run it', async () => {
    using tree = createFileTree({ tool: 'x'.repeat(1000) })
    const exe = tree.at('tool')
    using machine = machineOf([10, 11, 12].map((pid) => ({ pid, name: 'tool', exe })))
    const hex = sha256(readFileSync(exe))
    const parameters = {
      searches: {
        s1: { sha2: [hex], options: { matchall: true, returnsha256: true } },
        s2: { sha2: ['0'.repeat(128)], options: { matchall: true } },
        s3: { options: { matchall: true, mismatch: ['sha2'] }, sha2: ['0'.repeat(96)] },
      },
    }
    const { findings, statistics } = await runModule(processOn(machine), parameters)
    const found = findings as readonly Found[]
    expect(found.map(({ search, process }) => [search, process.pid])).toEqual(
      [10, 11, 12].flatMap((pid) => [
        ['s1', pid],
        ['s3', pid],
      ]),
    )
    expect(found[0]?.process.sha256).toBe(hex.toUpperCase())
    expect(statistics).toEqual([expect.objectContaining({ bytesread: 1000, totalhits: 6 })])
  })
})

describe('process parameters', () => {
  it('count command lines as probes, and nothing else', () => {
    const search = { cmdlines: ['a', 'b'], names: ['c'], envs: ['d'], paths: ['e'] }
    expect(processModule.probes({ searches: { s1: search, s2: search } })).toBe(4)
  })

  it('come from flags', () => {
    const typed = ['-name', 'a', '-name', 'b', '-deleted', '-env', 'c', '-matchany', '-tree']
    expect(processModule.fromFlags(parseFlags(processModule, typed))).toEqual({
      searches: {
        s1: {
          names: ['a', 'b'],
          envs: ['c'],
          deleted: true,
          options: { matchall: false, mismatch: [], returnsha256: false, tree: true },
        },
      },
    })
    expect(() => processModule.fromFlags(new Map([['nmae', ['x']]]))).toThrow(ParameterError)
  })

  it('take null for what Go writes as nothing', () => {
    processModule.check({
      searches: { s1: { names: null, deleted: null, description: null, options: null } },
    })
  })
})

/** A process of our own that says when it is ready. */
async function startChild(...argv: readonly string[]): Promise<ChildProcess & Disposable> {
  const [program = '', ...args] = argv
  const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'ignore'] })
  await once(child.stdout, 'data')
  return Object.assign(child, {
    [Symbol.dispose]: () => {
      child.kill('SIGKILL')
    },
  })
}

const hasProgram = (...places: readonly string[]): boolean => places.some((one) => existsSync(one))
const isLinux = process.platform === 'linux'
const hasPs = isLinux && hasProgram('/usr/bin/ps', '/bin/ps')
const ps = (...args: readonly string[]): string =>
  execFileSync('ps', args, { encoding: 'utf8', env: { LC_ALL: 'C', TZ: 'UTC' } })

describe.skipIf(!isLinux)('process on this machine', () => {
  it.skipIf(!hasPs)('lists what ps lists', async () => {
    const list = (): string[] =>
      ps('-eo', 'pid=,ppid=,euser:32=,comm=')
        .split('\n')
        .map((line) => line.trim().replace(/ +/g, ' '))
        .filter((line) => /^[\x20-\x7e]+$/.test(line) && !line.includes('?'))
    const before = list()
    const { found } = await find(processModule)
    const after = new Set(list())
    const ours = new Set(
      found.map(({ process: { pid, ppid, user, name } }) =>
        `${pid} ${ppid} ${user} ${name.slice(0, 15)}`.replace(/ +/g, ' '),
      ),
    )
    // Kernel workers rename themselves as they please, and have names of more than 15 bytes for ps.
    const lasting = before.filter((line) => after.has(line) && !line.includes('kworker'))
    expect(lasting.length).toBeGreaterThan(2)
    expect(
      lasting.filter((line) => !ours.has(line.replace(/^((?:\S+ ){3}.{15}).*$/, '$1'))),
    ).toEqual([])
  })

  it.skipIf(!hasPs)('tells start and user of a child as ps does', async () => {
    using child = await startChild('sh', '-c', 'echo ready; read line')
    const pid = String(child.pid)
    const { found } = await find(processModule, { pids: [pid] })
    const [{ process: told } = { process: undefined }] = found
    const started = Date.parse(`${ps('-o', 'lstart=', '-p', pid).trim()} UTC`)
    expect(Math.abs(Date.parse(told?.started ?? '') - started)).toBeLessThanOrEqual(2000)
    expect(told?.user).toBe(ps('-o', 'euser:32=', '-p', pid).trim())
    expect(told?.ppid).toBe(process.pid)
  })

  it('finds a program whose file was deleted, and hashes what runs', async () => {
    using tree = createFileTree()
    const place = tree.at('sleep (deleted)')
    copyFileSync('/bin/sh', place)
    using child = await startChild(place, '-c', 'echo ready; read line')
    const fields = { pids: [String(child.pid)], deleted: true }
    expect((await find(processModule, fields)).pids).toEqual([])
    rmSync(place)
    writeFileSync(place, 'another')
    const { found } = await find(processModule, fields, { returnsha256: true })
    expect(found[0]?.process).toMatchObject({
      pid: child.pid,
      path: place,
      deleted: true,
      sha256: sha256(readFileSync('/bin/sh')).toUpperCase(),
    })
  })

  it('finds by a command line, and does not tell it', async () => {
    const secret = randomBytes(12).toString('hex')
    using child = await startChild('sh', '-c', 'echo ready; read line', 'name', `--key=${secret}`)
    const { found, pids } = await find(processModule, { cmdlines: [`-key=${secret}$`] })
    expect(pids).toEqual([child.pid])
    expect(JSON.stringify(found)).not.toContain(secret)
  })

  it('finds a process that calls itself by a hostile name', async () => {
    const script = `printf 'x) R 1 (\\n\\377' > /proc/$$/comm; echo ready; read line`
    using child = await startChild('sh', '-c', script)
    const { found } = await find(processModule, { pids: [String(child.pid)] })
    expect(found[0]?.process).toMatchObject({ name: 'x) R 1 (\n\\xff', ppid: process.pid })
  })

  it.skipIf(!isRoot)('tells a plain user what it cannot see', () => {
    const program = fileURLToPath(new URL('../../cli/mig.js', import.meta.url))
    const { stderr } = spawnSync(
      process.execPath,
      [program, 'process', '-t', 'local', '-path', '.', '-show', 'all'],
      { uid: 65_534, gid: 65_534, encoding: 'utf8', env: { HOME: '/nonexistent' }, cwd: '/' },
    )
    expect(stderr).toMatch(/\d+ processes .* did not show this user all that was asked/)
  })
})

const MAC_LIST = `    1     0     0 root             Ss    12345 Sat Nov 21 00:00:05 2026     /sbin/launchd
  412     1   501 ada              S+    65536 Sat Nov  7 10:11:12 2026     /Applications/Some App.app/Contents/MacOS/Some App
  413   412   501 ada              Z         0 Sat Nov 21 00:59:00 2026     (zombie)
`
const MAC_ARGS = `    1 /sbin/launchd
  412 /Applications/Some App.app/Contents/MacOS/Some App --token=hunter2
  413 (zombie)
`
const macMachine = (): TestMachine =>
  createMachine({
    platform: 'darwin',
    files: { '/sbin/launchd': 'launchd' },
    programs: {
      'ps -axwwo pid=,ppid=,uid=,user=,state=,rss=,lstart=,comm=': MAC_LIST,
      'ps -axwwo pid=,args=': MAC_ARGS,
    },
  })

describe('process on macOS', () => {
  it('reads what ps prints', async () => {
    using machine = macMachine()
    const { found } = await find(processOn(machine), {}, { returnsha256: true })
    expect(found.map(({ process }) => process)).toEqual([
      {
        ...{ pid: 1, ppid: 0, name: 'launchd', path: '/sbin/launchd', user: 'root', state: 'S' },
        ...{ started: '2026-11-21T00:00:05Z', resident: 12345 * 1024 },
        sha256: sha256(Buffer.from('launchd')).toUpperCase(),
      },
      expect.objectContaining({
        pid: 412,
        name: 'Some App',
        path: '/Applications/Some App.app/Contents/MacOS/Some App',
        started: '2026-11-07T10:11:12Z',
      }),
      expect.objectContaining({ pid: 413, state: 'Z' }),
    ])
  })

  it('asks for command lines only where they are searched', async () => {
    using machine = macMachine()
    expect((await find(processOn(machine), { users: ['501'] })).pids).toEqual([412, 413])
    expect(machine.started).toHaveLength(1)
    expect((await find(processOn(machine), { cmdlines: ['hunter2$'] })).pids).toEqual([412])
  })

  it.each([{ deleted: true }, { envs: ['LD_PRELOAD'] }])(
    'refuses as unsupported what ps does not tell: %o',
    async (fields) => {
      using machine = macMachine()
      await expect(find(processOn(machine), fields)).rejects.toThrow(UnsupportedError)
    },
  )
})

const WINDOWS_LIST = `\ufeff${JSON.stringify([
  {
    ...{ ProcessId: 4, ParentProcessId: 0, Name: 'System', ExecutablePath: null },
    ...{ CommandLine: null, ThreadCount: 200, WorkingSetSize: 12288, Started: null },
  },
  {
    ...{ ProcessId: 712, ParentProcessId: 4, Name: 'svchost.exe', ThreadCount: 12 },
    ExecutablePath: 'C:\\Windows\\System32\\svchost.exe',
    CommandLine: 'C:\\Windows\\system32\\svchost.exe -k secret',
    ...{ WorkingSetSize: 8_000_000, Started: '2026-11-21T00:10:00.1234567Z' },
  },
])}`

describe('process on Windows', () => {
  const windows = (printed: string | number): TestMachine & { lines: string[] } => {
    const lines: string[] = []
    const machine = createMachine({ platform: 'win32' })
    return Object.assign(machine, {
      lines,
      run: (name: string, args: readonly string[]) => {
        lines.push([name, ...args].join(' '))
        const stdout = Buffer.from(typeof printed === 'number' ? '' : printed)
        const code = typeof printed === 'number' ? printed : 0
        return Promise.resolve({ kind: 'ended' as const, code, stdout })
      },
    })
  }

  it('reads what PowerShell prints', async () => {
    using machine = windows(WINDOWS_LIST)
    const { found } = await find(processOn(machine), { cmdlines: ['-k secret$'] })
    expect(found.map(({ process }) => process)).toEqual([
      {
        ...{ pid: 712, ppid: 4, name: 'svchost.exe', threads: 12, resident: 8_000_000 },
        path: 'C:\\Windows\\System32\\svchost.exe',
        started: '2026-11-21T00:10:00Z',
      },
    ])
    expect(machine.lines).toEqual([
      expect.stringMatching(/^powershell -NoProfile .*Win32_Process.*ConvertTo-Json/),
    ])
  })

  it('refuses as unsupported what it does not tell', async () => {
    using machine = windows(WINDOWS_LIST)
    for (const fields of [{ users: ['root'] }, { deleted: true }, { envs: ['X'] }])
      await expect(find(processOn(machine), fields)).rejects.toThrow(/unsupported.*win32/)
  })

  it('fails when PowerShell fails', async () => {
    using machine = windows(1)
    await expect(find(processOn(machine))).rejects.toThrow(/powershell ended with 1/)
  })
})

describe('process elsewhere', () => {
  it('says that it is unsupported', async () => {
    using machine = createMachine({ platform: 'freebsd' })
    await expect(find(processOn(machine))).rejects.toThrow(UnsupportedError)
    using mac = createMachine({ platform: 'darwin' })
    await expect(find(processOn(mac))).rejects.toThrow(/process: ps is not installed/)
  })
})
