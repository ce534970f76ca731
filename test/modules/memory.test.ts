/** What `memory` finds: in made-up processes, in children that hold a needle made at run time, and what yara finds there. */
import { execFileSync, spawn, type ChildProcess } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { copyFileSync, existsSync, readFileSync, rmSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ParameterError, UnsupportedError } from '../../agent-modules/contract.ts'
import { memory, memoryOn } from '../../agent-modules/memory/index.ts'
import { isReadable, parseMaps } from '../../agent-modules/support/memory-maps.ts'
import { parseFlags, requirePromptStops, runModule } from '../laws/module.ts'
import { createFileTree } from './file-tree.ts'
import { linuxMachine, type FakeProcess } from './linux-processes.ts'
import { createMachine, type TestMachine } from './machine.ts'

interface Found {
  readonly search: string
  readonly process: { readonly name: string; readonly pid: number; readonly deleted?: true }
  readonly hits?: number
  readonly more?: true
  readonly places?: readonly { readonly start: string; readonly mapping?: string }[]
  readonly checks?: object
}
interface Outcome {
  readonly found: readonly Found[]
  readonly pids: readonly number[]
  readonly errors: readonly string[]
  readonly statistics: Readonly<Record<string, unknown>>
}

async function find(
  module: typeof memory,
  fields: object = {},
  options: object = {},
): Promise<Outcome> {
  const search = { ...fields, options: { matchall: true, ...options } }
  const { findings, errors, statistics } = await runModule(module, { searches: { s1: search } })
  const found = findings as readonly Found[]
  const pids = found.map(({ process }) => process.pid)
  return { found, errors, pids, statistics: statistics[0] as Outcome['statistics'] }
}

const hexOf = (text: string): string => Buffer.from(text).toString('hex')

/** A mapping of a made-up process: bytes from an address on; the next ones follow where their addresses say. */
interface FakeMapping {
  readonly at: number
  readonly bytes: Buffer
  readonly permissions?: string
  readonly name?: string
  /** Of its file system, as maps shows it. */
  readonly device?: string
  /** Listed, but not in the file that stands for memory. */
  readonly isMissing?: boolean
}

function machineOf(
  process: FakeProcess,
  mappings: readonly FakeMapping[],
  pagemap?: Buffer,
  more: Readonly<Record<string, string>> = {},
): TestMachine {
  const hex = (value: number): string => value.toString(16)
  const end = Math.max(0, ...mappings.map(({ at, bytes }) => at + bytes.length))
  const image = Buffer.alloc(end)
  for (const { at, bytes, isMissing } of mappings) if (isMissing !== true) bytes.copy(image, at)
  const maps = mappings.map(
    ({ at, bytes, permissions = 'rw-p', name = '', device = '00:00' }) =>
      `${hex(at)}-${hex(at + bytes.length)} ${permissions} 00000000 ${device} 0    ${name}\n`,
  )
  const folder = `/proc/${process.pid}`
  return createMachine(
    linuxMachine([process, { pid: 2, name: 'kthreadd' }], {
      [`${folder}/maps`]: maps.join(''),
      [`${folder}/mem`]: image,
      ...(pagemap === undefined ? {} : { [`${folder}/pagemap`]: pagemap }),
      ...more,
    }),
  )
}

const PAGE = 4096
const page = (text: string): Buffer => Buffer.concat([Buffer.from(text)], PAGE)
const VICTIM: FakeProcess = { pid: 70, name: 'victim', exe: '/opt/bin/tool (deleted)' }

