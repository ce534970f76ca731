/** What `file` means by its filters and options: MIG's semantics (modules/file), without MIG's known bugs. */
import { createHash } from 'node:crypto'
import { chmodSync } from 'node:fs'
import { afterAll, describe, expect, it } from 'vitest'
import { file } from '../../agent-modules/file/index.ts'
import { parseFlags, runModule, type RunSettings } from '../laws/module.ts'
import { createFileTree } from './file-tree.ts'

const NOW_MS = Date.parse('2026-03-10T12:00:00Z')
const HOUR_MS = 3_600_000

interface Found {
  readonly search: string
  readonly file: string
  readonly size: number
  readonly mode: string
  readonly lastmodified: string
  readonly sha256?: string
  readonly checks?: Readonly<Record<string, readonly string[]>>
}

const tree = createFileTree()
afterAll(() => {
  tree[Symbol.dispose]()
})
const FILES = {
  'empty.txt': { content: '', ageMs: 0 },
  'hello.txt': { content: 'hello\n', ageMs: HOUR_MS },
  'greetings.log': { content: 'hello world\r\nhello moon\r\n', ageMs: 3 * 24 * HOUR_MS },
  'mixed.log': { content: 'hello\nbye\n', ageMs: 100 * 24 * HOUR_MS },
  bye: { content: 'bye', ageMs: 2 * HOUR_MS },
} as const
type Name = keyof typeof FILES
const NAMES: readonly Name[] = ['bye', 'empty.txt', 'greetings.log', 'hello.txt', 'mixed.log']
for (const name of NAMES) tree.write(name, FILES[name].content, NOW_MS - FILES[name].ageMs)
chmodSync(tree.at('bye'), 0o4755)
for (const name of NAMES.filter((one) => one !== 'bye')) chmodSync(tree.at(name), 0o644)

async function find(searches: object, settings: RunSettings = {}): Promise<readonly Found[]> {
  const { findings } = await runModule(file, { searches }, { startedAtMs: NOW_MS, ...settings })
  return findings as readonly Found[]
}

const namesOf = (found: readonly Found[]): string[] =>
  found.map((one) => one.file.slice(tree.root.length + 1))

async function findNames(fields: object): Promise<string[]> {
  return namesOf(await find({ s1: { paths: [tree.root], ...fields } }))
}

const all = { options: { matchall: true } }

describe('a search', () => {
  it('without filters lists the regular files, in order', async () => {
    expect(await findNames({})).toEqual(NAMES)
    expect(await findNames(all)).toEqual(NAMES)
  })

  it('tells size, mode and time as Go prints them', async () => {
    const [found] = await find({ s1: { paths: [tree.at('bye')] } })
    expect(found).toEqual({
      search: 's1',
      file: tree.at('bye'),
      size: 3,
      mode: 'urwxr-xr-x',
      lastmodified: '2026-03-10 10:00:00 +0000 UTC',
    })
  })
})

/** What a filter's plain form hits, written down by hand. */
const MEANINGS: readonly { key: string; kind: string; value: string; hits: readonly Name[] }[] = [
  { key: 'names', kind: 'name', value: '\\.log$', hits: ['greetings.log', 'mixed.log'] },
  { key: 'sizes', kind: 'size', value: '<6', hits: ['bye', 'empty.txt', 'hello.txt'] },
  { key: 'sizes', kind: 'size', value: '>6', hits: ['greetings.log', 'hello.txt', 'mixed.log'] },
  { key: 'sizes', kind: 'size', value: '3', hits: ['bye'] },
  { key: 'sizes', kind: 'size', value: '<1k', hits: NAMES },
  {
    key: 'modes',
    kind: 'mode',
    value: '^-rw-r--r--$',
    hits: ['empty.txt', 'greetings.log', 'hello.txt', 'mixed.log'],
  },
  { key: 'modes', kind: 'mode', value: '^u', hits: ['bye'] },
  { key: 'mtimes', kind: 'mtime', value: '<2d', hits: ['bye', 'empty.txt', 'hello.txt'] },
  { key: 'mtimes', kind: 'mtime', value: '>90d', hits: ['mixed.log'] },
  { key: 'mtimes', kind: 'mtime', value: '<90m', hits: ['empty.txt', 'hello.txt'] },
  { key: 'mtimes', kind: 'mtime', value: '>1h', hits: ['bye', 'greetings.log', 'mixed.log'] },
  { key: 'mtimes', kind: 'mtime', value: '<1h', hits: ['empty.txt'] },
  {
    key: 'mtimes',
    kind: 'mtime',
    value: 'after:2026-03-10',
    hits: ['bye', 'empty.txt', 'hello.txt'],
  },
  {
    key: 'mtimes',
    kind: 'mtime',
    value: 'before:2026-03-10T11:00:00+01:00',
    hits: ['greetings.log', 'mixed.log'],
  },
  {
    key: 'contents',
    kind: 'content',
    value: '^hello',
    hits: ['greetings.log', 'hello.txt', 'mixed.log'],
  },
  { key: 'contents', kind: 'content', value: 'world$', hits: ['greetings.log'] },
  { key: 'contents', kind: 'content', value: '^bye$', hits: ['bye', 'mixed.log'] },
  { key: 'bytes', kind: 'bytes', value: '0a6279', hits: ['mixed.log'] },
  { key: 'bytes', kind: 'bytes', value: '0D0A', hits: ['greetings.log'] },
  ...(
    [
      'md5',
      'sha1',
      'sha256',
      'sha384',
      'sha512',
      'sha3-224',
      'sha3-256',
      'sha3-384',
      'sha3-512',
    ] as const
  ).map((algorithm) => {
    const key = algorithm.startsWith('sha3-')
      ? 'sha3'
      : algorithm.replace(/^sha(256|384|512)$/, 'sha2')
    const value = createHash(algorithm).update('bye').digest('hex').toUpperCase()
    return { key, kind: key, value, hits: ['bye'] as const }
  }),
]
const INVERTIBLE: ReadonlySet<string> = new Set(['names', 'contents'])
const not = (hits: readonly Name[]): readonly Name[] => NAMES.filter((name) => !hits.includes(name))

