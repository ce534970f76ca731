/** What `yara` scans, what it answers, and what it refuses. */
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { ParameterError, type FlagValues } from '../../agent-modules/contract.ts'
import { Pace } from '../../agent-modules/support/pace.ts'
import { SoftErrors } from '../../agent-modules/support/soft-errors.ts'
import {
  lines,
  type Elements,
  type Finding,
  type Statistics,
} from '../../agent-modules/yara/answer.ts'
import { splitWords } from '../../agent-modules/yara/argv.ts'
import type { Engine } from '../../agent-modules/yara/engine.ts'
import { yara, yaraBy } from '../../agent-modules/yara/index.ts'
import { parameters } from '../../agent-modules/yara/parameters.ts'
import { runOn } from '../../agent-modules/yara/run.ts'
import { Scanning } from '../../agent-modules/yara/scanning.ts'
import { countRules, secrecyOf } from '../../agent-modules/yara/secrecy.ts'
import { runModule } from '../laws/module.ts'
import { createFileTree, type FileTree } from './file-tree.ts'
import { linuxMachine } from './linux-processes.ts'
import { createMachine } from './machine.ts'
import { ENGINES, hasNativeEngine } from './yara-engines.ts'

const rule = (name: string, condition: string, strings = ''): string =>
  `rule ${name} { ${strings === '' ? '' : `strings: ${strings}`} condition: ${condition} }\n`
const holds = (name: string, text: string): string => rule(name, '$a', `$a = "${text}"`)

let tree: FileTree
beforeEach(() => {
  tree = createFileTree()
})
afterEach(() => {
  tree[Symbol.dispose]()
})

interface Answer {
  readonly matches: readonly Finding[]
  readonly errors: readonly string[]
  readonly statistics: Statistics
}