describe('memory filters', () => {
  const mappings = [
    { at: 0x1000, bytes: page('code'), permissions: 'r-xp', name: '/opt/bin/tool (deleted)' },
    { at: 0x3000, bytes: page('one secret\nsecond line\r\n'), name: '[heap]' },
    { at: 0x6000, bytes: page('\0two secrets'), name: '/lib/libssl.so.3' },
    { at: 0x9000, bytes: page('hidden'), permissions: '---p' },
  ]
  it.each<[string, object, boolean]>([
    ['nothing: all', {}, true],
    ['its path', { names: ['^/opt/bin/tool$'] }, true],
    ['its name', { names: ['^victim$'] }, true],
    ['another name', { names: ['other'] }, false],
    ['not another name', { names: ['!other'] }, true],
    ['not its name', { names: ['!victim'] }, false],
    ['a library', { libraries: ['libssl\\.so\\.3$'] }, true],
    ['a deleted file', { libraries: ['tool \\(deleted\\)$'] }, true],
    ['what is no file', { libraries: ['heap'] }, false],
    ['no such library', { libraries: ['!libcrypto'] }, true],
    ['not its library', { libraries: ['!libssl'] }, false],
    ['a content', { contents: ['secret'] }, true],
    ['a whole line', { contents: ['^second line$'] }, true],
    ['another whole line', { contents: ['^line$'] }, false],
    ['across lines', { contents: ['(?s)secret.second'] }, false],
    ['behind a zero', { contents: ['\\x00two secrets\\x00'] }, true],
    ['bytes', { bytes: [hexOf('secret\nsecond')] }, true],
    ['other bytes', { bytes: ['deadbeef'] }, false],
    ['what may not be read', { contents: ['hidden'] }, false],
    ['all at once', { names: ['tool'], libraries: ['ssl'], contents: ['one', 'two'] }, true],
    ['one that is not', { names: ['tool'], contents: ['one', 'three'] }, false],
  ])('find by %s', async (_, fields, expected) => {
    using machine = machineOf(VICTIM, mappings)
    const { pids, errors } = await find(memoryOn(machine), fields)
    expect(pids.includes(70)).toBe(expected)
    expect(errors).toEqual([])
  })

  it('of which one is enough name those that hit, but no contents or bytes', async () => {
    using machine = machineOf(VICTIM, mappings)
    const fields = { names: ['x', 'tool'], libraries: ['ssl'], contents: ['secret', 'none'] }
    const { found } = await find(memoryOn(machine), fields, { matchall: false })
    expect(found.map(({ process, checks, hits }) => [process.pid, checks, hits])).toEqual([
      [70, { names: ['tool'], libraries: ['ssl'] }, 2],
    ])
  })

  it('are told where they hold something in a file whose path no answer can hold, cut', async () => {
    const name = `/${'a/'.repeat(10_000)}x.so`
    const mapped = [{ at: 0x1000, bytes: Buffer.from('secret'), name }]
    using machine = machineOf(VICTIM, mapped)
    const { found, errors } = await find(memoryOn(machine), { contents: ['secret'] })
    expect(found).toMatchObject([{ hits: 1, places: [{ start: '0x1000' }] }])
    const [place] = found[0]?.places ?? []
    expect(place?.mapping).toBe(`${name.slice(0, 16_381)}...`)
    expect(errors).toEqual([])
  })

  it('answer with pages and what is mapped there, and never with contents', async () => {
    using machine = machineOf(VICTIM, mappings)
    const module = memoryOn(machine)
    const parameters = {
      searches: {
        s1: { contents: ['(one|two) secret'], options: { matchall: true } },
        s2: { bytes: ['ffffff'], options: { matchall: true } },
      },
    }
    const { findings, statistics } = await runModule(module, parameters)
    const elements = module.arrange(findings, parameters)
    expect(elements).toEqual({
      s1: [
        {
          process: { name: '/opt/bin/tool', pid: 70, deleted: true },
          search: { contents: ['(one|two) secret'], options: { matchall: true } },
          hits: 2,
          places: [
            { start: '0x3000', permissions: 'rw-p', mapping: '[heap]' },
            { start: '0x6000', permissions: 'rw-p', mapping: '/lib/libssl.so.3' },
          ],
        },
      ],
      s2: [],
    })
    expect(module.lines({ elements, statistics: statistics[0] }, { foundOnly: false })).toEqual([
      "/opt/bin/tool [pid:70, deleted] in search 's1', 2 pages with hits, in 0x3000 rw-p [heap], 0x6000 rw-p /lib/libssl.so.3",
      "0 match found in search 's2'",
      expect.stringMatching(/^Statistics: 2 processes checked, 12288 bytes read, 0 pages failed/),
    ])
  })
})