/** Every meaning with `!` and mismatch: which files hit. */
const VARIANTS = MEANINGS.flatMap(({ key, kind, value, hits }) =>
  [false, true].flatMap((isInverse) =>
    [false, true]
      .filter(() => !isInverse || INVERTIBLE.has(key))
      .map((isMismatch) => ({
        key,
        kind,
        value: isInverse ? `!${value}` : value,
        mismatch: isMismatch ? [kind] : [],
        hits: isInverse === isMismatch ? hits : not(hits),
      })),
  ),
)

describe('one filter', () => {
  it.each(VARIANTS)(
    '$key $value with mismatch $mismatch',
    async ({ key, value, mismatch, hits }) => {
      for (const matchall of [true, false])
        expect(await findNames({ [key]: [value], options: { matchall, mismatch } })).toEqual(hits)
    },
  )
})

describe('two filters', () => {
  const pairs = VARIANTS.flatMap((first, index) =>
    VARIANTS.slice(index + 1)
      .filter((second) => second.key !== first.key)
      .map((second) => ({ first, second })),
  )
  it(`mean both with matchall, either without: ${pairs.length} pairs`, async () => {
    const searches: Record<string, object> = {}
    const expected: Record<string, readonly Name[]> = {}
    const results: Record<string, string[]> = {}
    pairs.forEach(({ first, second }, index) => {
      const mismatch = [...new Set([...first.mismatch, ...second.mismatch])]
      // A mismatch turns all filters of its kind, which differ here: each keeps its own meaning.
      const fields = {
        paths: [tree.root],
        [first.key]: [first.value],
        [second.key]: [second.value],
      }
      searches[`all${index}`] = { ...fields, options: { matchall: true, mismatch } }
      searches[`any${index}`] = { ...fields, options: { mismatch } }
      expected[`all${index}`] = NAMES.filter(
        (name) => first.hits.includes(name) && second.hits.includes(name),
      )
      expected[`any${index}`] = NAMES.filter(
        (name) => first.hits.includes(name) || second.hits.includes(name),
      )
    })
    const labels = Object.keys(searches)
    for (const label of labels) results[label] = []
    for (let from = 0; from < labels.length; from += 256) {
      const batch = Object.fromEntries(
        labels.slice(from, from + 256).map((label) => [label, searches[label]]),
      )
      for (const found of await find(batch)) results[found.search]?.push(...namesOf([found]))
    }
    expect(results).toEqual(expected)
  })

  it('of one kind mean both with matchall', async () => {
    expect(await findNames({ names: ['e', 'o'], ...all })).toEqual(
      ['greetings.log', 'hello.txt', 'mixed.log'].filter(
        (name) => /e/.test(name) && /o/.test(name),
      ),
    )
    expect(await findNames({ contents: ['hello', 'bye'], ...all })).toEqual(['mixed.log'])
  })

  it('without matchall are told apart by file', async () => {
    const found = await find({
      s1: { paths: [tree.root], names: ['^bye$', 'txt'], sizes: ['3', '0'], contents: ['!x'] },
    })
    expect(found.map(({ checks }) => checks)).toEqual([
      { names: ['^bye$'], sizes: ['3'] },
      { names: ['txt'], sizes: ['0'] },
      {},
      { names: ['txt'] },
      {},
    ])
  })

  it('never tells which of several contents or byte strings a file holds', async () => {
    const parameters = {
      searches: {
        s1: {
          paths: [tree.root],
          contents: ['^hello', '^bye'],
          bytes: ['0a62', 'ff'],
          sizes: ['0'],
        },
      },
    }
    const { findings } = await runModule(file, parameters)
    const elements = file.arrange(findings, parameters)
    const lines = file.lines({ elements }, { foundOnly: true })
    expect(lines).toHaveLength(NAMES.length)
    for (const text of ['hello', '^bye', '0a62', 'ff'])
      expect(JSON.stringify([findings, elements]).replaceAll(tree.root, '')).not.toContain(
        `"${text}`,
      )
    expect(lines.filter((line) => line.includes(' on checks '))).toEqual([
      expect.stringMatching(/ on checks size='0'$/),
    ])
  })
})