describe.each(ENGINES)('yara, engine %s', (engine) => {
  const ask = async (asked: object): Promise<Answer> => {
    const module = yaraBy(engine)
    const { findings, errors, statistics } = await runModule(module, asked)
    const { Matches } = module.arrange(findings, asked) as Elements
    return { matches: Matches, errors, statistics: statistics[0] as Statistics }
  }
  const scan = (rules: string, fields: object = {}): Promise<Answer> =>
    ask({ yara: rules, files: { paths: [tree.root], ...fields } })
  const rulesByName = ({ matches }: Answer): Record<string, readonly string[]> =>
    Object.fromEntries(matches.map((each) => [path.basename(each.Object), each.MatchedRules]))

  it('names the files that match, and their rules', async () => {
    tree.write('both', 'one two', 1_700_000_000_000)
    tree.write('one', 'one')
    tree.write('none', 'three')
    const answer = await scan(holds('b', 'one ') + holds('a', 'two') + holds('c', 'one'))
    expect(rulesByName(answer)).toEqual({ both: ['a', 'b', 'c'], one: ['c'] })
    expect(answer.matches[0]).toEqual({
      Object: tree.at('both'),
      MatchedRules: ['a', 'b', 'c'],
      Size: 7,
      LastModified: '2023-11-14 22:13:20 +0000 UTC',
    })
    expect(answer.statistics).toMatchObject({ filescount: 3, totalhits: 2, bytesread: 15, engine })
    expect(answer.errors).toEqual([])
  })

  it('gives tags, and the hash where the search asks for it', async () => {
    tree.write('x', 'one')
    const rules =
      'rule a : apt linux { strings: $a = "one" condition: $a } rule b : apt { condition: filesize == 3 }'
    const { matches } = await scan(rules, { options: { returnsha256: true } })
    expect(matches).toMatchObject([
      {
        MatchedRules: ['a', 'b'],
        Tags: ['apt', 'linux'],
        SHA256: '7692C3AD3540BB803C020B3AEE66CD8887123234EA0C6E7143C0ADD73FF431ED',
      },
    ])
  })

  it('holds rules against whole files', async () => {
    const large = Buffer.alloc(3_000_000, '.')
    large.write('tail', large.length - 4)
    tree.write('large', large)
    tree.write('empty', '')
    const rules =
      rule('size', 'filesize == 3000000') +
      rule('far', '$a at filesize - 4', '$a = "tail"') +
      rule('start', '$a at 0', '$a = "...."') +
      rule('count', '#a == 1', '$a = "tail"') +
      rule('empty', 'filesize == 0')
    const answer = await scan(rules)
    expect(rulesByName(answer)).toEqual({
      empty: ['empty'],
      large: ['count', 'far', 'size', 'start'],
    })
  })

  it('never says that private rules match, but lets them count', async () => {
    tree.write('x', 'one')
    const answer = await scan(`private ${holds('hidden', 'one')}${rule('shown', 'hidden')}`)
    expect(rulesByName(answer)).toEqual({ x: ['shown'] })
  })

  it('of many rules that match names few, in alphabetic order, and says that there are more', async () => {
    tree.write('all', 'x')
    tree.write('three', 'three')
    const rules = Array.from({ length: 300 }, (_, at) =>
      rule(`r${String(at).padStart(3, '0')}`, at % 100 === 7 ? 'filesize > 0' : 'filesize == 1'),
    )
    const { matches } = await scan(rules.toReversed().join(''))
    expect(matches).toMatchObject([
      { MatchedRules: ['r000', 'r001', 'r002'], More: true },
      { MatchedRules: ['r007', 'r107', 'r207'] },
    ])
    expect(matches[1]).not.toHaveProperty('More')
  })

  it('leaves out files that are too large, and says so', async () => {
    truncateSync(tree.write('large'), 64 * 1024 ** 2 + 1)
    tree.write('small', 'one')
    const answer = await scan(rule('every', 'true'))
    expect(rulesByName(answer)).toEqual({ small: ['every'] })
    expect(answer.errors).toEqual([
      expect.stringMatching(/large: larger than (64|32) MiB, not scanned$/),
    ])
    expect(answer.statistics).toMatchObject({ toolarge: 1, filescount: 1 })
  })

  it('follows links as file does, and opens no pipe', async () => {
    tree.write('in/real', 'one')
    tree.write('outside', 'one')
    symlinkSync('real', tree.at('in/link'))
    symlinkSync(tree.at('outside'), tree.at('in/escape'))
    symlinkSync(tree.at('outside'), tree.at('named'))
    execFileSync('mkfifo', [tree.at('in/pipe')])
    const answer = await scan(holds('a', 'one'), { paths: [tree.at('in'), tree.at('named')] })
    expect(rulesByName(answer)).toEqual({ link: ['a'], real: ['a'], named: ['a'] })
  })

  it('tells names that are not UTF-8 by their bytes', async () => {
    const raw = Buffer.concat([Buffer.from(`${tree.root}/x`), Buffer.from([0xff])])
    writeFileSync(raw, 'one')
    const { matches } = await scan(holds('a', 'one'))
    expect(matches).toMatchObject([
      { Object: `${tree.root}/x\\xff`, Object64: raw.toString('base64') },
    ])
  })

  it.skipIf(process.getuid?.() === 0)('says what it may not open', async () => {
    chmodSync(tree.write('locked', 'one'), 0)
    const { errors, statistics } = await scan(rule('every', 'true'))
    expect(errors).toEqual([expect.stringContaining('locked: permission denied')])
    expect(statistics.openfailed).toBe(1)
  })

  it("takes MIG's filesearch: flags of file in one text", async () => {
    tree.write('a b.php', 'one')
    tree.write('c.txt', 'one')
    const filesearch = `-path ${tree.root} -name "a b\\.php$" --size=<1k`
    expect(rulesByName(await ask({ yara: holds('a', 'one'), filesearch }))).toEqual({
      'a b.php': ['a'],
    })
  })

  it.each([
    [
      'what is not written as it must be',
      'rule a {\n  condition: foo }',
      /^yara: line 2, column 14: unknown identifier `foo`/,
    ],
    [
      'slow strings',
      'rule a {\n strings: $a = /(x+x+)+y/ condition: $a }',
      /line 2, column 11: slow pattern/,
    ],
    [
      'slow loops',
      rule('a', 'for any i in (0..filesize) : (uint8(i) == 1)'),
      /column \d+: potentially slow loop/,
    ],
    [
      'files to include',
      `include "/etc/passwd"\n${rule('a', 'true')}`,
      /line 1, column 1: .*includ/,
    ],
  ])('vets rules: refuses %s', async (_, rules, reason) => {
    const asked = { yara: rules, files: { paths: ['/'] } }
    await expect(yaraBy(engine).vet(asked)).rejects.toThrow(reason)
    await expect(yaraBy(engine).vet(asked)).rejects.toThrow(ParameterError)
    await expect(scan(rules)).rejects.toThrow(ParameterError)
  })

  it('scans the memory of a process', async () => {
    const needle = `needle-${String(process.pid)}-${engine}`
    // Made from parts, so that no command line holds it.
    const script = `const a = Buffer.from('${Buffer.from(needle).toString('hex')}', 'hex'); console.log('up'); setInterval(() => a, 1e6)`
    const child = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'inherit'] })
    try {
      await once(child.stdout, 'data')
      const { matches, errors, statistics } = await ask({
        yara: holds('found', needle) + holds('absent', `${needle}-`),
        processes: { pids: [child.pid ?? 0, process.pid] },
      })
      expect(matches).toEqual([
        { Object: process.execPath, PID: child.pid, MatchedRules: ['found'] },
      ])
      expect(errors).toEqual([`process ${process.pid}: holds the rules, and was not scanned`])
      expect(statistics).toMatchObject({ processescount: 1, filescount: 0, totalhits: 1 })
    } finally {
      child.kill('SIGKILL')
    }
  })

  it('scans memory in parts that overlap, by names and numbers, without devices', async () => {
    const { files, links } = linuxMachine([
      { pid: 10, name: 'worm' },
      { pid: 11, name: 'a-name-longer-t', exe: '/usr/bin/a-name-longer-than-15' },
      { pid: 12, name: 'kthread' },
    ])
    using machine = createMachine({
      files: {
        ...files,
        '/proc/10/maps':
          '1000-2000 r--p 00000000 00:00 0 /dev/mem\n2000-3000 ---p 00000000 00:00 0 \n3000-1405000 rw-p 00000000 00:00 0 [heap]\n',
        '/proc/10/mem': memoryOf([
          [0x1800, 'device'],
          [0x2800, 'unreadable'],
          // Across the end of the first part.
          [0x3000 + 16 * 1024 ** 2 - 3, 'border'],
        ]),
        '/proc/11/maps': '0-1000 r-xp 00000000 00:00 0 /bin/other\n',
        '/proc/11/mem': memoryOf([[0x10, 'border']]),
        '/proc/12/maps': '',
        '/proc/12/mem': '',
      },
      links,
    })
    const rules =
      holds('border', 'border') + holds('device', 'device') + holds('unreadable', 'unreadable')
    const found = async (processes: object): Promise<unknown> => {
      const matches: unknown[] = []
      const asked = parameters.parse({ yara: rules, processes })
      for await (const match of runOn({ machine, engine }, asked, quiet)) matches.push(match)
      return matches
    }
    const worm = { Object: '[worm]', PID: 10, MatchedRules: ['border'] }
    const other = { Object: '/usr/bin/a-name-longer-than-15', PID: 11, MatchedRules: ['border'] }
    expect(await found({})).toEqual([worm, other])
    expect(await found({ names: ['^worm$'] })).toEqual([worm])
    expect(await found({ names: ['/bin/a-name'] })).toEqual([other])
    expect(await found({ names: ['^a-name-longer-than-15$'] })).toEqual([other])
    expect(await found({ pids: [11, 12, 13] })).toEqual([other])
  })

  it('tells a program that is deleted, a process that ends meanwhile, and numbers that nobody has', async () => {
    const { files, links } = linuxMachine([
      { pid: 20, name: 'gone', exe: '/tmp/gone (deleted)' },
      { pid: 21, name: 'ends', exe: '/usr/bin/ends' },
    ])
    using machine = createMachine({
      files: {
        ...files,
        '/proc/20/maps': '0-1000 r-xp 00000000 00:00 0 \n',
        '/proc/20/mem': memoryOf([[0x10, 'border']]),
        // A read of memory returns nothing when its process has ended.
        '/proc/21/maps': '0-3000 r-xp 00000000 00:00 0 \n',
        '/proc/21/mem': memoryOf([[0x10, 'border']]),
      },
      links,
    })
    const errors: string[] = []
    const matches: Finding[] = []
    const asked = parameters.parse({
      yara: holds('border', 'border'),
      processes: { names: ['^gone$'], pids: [21, 99_999, 99_999] },
    })
    const context = { ...quiet, reportError: (message: string) => errors.push(message) }
    for await (const match of runOn({ machine, engine }, asked, context)) matches.push(match)
    expect(matches).toEqual([
      { Object: '/tmp/gone', Deleted: true, PID: 20, MatchedRules: ['border'] },
      { Object: '/usr/bin/ends', PID: 21, MatchedRules: ['border'] },
    ])
    expect(errors).toEqual([
      '/usr/bin/ends (pid 21): ended, or became another program, while it was scanned',
      'process 99999: there is none',
    ])
    expect(lines({ elements: { Matches: matches } }, { foundOnly: true })).toEqual([
      '/tmp/gone (pid 20, deleted) [border]',
      '/usr/bin/ends (pid 21) [border]',
    ])
  })

  it('says on other platforms that it cannot see memory', async () => {
    const asked = parameters.parse({ yara: rule('a', 'true'), processes: {} })
    const host = {
      machine: { platform: 'win32', root: '', run: () => Promise.reject(new Error()) },
      engine,
    } as const
    await expect(runOn(host, asked, quiet).next()).rejects.toThrow(
      /unsupported on this platform \(win32\)/,
    )
  })
})