describe('memory limits', () => {
  const line = (text: string): Buffer => Buffer.alloc(4 * PAGE, `${text}\n`)
  const mappings = [
    { at: 0x10000, bytes: line('first') },
    { at: 0x14000, bytes: line('second') },
  ]

  it.each<[string, object, string[]]>([
    ['all', {}, ['first', 'second']],
    ['from an address on', { offset: 0x14000 }, ['second']],
    ['up to a length', { maxlength: 4 * PAGE }, ['first']],
    ['from an address on, up to a length', { offset: 0x13ff0, maxlength: 16 }, ['first']],
    ['no memory behind its end', { offset: 0x20000 }, []],
  ])('look at %s', async (_, options, expected) => {
    using machine = machineOf(VICTIM, mappings)
    for (const word of ['first', 'second']) {
      const { pids } = await find(memoryOn(machine), { contents: [word] }, options)
      expect(pids.length > 0).toBe(expected.includes(word))
      const inBytes = await find(memoryOn(machine), { bytes: [hexOf(word)] }, options)
      expect(inBytes.pids.length > 0).toBe(expected.includes(word))
    }
  })

  it('are said where they cut, and count for one search only', async () => {
    using machine = machineOf(VICTIM, mappings)
    const { findings, errors } = await runModule(memoryOn(machine), {
      searches: {
        cut: { contents: ['second'], options: { matchall: true, maxlength: 100 } },
        whole: { contents: ['second'], options: { matchall: true } },
      },
    })
    expect((findings as readonly Found[]).map(({ search }) => search)).toEqual(['whole'])
    expect(errors).toEqual(["search 'cut' looked at no more than its maxlength of some processes"])
  })

  const saysMore = 'count up to 10,000 pages, tell 16 mappings, and say that there may be more'
  it(saysMore, { timeout: 120_000 }, async () => {
    const bytes = Buffer.alloc(510 * PAGE, 'ab\n')
    const mappings = Array.from({ length: 20 }, (_, index) => ({ at: index * bytes.length, bytes }))
    using machine = machineOf(VICTIM, mappings)
    for (const fields of [{ contents: ['a'] }, { contents: ['[a-b]+$'] }, { bytes: ['61'] }]) {
      const { found } = await find(memoryOn(machine), fields)
      expect(found[0]).toMatchObject({ hits: 10_000, more: true })
      expect(found[0]?.places).toHaveLength(16)
    }
  })
})

describe('memory that is odd', () => {
  it('is read only where the process has touched it', async () => {
    const entry = (isIn: boolean): Buffer => {
      const bytes = Buffer.alloc(8)
      bytes.writeBigUInt64LE(isIn ? 1n << 63n : 1n << 55n)
      return bytes
    }
    const isIn = [false, true, false, true, true, false]
    const pagemap = Buffer.concat([Buffer.alloc(8 * 16), ...isIn.map(entry)])
    const pages = isIn.map((_, index) => page(`needle-${index}`))
    using machine = machineOf(VICTIM, [{ at: 16 * PAGE, bytes: Buffer.concat(pages) }], pagemap)
    const { found, statistics } = await find(memoryOn(machine), { contents: ['needle-[0-9]'] })
    expect(found[0]).toMatchObject({ hits: 3, places: [{ start: '0x10000' }] })
    expect(statistics).toMatchObject({ memoryread: 3 * PAGE, failures: 0 })
  })

  it('in neighbouring mappings is one, and behind a gap another', async () => {
    const split = (gap: number): FakeMapping[] => [
      { at: 0x1000, bytes: Buffer.concat([Buffer.alloc(PAGE - 3, '.'), Buffer.from('nee')]) },
      { at: 0x2000 + gap, bytes: page('dle') },
    ]
    for (const gap of [0, PAGE]) {
      using machine = machineOf(VICTIM, split(gap))
      for (const fields of [{ contents: ['needle'] }, { bytes: [hexOf('needle')] }])
        expect((await find(memoryOn(machine), fields)).pids).toEqual(gap === 0 ? [70] : [])
    }
  })

  it('that ends while it is read is no error', async () => {
    using machine = machineOf(VICTIM, [{ at: 0x1000, bytes: page('needle') }])
    using longer = createMachine(
      linuxMachine([VICTIM], {
        '/proc/70/maps': '1000-900000000 rw-p 00000000 00:00 0 \n',
        '/proc/70/mem': Buffer.alloc(0x1000),
      }),
    )
    expect((await find(memoryOn(longer), { contents: ['x'] })).errors).toEqual([])
    expect((await find(memoryOn(machine), { contents: ['needle'] })).pids).toEqual([70])
  })

  it('is never read where devices are mapped, nor what the kernel maps for itself', () => {
    const readable = (name: string): boolean =>
      [...parseMaps(Buffer.from(`1000-2000 rw-p 0 00:00 0   ${name}\n`))].every(isReadable)
    for (const name of ['/dev/mem', '/dev/dri/card0', '[vvar]', '[vvar_vclock]', '[vsyscall]'])
      expect(readable(name)).toBe(false)
    for (const name of ['', '[heap]', '/dev/shm/x', '/dev/zero (deleted)', '/devices', '/memfd:x'])
      expect(readable(name)).toBe(true)
  })

  it('may have mappings of any name', () => {
    const lines = ['1000-2000 rw-p 0 00:00 5   /a b (c)', 'junk', '', '7fff-8000 r--p 0 00:00 5 /x']
    const raw = Buffer.concat([Buffer.from(lines.join('\n')), Buffer.from([0xff, 10])])
    expect([...parseMaps(raw)].map(({ start, name }) => [start, name.text])).toEqual([
      [0x1000n, '/a b (c)'],
      [0x7fffn, '/x\\xff'],
    ])
  })
})