describe('macroal', () => {
  const macroal = (
    contents: readonly string[],
    mismatch: readonly string[] = [],
  ): Promise<string[]> =>
    findNames({ contents, options: { matchall: true, macroal: true, mismatch } })

  it('wants every line to match; a file without lines has none that does not', async () => {
    expect(await macroal(['^hello'])).toEqual(['empty.txt', 'greetings.log', 'hello.txt'])
  })

  it('wants with ! that no line matches', async () => {
    expect(await macroal(['!^hello'])).toEqual(['bye', 'empty.txt'])
  })

  it('finds with mismatch the files where some line does not match', async () => {
    expect(await macroal(['^hello'], ['content'])).toEqual(['bye', 'mixed.log'])
    expect(await macroal(['!^hello'], ['content'])).toEqual([
      'greetings.log',
      'hello.txt',
      'mixed.log',
    ])
  })
})

describe('returnsha256', () => {
  it('adds the hash of what is found, in upper case', async () => {
    const found = await find({
      s1: { paths: [tree.root], names: ['^bye$'], options: { matchall: true, returnsha256: true } },
    })
    expect(found.map(({ sha256 }) => sha256)).toEqual([
      createHash('sha256').update('bye').digest('hex').toUpperCase(),
    ])
  })

  it('adds it also where content decides, with any of several filters', async () => {
    const found = await find({
      s1: { paths: [tree.root], contents: ['^bye'], sizes: ['0'], options: { returnsha256: true } },
    })
    expect(found.map(({ sha256 }) => sha256)).toEqual(
      ['bye', '', FILES['mixed.log'].content].map((text) =>
        createHash('sha256').update(text).digest('hex').toUpperCase(),
      ),
    )
  })
})

describe('limits', () => {
  it('stop a search at its own matchlimit, and say so', async () => {
    const searches = {
      few: { paths: [tree.root], options: { matchlimit: 2 } },
      rest: { paths: [tree.root] },
    }
    const { findings, errors } = await runModule(file, { searches })
    const found = findings as readonly Found[]
    expect(namesOf(found.filter(({ search }) => search === 'few'))).toEqual(['bye', 'empty.txt'])
    expect(namesOf(found.filter(({ search }) => search === 'rest'))).toEqual(NAMES)
    expect(errors).toEqual(["search 'few' stopped at its limit of 2 files, there may be more"])
  })

  it('count directories from the path, which is 1', async () => {
    using deep = createFileTree({ one: '', 'a/two': '', 'a/b/three': '' })
    const depth = async (maxdepth: number): Promise<number> =>
      (await find({ s1: { paths: [deep.root], options: { maxdepth } } })).length
    expect([await depth(1), await depth(2), await depth(3), await depth(0)]).toEqual([1, 2, 3, 3])
  })

  it('return so many errors, and say how many more there were', async () => {
    const paths = ['/missing/a', '/missing/b', '/missing/c']
    const { errors } = await runModule(file, {
      searches: { s1: { paths, options: { maxerrors: 1 } } },
    })
    expect(errors).toEqual([
      '/missing/a: no such file or directory (ENOENT)',
      '2 errors were not returned',
    ])
  })
})