const quiet = {
  signal: new AbortController().signal,
  startedAtMs: 0,
  reportError: () => undefined,
  reportStatistics: () => undefined,
}

function memoryOf(texts: readonly (readonly [number, string])[]): Buffer {
  const memory = Buffer.alloc(Math.max(...texts.map(([at]) => at)) + 4096)
  for (const [at, text] of texts) memory.write(text, at)
  return memory
}

describe('which engine is taken', () => {
  it.skipIf(!hasNativeEngine)('is the native one where there is one', async () => {
    const asked = { yara: rule('a', 'true'), files: { paths: [tree.write('x')] } }
    const { statistics } = await runModule(yara, asked)
    expect(statistics).toMatchObject([{ engine: 'native' }])
  })
})

describe('a scan that does not end', () => {
  afterEach(() => {
    vi.useRealTimers()
  })

  it.each([
    [true, ['/x: not decided within 10 s, given up']],
    [
      false,
      [
        '/x: not decided within 10 s, given up',
        'the engine is still busy with what was given up: the rest was not scanned',
      ],
    ],
  ])('is given up, and the run goes on: %s', async (canGoOn, expected) => {
    vi.useFakeTimers()
    const said: string[] = []
    const engine: Engine = {
      name: 'native',
      room: Buffer.alloc(1),
      scan: () => Promise.withResolvers<never>().promise,
      giveUp: () => Promise.resolve(canGoOn),
      [Symbol.asyncDispose]: () => Promise.resolve(),
    }
    const errors = new SoftErrors((message) => said.push(message), 0)
    const { signal } = quiet
    const scanning = new Scanning({
      startedMs: 0,
      engine,
      namedRules: 1,
      errors,
      pace: new Pace(),
      signal,
    })
    const hits = scanning.scan(1, '/x')
    await vi.advanceTimersByTimeAsync(10_000)
    expect(await hits).toEqual([])
    expect(said).toEqual(expected)
    expect(scanning.isOver).toBe(!canGoOn)
  })
})