/** Bits of an entry of a pagemap. */
const PRESENT = 1n << 63n
const SWAPPED = 1n << 62n
const OF_FILE = 1n << 61n

describe('memory of mapped files', () => {
  /** One page of each kind: its file's own, its file's own shared, changed by the process and swapped out, changed by the process. */
  const kinds = [PRESENT | OF_FILE, PRESENT | OF_FILE, SWAPPED, PRESENT]
  const pagemap = Buffer.alloc(8 * 20)
  kinds.forEach((entry, index) => pagemap.writeBigUInt64LE(entry, 8 * (16 + index)))
  const bytes = Buffer.concat(kinds.map((_, index) => page(`needle-${index}`)))
  const mount = (device: string, kind: string): string =>
    `36 35 ${device} / /mnt/a\\040-\\040ext4 rw,noatime master:1 propagate_from:2 - ${kind} x rw\n`

  /** Pages of a file on this device that are read, and what is said. */
  async function readFrom(
    device: string,
    [here, there]: readonly [string, string],
    isMapped = true,
  ): Promise<readonly [number, number, readonly string[]]> {
    const mapped = [{ at: 16 * PAGE, bytes, name: '/mnt/file', device }]
    using machine = machineOf(VICTIM, mapped, isMapped ? pagemap : undefined, {
      '/proc/self/mountinfo': here,
      '/proc/70/mountinfo': there,
    })
    const { found, statistics, errors } = await find(memoryOn(machine), { contents: ['needle'] })
    return [found[0]?.hits ?? 0, Number(statistics['memoryread']) / PAGE, errors]
  }
  const said = (pages: number): string[] => [
    `${pages} pages of memory belong to files on no local file system (FUSE, network), and were not read`,
  ]

  const DEVTMPFS = mount('0:6', 'devtmpfs')
  const HOST = `${DEVTMPFS}${mount('0:21', 'proc')}${mount('8:1', 'ext4')}`
  it.each<[string, string, [string, string]]>([
    ['on a disk', '08:01', [mount('8:1', 'ext4'), '']],
    ['in a subvolume', '00:2a', [mount('0:42', 'btrfs'), '']],
    ['of a container that root made', '00:30', [mount('0:48', 'overlay'), '']],
    ['in memory, mounted in a name space of its own', '00:31', ['', mount('0:49', 'tmpfs')]],
    ['of a process that is locked into a folder', '08:01', [mount('8:1', 'xfs'), '']],
    ['in memory that is shared', '00:01', ['', '']],
    ['in huge pages that are shared', '00:0f', [HOST, '']],
    ['that are none', '00:00', ['', '']],
  ])('is read whole of those %s', async (_, device, tables) => {
    expect(await readFrom(device, tables)).toEqual([4, 4, []])
    expect(await readFrom(device, tables, false)).toEqual([4, 4, []])
  })

  it.each<[string, string, [string, string]]>([
    ['by FUSE', '00:2a', [mount('0:42', 'fuse.sshfs'), '']],
    ['by FUSE on a device', '08:01', [mount('8:1', 'fuseblk'), '']],
    ['by FUSE in a name space of its own', '00:2a', [HOST, mount('0:42', 'fuse')]],
    ['by a server', '00:2a', [mount('0:42', 'nfs4'), '']],
    ['by an overlay that a user mounted', '00:2a', [HOST, mount('0:42', 'overlay')]],
    ['by what is mounted nowhere', '00:2a', [HOST, '']],
    ['by something mounted on a container', '00:0f', [mount('0:30', 'overlay'), '']],
    ['by something with a number of the system', '2a:01', [mount('1:42', 'ext4'), '']],
  ])('is read where the process changed it of those served %s', async (_, device, tables) => {
    expect(await readFrom(device, tables)).toEqual([2, 2, said(2)])
    expect(await readFrom(device, tables, false)).toEqual([0, 0, said(4)])
  })
})

