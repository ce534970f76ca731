/** What `file` does on a real host: links, pipes, odd names, broken and huge files; and that it finds what find, grep and sha256sum find. */
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  appendFileSync,
  chmodSync,
  lstatSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { userInfo } from 'node:os'
import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { file } from '../../agent-modules/file/index.ts'
import { RegularFile } from '../../agent-modules/support/regular-file.ts'
import { requirePromptStops, runModule } from '../laws/module.ts'
import { createFileTree } from './file-tree.ts'

interface Found {
  readonly file: string
  readonly file64?: string
  readonly size: number
  readonly sha256?: string
}
interface Outcome {
  readonly found: readonly Found[]
  readonly names: readonly string[]
  readonly errors: readonly string[]
  readonly statistics: unknown
}

async function find(root: string, fields: object = {}, options: object = {}): Promise<Outcome> {
  const search = { paths: [root], ...fields, options: { matchall: true, ...options } }
  const { findings, errors, statistics } = await runModule(file, { searches: { s1: search } })
  const found = findings as readonly Found[]
  const names = found.map((one) => one.file.slice(root.length + 1))
  return { found, names, errors, statistics: statistics[0] }
}

const run = (program: string, ...args: readonly string[]): string =>
  execFileSync(program, args, {
    encoding: 'utf8',
    env: { ...process.env, LC_ALL: 'C' },
    maxBuffer: 1 << 28,
  })
const linesOf = (text: string): string[] =>
  text
    .split('\n')
    .filter((line) => line !== '')
    .sort()
const sha256 = (bytes: string | Uint8Array): string =>
  createHash('sha256').update(bytes).digest('hex').toUpperCase()

describe('symbolic links', () => {
  it('to files are followed inside the path searched only, and the others are counted', async () => {
    using tree = createFileTree({
      'in/real': 'secret',
      'in/sub/real': 'secret',
      out: 'secret',
      'inside/x': 'secret',
    })
    symlinkSync('sub/real', tree.at('in/link'))
    symlinkSync('../out', tree.at('in/escape'))
    symlinkSync('../inside/x', tree.at('in/sibling'))
    symlinkSync('nowhere', tree.at('in/dangling'))
    symlinkSync('..', tree.at('in/parent'))
    const { names, errors, statistics } = await find(tree.at('in'), { contents: ['secret'] })
    expect(names).toEqual(['link', 'real', 'sub/real'])
    expect(errors).toEqual(['2 links lead outside the paths searched and were not followed'])
    expect(statistics).toMatchObject({ linksoutside: 2 })
  })

  it('that a person named are followed', async () => {
    using tree = createFileTree({ 'real/a': 'a', file: 'b' })
    symlinkSync('real', tree.at('directory'))
    symlinkSync('file', tree.at('link'))
    expect((await find(tree.at('directory'), { contents: ['a'] })).names).toEqual(['a'])
    expect((await find(tree.at('link'), { contents: ['b'] })).found).toHaveLength(1)
  })
})

describe('what is not a regular file', () => {
  it('is neither listed nor opened: a pipe would block for ever', async () => {
    using tree = createFileTree({ a: 'x' })
    run('mkfifo', tree.at('pipe'))
    expect((await find(tree.root, { contents: ['x'] })).names).toEqual(['a'])
    expect((await find(tree.at('pipe'), { contents: ['x'] })).names).toEqual([])
    expect(RegularFile.open(tree.at('pipe'), Buffer.alloc(1))).toBeUndefined()
    expect(() => RegularFile.open('/proc/self/exe', Buffer.alloc(1))).toThrow(/ELOOP/)
  })
})