describe('what an answer may tell', () => {
  it.each([
    [1, 1, 1],
    [28, 28, 28],
    [30, 11, 28],
    [300, 3, 24],
    [1000, 2, 20],
    [100_000, 1, 18],
  ])('of %i rules names %i, which is %i bits', (rules, namedRules, bits) => {
    expect(secrecyOf(rules)).toEqual({ namedRules, bits })
  })

  it('never tells more than 28 bits', () => {
    for (let rules = 1; rules < 5000; rules += 1) {
      const { namedRules, bits } = secrecyOf(rules)
      expect(bits).toBeLessThanOrEqual(28)
      expect(namedRules).toBeGreaterThan(0)
    }
  })

  it('counts every rule, however it is written', () => {
    expect(
      countRules(
        'rule a{condition:true}private rule b\n{condition:true}global\trule\nc{condition:"x"=="x"}rule/**/d{condition:1>0}',
      ),
    ).toBe(4)
  })

  it('counts beside contents of the search for files', () => {
    const files = { paths: ['/'], contents: ['a', 'b'], bytes: ['00'] }
    expect(yara.probes({ yara: rule('a', 'true') + rule('b', 'true'), files })).toBe(5)
    expect(yara.probes({ yara: rule('a', 'true'), filesearch: '-path / -content x' })).toBe(2)
    expect(yara.probes({ yara: rule('a', 'true'), processes: {} })).toBe(1)
  })
})