describe('several searches', () => {
  it('share one walk, each with its own scope and depth, and a file comes once for each', async () => {
    using deep = createFileTree({
      'etc/x': 'x',
      'etc/sub/x': 'x',
      'etc/sub/deep/x': 'x',
      'etcfoo/x': 'x',
    })
    const { findings, statistics } = await runModule(file, {
      searches: {
        wide: { paths: [deep.root] },
        etc: { paths: [`${deep.at('etc')}/`, deep.at('etc/sub'), deep.at('etc', '..', 'etc')] },
        shallow: { paths: [deep.at('etc/sub')], options: { maxdepth: 1 } },
        twice: { paths: [deep.root, deep.at('etc/sub')], options: { maxdepth: 2 } },
        single: { paths: [deep.at('etc/sub/x')], contents: ['x'] },
      },
    })
    const found = (findings as readonly Found[]).map(
      (one) => `${one.search} ${one.file.slice(deep.root.length)}`,
    )
    expect(found.sort()).toEqual([
      'etc /etc/sub/deep/x',
      'etc /etc/sub/x',
      'etc /etc/x',
      'shallow /etc/sub/x',
      'single /etc/sub/x',
      'twice /etc/sub/deep/x',
      'twice /etc/sub/x',
      'twice /etc/x',
      'twice /etcfoo/x',
      'wide /etc/sub/deep/x',
      'wide /etc/sub/x',
      'wide /etc/x',
      'wide /etcfoo/x',
    ])
    expect(statistics).toMatchObject([{ filescount: 4, totalhits: 13, bytesread: 1 }])
  })

  it('read a file once for all of them', async () => {
    const searches = Object.fromEntries(
      ['^bye', 'x', '!y', 'z'].map((content, index) => [
        `s${index}`,
        {
          paths: [tree.root],
          contents: [content],
          sha2: ['a'.repeat(64)],
          md5: ['b'.repeat(32)],
          options: { returnsha256: true },
        },
      ]),
    )
    const { statistics } = await runModule(file, { searches })
    const total = NAMES.reduce((sum, name) => sum + FILES[name].content.length, 0)
    expect(statistics).toMatchObject([{ bytesread: total }])
  })
})

describe('the command line', () => {
  const fromFlags = (...words: readonly string[]): unknown =>
    file.fromFlags(parseFlags(file, words))

  it('makes one search s1 with the defaults of MIG', () => {
    expect(fromFlags('-path', '/etc', '-name', 'test')).toEqual({
      searches: {
        s1: {
          paths: ['/etc'],
          names: ['test'],
          options: {
            maxdepth: 1000,
            maxerrors: 30,
            matchlimit: 1000,
            matchall: true,
            macroal: false,
            returnsha256: false,
            decompress: false,
            mismatch: [],
          },
        },
      },
    })
  })

  it('takes each filter as often as it is typed', () => {
    const kinds = [
      'name',
      'size',
      'mode',
      'mtime',
      'content',
      'bytes',
      'md5',
      'sha1',
      'sha2',
      'sha3',
    ]
    const words = kinds.flatMap((kind) => [`-${kind}`, `${kind}1`, `-${kind}`, `${kind}2`])
    expect(fromFlags('-path', '/a', '-path', '/b', ...words)).toMatchObject({
      searches: {
        s1: {
          paths: ['/a', '/b'],
          names: ['name1', 'name2'],
          sizes: ['size1', 'size2'],
          modes: ['mode1', 'mode2'],
          mtimes: ['mtime1', 'mtime2'],
          contents: ['content1', 'content2'],
          bytes: ['bytes1', 'bytes2'],
          md5: ['md51', 'md52'],
          sha1: ['sha11', 'sha12'],
          sha2: ['sha21', 'sha22'],
          sha3: ['sha31', 'sha32'],
        },
      },
    })
  })

  it('takes options', () => {
    const words = [
      '-maxdepth',
      '2',
      '-maxerrors',
      '0',
      '-matchlimit',
      '5',
      '-matchany',
      '-macroal',
      '-returnsha256',
      '-decompress',
      '-mismatch',
      'name',
      '-mismatch',
      'content',
    ]
    expect(fromFlags('-path', '/etc', ...words)).toMatchObject({
      searches: {
        s1: {
          options: {
            maxdepth: 2,
            maxerrors: 0,
            matchlimit: 5,
            matchall: false,
            macroal: true,
            returnsha256: true,
            decompress: true,
            mismatch: ['name', 'content'],
          },
        },
      },
    })
  })

  it.each([
    [['-name', 'x'], '-path: is required'],
    [['-path', '/etc', '-maxdepth', 'deep'], '-maxdepth: must be a whole number, 0 or more'],
    [['-path', '/etc', '-matchall', '-matchany'], '-matchany: contradicts -matchall'],
  ])('refuses %j', (words, message) => {
    expect(() => fromFlags(...words)).toThrow(message)
  })
})