describe('memory parameters', () => {
  it('count contents and byte strings as probes', () => {
    const search = { contents: ['a', 'b'], bytes: ['00'], names: ['c'], libraries: ['d'] }
    expect(memory.probes({ searches: { s1: search, s2: search } })).toBe(6)
  })

  it('come from flags', () => {
    const typed = ['-name', 'a', '-lib', 'b', '-content', 'c', '-bytes', '00', '-bytes', 'ff']
    const limits = ['-offset', '0x7f0000000000', '-maxlength', '1000000', '-logfailures']
    expect(memory.fromFlags(parseFlags(memory, [...typed, ...limits]))).toEqual({
      searches: {
        s1: {
          ...{ names: ['a'], libraries: ['b'], contents: ['c'], bytes: ['00', 'ff'] },
          options: {
            ...{ offset: 0x7f00_0000_0000, maxlength: 1_000_000 },
            ...{ logfailures: true, matchall: true },
          },
        },
      },
    })
    expect(() => memory.fromFlags(new Map([['offset', ['-1']]]))).toThrow(ParameterError)
    expect(() => memory.fromFlags(new Map([['maxdepth', ['1']]]))).toThrow(ParameterError)
  })

  it('refuse what cannot be told, and say how to write it', () => {
    expect(() => {
      memory.check({ searches: { s1: { contents: ['!x'] } } })
    }).toThrow(/write \\!/)
    memory.check({ searches: { s1: { contents: ['\\!x', 'a!'] } } })
  })
})

describe('memory elsewhere', () => {
  it.each(['darwin', 'win32', 'freebsd'] as const)('is unsupported on %s', async (platform) => {
    using machine = createMachine({ platform })
    await expect(find(memoryOn(machine))).rejects.toThrow(UnsupportedError)
  })
})

/** Holds a needle that stands nowhere else: it is sent in pieces, and put together there. */
const HOLDER = `
import ctypes, mmap, sys
name, size, sparse = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
with open('/proc/self/comm', 'w') as comm: comm.write(name)
heap = mmap.mmap(-1, size, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
heap.write(bytes(range(256)) * (size // 256))
hole = mmap.mmap(-1, sparse, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS | 0x4000) if sparse else None
if hole: hole[sparse // 2:sparse // 2 + 1] = b'x'
first, second = sys.stdin.readline().split()
at = (1 << 20) - len(first)
heap[at:at + len(first)] = first.encode()
heap[at + len(first):at + len(first) + len(second)] = second.encode()
print('ready', flush=True)
sys.stdin.readline()
`

interface Holder extends Disposable {
  readonly child: ChildProcess
  readonly pid: number
  readonly needle: string
}

/** `size` bytes are used, `sparse` further ones only reserved. */
async function startHolder(name: string, { size = 4 << 20, sparse = 0 } = {}): Promise<Holder> {
  const needle = randomBytes(12).toString('hex')
  const args = ['-c', HOLDER, name, String(size), String(sparse)]
  const child = spawn('python3', args, { stdio: ['pipe', 'pipe', 'inherit'] })
  child.stdin.write(`${needle.slice(0, 10)} ${needle.slice(10)}\n`)
  await once(child.stdout, 'data')
  return {
    child,
    pid: child.pid ?? 0,
    needle,
    [Symbol.dispose]: () => {
      child.kill('SIGKILL')
    },
  }
}

const isLinux = process.platform === 'linux'
const has = (program: string): boolean =>
  ['/usr/bin', '/bin', '/usr/local/bin'].some((folder) => existsSync(`${folder}/${program}`))