describe('the search for files', () => {
  it.each([
    ['', 0],
    ['-matchlimit 7', 7],
  ])('scans all that is found, unless told otherwise: %j', (flag, matchlimit) => {
    const { files } = parameters.parse({ yara: rule('a', 'true'), filesearch: `-path / ${flag}` })
    expect(files?.options).toMatchObject({ matchlimit, maxdepth: 1000, matchall: true })
  })
})

describe('the command line of yara', () => {
  const flags = (values: Record<string, string[]>): FlagValues => new Map(Object.entries(values))

  it('gives the parameters of MIG', () => {
    expect(yara.fromFlags(flags({ rules: ['rule x'], files: ['-path /bin'] }))).toEqual({
      yara: 'rule x',
      filesearch: '-path /bin',
    })
    expect(yara.fromFlags(flags({ rules: ['rule x'], pname: ['a', 'b'], pid: ['7'] }))).toEqual({
      yara: 'rule x',
      processes: { names: ['a', 'b'], pids: [7] },
    })
  })

  it.each([
    [{ files: ['-path /'] }],
    [{ rules: ['r'], pid: ['0'] }],
    [{ rules: ['r'], pid: ['x'] }],
  ])('refuses %j', (values) => {
    expect(() => yara.fromFlags(flags(values))).toThrow(ParameterError)
  })

  it('splits words at white space, but not in quotes, and leaves backslashes alone', () => {
    expect(splitWords(`-path  /a\t-name "b c" -name='d "e"' \\.x$ C:\\a f"g h"i ""`)).toEqual([
      '-path',
      '/a',
      '-name',
      'b c',
      '-name=d "e"',
      '\\.x$',
      'C:\\a',
      'fg hi',
      '',
    ])
    expect(() => splitWords('-name "a')).toThrow(/not closed/)
  })

  it('prints lines as MIG, and a summary', () => {
    const elements: Elements = {
      Matches: [
        { Object: '/bin/x\n', MatchedRules: ['a', 'b'], More: true, Size: 1 },
        { Object: '/usr/bin/y', PID: 7, MatchedRules: ['c'] },
      ],
    }
    expect(yara.lines({ elements }, { foundOnly: true })).toEqual([
      '/bin/x\\x0a [a,b,...]',
      '/usr/bin/y (pid 7) [c]',
    ])
    expect(yara.lines({ elements: { Matches: [] } }, { foundOnly: true })).toEqual([])
    expect(yara.lines({ elements: { Matches: [] } }, { foundOnly: false })).toEqual([
      'no rule matched',
    ])
  })
})