describe('names that are not UTF-8', () => {
  it('are shown escaped, carried as base64, and can be searched, read and entered', async () => {
    using tree = createFileTree()
    const raw = (...parts: readonly (string | number[])[]): Buffer =>
      Buffer.concat([tree.root, ...parts].map((part) => Buffer.from(part as string)))
    tree.write('d/plain', 'needle')
    writeFileSync(raw('/d/caf', [0xe9]), 'needle')
    writeFileSync(raw('/d/caf\u00e9\ufffd'), 'needle')
    const { found } = await find(
      tree.root,
      { names: ['^caf.'], contents: ['needle'] },
      { returnsha256: true },
    )
    expect(found).toMatchObject([
      {
        file: tree.at('d/caf\\xe9'),
        file64: raw('/d/caf', [0xe9]).toString('base64'),
        sha256: sha256('needle'),
      },
      { file: tree.at('d/caf\u00e9\ufffd'), sha256: sha256('needle') },
    ])
    expect(found[1]).not.toHaveProperty('file64')
  })

  it('of directories too', async () => {
    using tree = createFileTree()
    const directory = Buffer.concat([Buffer.from(`${tree.root}/`), Buffer.from([0xff, 0x41])])
    const inner = Buffer.concat([directory, Buffer.from('/inner')])
    execFileSync('sh', ['-c', 'mkdir "$(printf "$1/\\377A")"', 'sh', tree.root])
    writeFileSync(inner, 'needle')
    const { found } = await find(tree.root, { contents: ['needle'] })
    expect(found).toMatchObject([
      { file: tree.at('\\xffA/inner'), file64: inner.toString('base64') },
    ])
  })

  it('and names with control characters cannot disturb a terminal', async () => {
    using tree = createFileTree({ 'a\nb\u001b[2J': '' })
    const parameters = { searches: { s1: { paths: [tree.root] } } }
    const { findings } = await runModule(file, parameters)
    const [line] = file.lines({ elements: file.arrange(findings, parameters) }, { foundOnly: true })
    expect(line).toContain('a\\x0ab\\x1b[2J [')
  })
})

describe('a directory too large to be read at once', () => {
  it('gives the same files in the same order', async () => {
    using tree = createFileTree()
    const names = Array.from({ length: 9000 }, (_, index) => `${(index * 7919) % 9000}`)
      .map((name) => name.padStart(name.length % 2 === 0 ? 100 : 99, 'é'))
      .map((name, index) => (index % 100 === 0 ? `${name}-wanted` : name))
    for (const name of names) tree.write(name)
    const { names: found, statistics } = await find(tree.root, { names: ['-wanted$'] })
    expect(found).toEqual(names.filter((name) => name.endsWith('-wanted')).sort())
    expect(statistics).toMatchObject({ filescount: names.length })
  })
})

describe('content', () => {
  it('of any line length is searched, also across the chunks it is read in', async () => {
    using tree = createFileTree()
    const long = Buffer.alloc(20 * 1024 * 1024, 'x')
    const needle = Buffer.from('needle-7')
    needle.copy(long, 256 * 1024 - 3)
    tree.write('one-line', long)
    tree.write('without', Buffer.alloc(1024 * 1024, 'x'))
    expect((await find(tree.root, { contents: ['x?needle-\\dx+$'] })).names).toEqual(['one-line'])
    expect((await find(tree.root, { contents: ['(?i)NEEDLE'] })).names).toEqual(['one-line'])
    expect((await find(tree.root, { bytes: [needle.toString('hex')] })).names).toEqual(['one-line'])
    expect((await find(tree.root, { contents: ['!needle'] })).names).toEqual(['without'])
    expect((await find(tree.root, { sha2: [sha256(long)] })).names).toEqual(['one-line'])
  })

  it('searched with a slow pattern does not keep the run from being stopped', async () => {
    using tree = createFileTree()
    const digits = Buffer.alloc(8 * 1024 * 1024, '0').map(
      (zero, index) => zero + (((index * index) >> 7) % 2),
    )
    tree.write('digits', Buffer.concat([digits, digits]))
    const slow = { paths: [tree.root], contents: ['[01]*1[01]{200}2'], options: { matchall: true } }
    await requirePromptStops(file, () => ({ searches: { s1: slow } }))
  })

  it('stops being read at the first hit', async () => {
    using tree = createFileTree()
    tree.write('big', Buffer.concat([Buffer.from('needle\n'), Buffer.alloc(8 * 1024 * 1024)]))
    const { statistics } = await find(tree.root, { contents: ['needle'] })
    expect(statistics).toMatchObject({ totalhits: 1, bytesread: 64 * 1024 })
  })

  it('of /proc is read though it has no size', async () => {
    expect((await find('/proc/uptime', { contents: ['^[0-9]+\\.[0-9]+ '] })).found).toHaveLength(1)
    const own = { names: ['^status$'], contents: [`^Pid:\\s+${process.pid}$`] }
    const { names } = await find('/proc', own, { maxdepth: 2 })
    expect(names).toEqual([`${process.pid}/status`])
  })

  it('that is appended while it is read does not count', () => {
    using tree = createFileTree({ log: 'before' })
    const open = RegularFile.open(tree.at('log'), Buffer.alloc(4))
    appendFileSync(tree.at('log'), ' after')
    expect(open?.next()).toMatchObject({ bytes: Buffer.from('befo'), isLast: false })
    expect(open?.next()).toMatchObject({ bytes: Buffer.from('re'), isLast: true })
    expect(open?.next()).toBeUndefined()
    open?.close()
  })
})