describe.skipIf(!isLinux || !has('python3'))('memory of a child', () => {
  let holder: Holder
  beforeAll(async () => {
    holder = await startHolder('mig (holder')
  })
  afterAll(() => {
    holder[Symbol.dispose]()
  })
  const names = ['^mig \\(holder$']

  it.each<[string, (needle: string) => object]>([
    ['a text', (needle) => ({ contents: [needle] })],
    ['a byte string', (needle) => ({ bytes: [hexOf(needle)] })],
    [
      'an expression with a text',
      (needle) => ({ contents: [`${needle.slice(0, 8)}[0-9a-f]{16}`] }),
    ],
    [
      'an expression without one',
      (needle) => ({ contents: [`[${needle.slice(0, 1)}][0-9a-f]{23}`] }),
    ],
  ])('holds the needle, across a border of 1 MiB, found by %s', async (_, fields) => {
    const { found, pids, errors } = await find(memory, { names, ...fields(holder.needle) })
    expect(pids).toEqual([holder.pid])
    expect(found[0]?.hits).toBeGreaterThan(0)
    expect(JSON.stringify(found)).not.toContain(holder.needle)
    expect(errors).toEqual([])
  })

  it('does not hold another needle', async () => {
    const other = randomBytes(12).toString('hex')
    const fields = { names, contents: [other] }
    expect((await find(memory, fields)).pids).toEqual([])
    expect((await find(memory, { names, bytes: [hexOf(other)] })).pids).toEqual([])
  })

  it('is found without the process that searches, which holds it too', async () => {
    const own = readFileSync('/proc/self/comm', 'utf8').trim().replace(/\W/g, '\\$&')
    const fields = { names: [`^mig \\(holder$|^${own}$`], contents: [holder.needle] }
    const { pids } = await find(memory, fields)
    expect(pids).toContain(holder.pid)
    expect(pids).not.toContain(process.pid)
  })

  it.skipIf(!has('yara'))('holds what yara finds', async () => {
    using tree = createFileTree({
      rules: `rule r { strings: $a = "${holder.needle}" condition: $a }\n`,
    })
    const printed = execFileSync('yara', ['-s', tree.at('rules'), String(holder.pid)], {
      encoding: 'utf8',
    })
    const mappings = [...parseMaps(readFileSync(`/proc/${holder.pid}/maps`))]
    const starts = [...printed.matchAll(/^0x([0-9a-f]+):/gm)].map(([, digits = '']) => {
      const address = BigInt(`0x${digits}`)
      return mappings.find(({ start, end }) => start <= address && address < end)?.start
    })
    const { found } = await find(memory, { names, bytes: [hexOf(holder.needle)] })
    expect(starts.length).toBeGreaterThan(0)
    expect(found[0]?.places?.map((place) => BigInt(place.start))).toEqual([...new Set(starts)])
  })

  it('is told by its libraries as /proc tells them', async () => {
    const maps = readFileSync(`/proc/${holder.pid}/maps`, 'utf8')
    const [, library = ''] = /(\/\S*libc[.-]\S*)$/m.exec(maps) ?? []
    expect(library).not.toBe('')
    const escaped = library.replace(/[.+]/g, '\\$&')
    expect((await find(memory, { names, libraries: [`^${escaped}$`] })).pids).toEqual([holder.pid])
  })
})

describe.skipIf(!isLinux || !has('python3'))('memory of hostile children', () => {
  it('may reserve 27 GB without making us read it', async () => {
    using holder = await startHolder('mig-sparse', { sparse: 27_000_000_000 })
    const fields = { names: ['^mig-sparse$'], contents: [holder.needle] }
    const { pids, statistics } = await find(memory, fields)
    expect(pids).toEqual([holder.pid])
    expect(statistics['memoryread']).toBeLessThan(100_000_000)
  })

  it('is left at once when the run is called off', async () => {
    using holder = await startHolder('mig-abort', { size: 256 << 20, sparse: 27_000_000_000 })
    const search = { names: ['^mig-abort$'], contents: [`${holder.needle}|[a-z]{40}`] }
    await requirePromptStops(memory, () => ({
      searches: { s1: { ...search, options: { matchall: true } } },
    }))
  })

  it('may end while it is looked at', async () => {
    const holders = await Promise.all(['a', 'b', 'c', 'd'].map((one) => startHolder(`mig-e${one}`)))
    const run = find(memory, { names: ['^mig-e'], contents: ['[0-9]{60}'] })
    for (const holder of holders) holder[Symbol.dispose]()
    expect((await run).pids).toEqual([])
  })

  it('may be of a program whose file was deleted', async () => {
    using tree = createFileTree()
    const place = tree.at('holder')
    copyFileSync('/bin/sh', place)
    const child = spawn(place, ['-c', 'echo ready; read line'], {
      stdio: ['pipe', 'pipe', 'ignore'],
    })
    try {
      await once(child.stdout, 'data')
      rmSync(place)
      const { found } = await find(memory, { names: [`^${place}$`] })
      expect(found.map(({ process }) => process)).toEqual([
        { name: place, pid: child.pid, deleted: true },
      ])
    } finally {
      child.kill('SIGKILL')
    }
  })
})