describe('parameters', () => {
  const refusal = (fields: object): string => {
    try {
      file.check({ searches: { s1: { paths: ['/etc'], ...fields } } })
      return 'accepted'
    } catch (error) {
      return String(error)
    }
  }

  it('are those of MIG, with null for empty lists as Go writes it', () => {
    expect(
      refusal({
        names: null,
        description: 'why',
        options: { mismatch: null, matchall: true, maxdepth: 1000 },
      }),
    ).toBe('accepted')
  })

  it.each([
    [
      { regexes: ['x'] },
      'searches.s1: unknown key "regexes": MIG does not read it either, such a search finds nothing there; write "contents"',
    ],
    [{ nmaes: ['x'] }, 'searches.s1: unknown key "nmaes"; did you mean "names"?'],
    [
      { options: { maxdept: 1 } },
      'searches.s1.options: unknown key "maxdept"; did you mean "maxdepth"?',
    ],
    [
      { sizes: ['1k', '<'] },
      'searches.s1.sizes[1]: "<" is not a size: write <10k (at most), >1m (at least) or 512 (exactly)',
    ],
    [{ names: ['a(b'] }, 'searches.s1.names[0]: error parsing regexp: missing closing ): `a(b`'],
    [
      { sha2: ['abc'] },
      'searches.s1.sha2[0]: "abc" is not a sha2 hash: write it as 64, 96, 128 hex digits',
    ],
    [{ paths: ['etc'] }, 'searches.s1.paths[0]: must be an absolute path'],
  ])('%j are refused with a reason', (fields, message) => {
    expect(refusal(fields)).toBe(`ParameterError: ${message}`)
  })
})

describe('the answer', () => {
  it('has the arrangement and the lines of MIG', async () => {
    const parameters = {
      searches: {
        both: {
          paths: [tree.root],
          names: ['^bye$'],
          sizes: ['3'],
          options: { matchall: true, returnsha256: true },
        },
        either: {
          paths: [tree.root],
          names: ['^bye$'],
          sizes: ['<9'],
          contents: ['moon'],
          options: { matchlimit: 1 },
        },
        none: { paths: [tree.root], names: ['^absent$'], options: { matchall: true } },
      },
    }
    const { findings, statistics } = await runModule(file, parameters)
    const elements = file.arrange(findings, parameters)
    const sha256 = createHash('sha256').update('bye').digest('hex').toUpperCase()
    const info = { size: 3, mode: 'urwxr-xr-x', lastmodified: '2026-03-10 10:00:00 +0000 UTC' }
    expect(elements).toEqual({
      both: [
        {
          file: tree.at('bye'),
          search: { names: ['^bye$'], sizes: ['3'], options: { matchall: true } },
          fileinfo: { ...info, sha256 },
        },
      ],
      either: [
        {
          file: tree.at('bye'),
          search: { names: ['^bye$'], sizes: ['<9'], options: { matchall: false } },
          fileinfo: info,
        },
      ],
      none: [],
    })
    const place = `${tree.at('bye')} [lastmodified:2026-03-10 10:00:00 +0000 UTC, mode:urwxr-xr-x, size:3`
    const found = [
      `${place}, sha256:${sha256}] in search 'both'`,
      `${place}] in search 'either' on checks name='^bye$' size='<9'`,
    ]
    expect(file.lines({ elements }, { foundOnly: true })).toEqual(found)
    expect(file.lines({ elements, statistics: statistics[0] }, { foundOnly: false })).toEqual([
      ...found,
      "0 match found in search 'none'",
      expect.stringMatching(
        /^Statistics: 5 files checked, 0 failed to open, 2 matched, ran in [0-9.]+(µs|ms|s)\.$/,
      ),
    ])
  })

  it('masked tells that files were found, not which', async () => {
    const parameters = {
      searches: { s1: { paths: [tree.root], names: ['^bye$'], options: { matchall: true } } },
    }
    const { findings } = await runModule(file, parameters)
    const masked = file.mask({ elements: file.arrange(findings, parameters) }).elements
    expect(masked).toMatchObject({ s1: [{ file: 'masked', fileinfo: { size: 3 } }] })
    expect(JSON.stringify(masked)).not.toContain(tree.root)
  })

  it('masked does not tell by which of several names', async () => {
    const parameters = { searches: { s1: { paths: [tree.root], names: ['^b', '^h', '^m'] } } }
    const { findings } = await runModule(file, parameters)
    expect(findings).toHaveLength(3)
    const masked = file.mask({ elements: file.arrange(findings, parameters) })
    expect(JSON.stringify(masked)).not.toContain('^')
  })
})