describe('decompress', () => {
  const text = 'first line\nneedle in gzip\n'

  it('looks into gzip files, for the searches that ask for it, each file read once', async () => {
    using tree = createFileTree({ 'a.gz': gzipSync(text), 'b.txt': text })
    const search = { paths: [tree.root], contents: ['needle'] }
    const { findings, statistics } = await runModule(file, {
      searches: {
        plain: { ...search, options: { matchall: true } },
        unpacked: { ...search, options: { matchall: true, decompress: true, returnsha256: true } },
        hashed: {
          paths: [tree.root],
          sha2: [sha256(text)],
          options: { matchall: true, decompress: true },
        },
      },
    })
    expect(
      (findings as { search: string; file: string }[])
        .map((one) => `${one.search} ${one.file.slice(-5)}`)
        .sort(),
    ).toEqual(['hashed /a.gz', 'hashed b.txt', 'plain b.txt', 'unpacked /a.gz', 'unpacked b.txt'])
    expect(findings).toContainEqual(
      expect.objectContaining({ search: 'unpacked', file: tree.at('a.gz'), sha256: sha256(text) }),
    )
    expect(statistics).toMatchObject([{ bytesread: gzipSync(text).length + text.length }])
  })

  it('looks into all members of a file of several', async () => {
    using tree = createFileTree({
      'a.gz': Buffer.concat([gzipSync('first\n'), gzipSync('needle\n')]),
    })
    expect((await find(tree.root, { contents: ['^needle$'] }, { decompress: true })).names).toEqual(
      ['a.gz'],
    )
  })

  it('says what is broken, and never finds by what it could not see', async () => {
    using tree = createFileTree({
      'cut.gz': gzipSync(text).subarray(0, -9),
      'junk.gz': Buffer.from('1f8b0001020304', 'hex'),
    })
    const { names, errors } = await find(tree.root, { contents: ['!absent'] }, { decompress: true })
    expect(names).toEqual([])
    expect(errors).toEqual(['cut.gz', 'junk.gz'].map((name) => `${tree.at(name)}: not valid gzip`))
  })

  it('stops at a bound in a file that unpacks to very much', async () => {
    const member = gzipSync(Buffer.alloc(16 * 1024 * 1024))
    using tree = createFileTree({ 'bomb.gz': Buffer.concat(Array<Buffer>(20).fill(member)) })
    const { names, errors } = await find(tree.root, { contents: ['!needle'] }, { decompress: true })
    expect(names).toEqual([])
    expect(errors).toEqual([
      `${tree.at('bomb.gz')}: unpacks to more than 268435456 bytes, the rest was not looked at`,
    ])
  })
})

describe('what cannot be read', () => {
  it('is an error of the answer, and the search goes on', async () => {
    using tree = createFileTree({ 'closed/x': 'x', denied: 'x', open: 'x' })
    chmodSync(tree.root, 0o755)
    chmodSync(tree.at('denied'), 0)
    chmodSync(tree.at('closed'), 0)
    const { names, errors, statistics } = await asNobody(() =>
      find(tree.root, { contents: ['!y'] }),
    )
    expect(names).toEqual(['open'])
    expect(errors).toEqual(
      ['closed', 'denied'].map((name) => `${tree.at(name)}: permission denied (EACCES)`),
    )
    expect(statistics).toMatchObject({ openfailed: 1, totalhits: 1 })
    chmodSync(tree.at('closed'), 0o700)
  })

  it('because it vanished is counted', async () => {
    using tree = createFileTree({ a: '', b: '', 'c/x': '', d: '' })
    let statistics: unknown
    const errors: string[] = []
    const running = file.run(
      { searches: { s1: { paths: [tree.root] } } },
      {
        signal: new AbortController().signal,
        startedAtMs: 0,
        reportError: (message) => errors.push(message),
        reportStatistics: (reported) => (statistics = reported),
      },
    )
    const found: string[] = []
    for await (const finding of running) {
      found.push((finding as Found).file)
      rmSync(tree.at('b'), { force: true })
      rmSync(tree.at('c'), { recursive: true, force: true })
    }
    expect(found).toEqual([tree.at('a'), tree.at('d')])
    expect(errors).toEqual([])
    expect(statistics).toMatchObject({ totalhits: 2, vanished: 2 })
  })

  it('because the run was called off in the middle of many names is said', async () => {
    using tree = createFileTree()
    for (let index = 0; index < 3000; index += 1) tree.write(`file${index}`)
    const names = Array.from({ length: 500 }, (_, index) => `x{${index + 1}}$`)
    const controller = new AbortController()
    setImmediate(() => {
      controller.abort()
    })
    const { errors } = await runModule(
      file,
      { searches: { s1: { paths: [tree.root], names } } },
      { signal: controller.signal },
    )
    expect(errors).toEqual(['stopped before the end of the search'])
  })

  it('because the run was called off leaves its findings and says so', async () => {
    using tree = createFileTree({ a: '', b: '' })
    const controller = new AbortController()
    const errors: string[] = []
    const found: unknown[] = []
    const running = file.run(
      { searches: { s1: { paths: [tree.root] } } },
      {
        signal: controller.signal,
        startedAtMs: 0,
        reportError: (message) => errors.push(message),
        reportStatistics: () => undefined,
      },
    )
    for await (const finding of running) {
      found.push(finding)
      controller.abort()
    }
    expect(found).toHaveLength(1)
    expect(errors).toEqual(['stopped before the end of the search'])
  })
})

/** Root reads everything: as root, become nobody meanwhile. */
async function asNobody<T>(action: () => Promise<T>): Promise<T> {
  if (userInfo().uid !== 0) return await action()
  process.seteuid?.(65_534)
  try {
    return await action()
  } finally {
    process.seteuid?.(0)
  }
}

describe.skipIf(process.platform !== 'linux')('finds what the tools of the host find', () => {
  const BIN = '/usr/bin'
  const isFile = (path: string): boolean => lstatSync(path).isFile()

  it('find: names, and links that stay inside', async () => {
    const { found } = await find(BIN, { names: ['^[a-m].*[^0-9]$'] })
    const files = linesOf(
      run('find', BIN, '-type', 'f', '-name', '[a-m]*', '-not', '-name', '*[0-9]'),
    )
    expect(
      found
        .map((one) => one.file)
        .filter(isFile)
        .sort(),
    ).toEqual(files)
    const links = linesOf(
      run('find', BIN, '-type', 'l', '-xtype', 'f', '-name', '[a-m]*', '-not', '-name', '*[0-9]'),
    )
    const inside = links.filter((link) => realpathSync(link).startsWith(`${realpathSync(BIN)}/`))
    expect(
      found
        .map((one) => one.file)
        .filter((path) => !isFile(path))
        .sort(),
    ).toEqual(inside)
  })

  it('find: sizes and modes', async () => {
    const { found } = await find(BIN, { sizes: ['>50k', '<200k'], modes: ['^-rwxr-xr-x$'] })
    const expected = run(
      'find',
      BIN,
      '-type',
      'f',
      '-size',
      '+51199c',
      '-size',
      '-204801c',
      '-perm',
      '0755',
    )
    expect(
      found
        .map((one) => one.file)
        .filter(isFile)
        .sort(),
    ).toEqual(linesOf(expected))
  })

  it.each(['GNU coreutils', 'lib(c|m|dl)\\.so\\.[0-9]+', '^#!/bin/(ba)?sh', 'usage: '])(
    'grep: %s',
    async (pattern) => {
      const { found } = await find(BIN, { contents: [pattern] })
      expect(
        found
          .map((one) => one.file)
          .filter(isFile)
          .sort(),
      ).toEqual(linesOf(run('grep', '-rlaE', pattern, BIN)))
    },
  )

  it('sha256sum: every hash', async () => {
    const { found } = await find(BIN, { sizes: ['<1m'] }, { returnsha256: true })
    const ours = found
      .filter((one) => isFile(one.file))
      .map((one) => `${(one.sha256 ?? '').toLowerCase()}  ${one.file}`)
    expect(ours.length).toBeGreaterThan(10)
    expect(ours.sort()).toEqual(
      linesOf(run('sha256sum', ...found.map((one) => one.file).filter(isFile))),
    )
  })

  it('find and grep: a tree of many directories, whatever its depth', async () => {
    using tree = createFileTree()
    for (let index = 0; index < 500; index += 1)
      tree.write(
        `d${index % 7}/e${index % 13}/${'f/'.repeat(index % 5)}file${index}`,
        `line ${index}\nkey=${index % 17}\n`,
      )
    for (const depth of [1, 2, 3, 5]) {
      const { found } = await find(tree.root, { names: ['[05]$'] }, { maxdepth: depth })
      const expected = run(
        'find',
        tree.root,
        '-maxdepth',
        String(depth),
        '-type',
        'f',
        '-name',
        '*[05]',
      )
      expect(found.map((one) => one.file).sort()).toEqual(linesOf(expected))
    }
    const { found } = await find(tree.root, { contents: ['^key=1[0-5]$'] })
    expect(found.map((one) => one.file).sort()).toEqual(
      linesOf(run('grep', '-rlE', '^key=1[0-5]$', tree.root)),
    )
  })
})
