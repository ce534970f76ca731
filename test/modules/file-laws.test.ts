/** `file` obeys the laws of modules. */
import { truncateSync } from 'node:fs'
import { afterAll } from 'vitest'
import { file } from '../../agent-modules/file/index.ts'
import { testModule } from '../laws/module.ts'
import { createFileTree } from './file-tree.ts'

const tree = createFileTree({
  'quick/a.txt': 'hello\n',
  'quick/b/c.txt': 'hello there\n',
  'endless/zeros': '',
})
truncateSync(tree.at('endless/zeros'), 1024 ** 4)
afterAll(() => {
  tree[Symbol.dispose]()
})

const search = (fields: object): unknown => ({
  searches: { s1: { paths: [tree.at('quick')], ...fields } },
})

testModule(file, {
  parameters: () =>
    search({ contents: ['hello'], options: { matchall: true, returnsha256: true } }),
  endlessParameters: () => search({ paths: [tree.at('endless')], contents: ['[a-z]'] }),
  junk: [
    ...[
      { searches: null },
      { searches: [] },
      { searches: {} },
      { searches: { s1: null } },
      { searches: { s1: {} } },
    ],
    { searches: { '': { paths: ['/'] } } },
    { searches: { ['x'.repeat(65)]: { paths: ['/'] } } },
    ...[[], [''], ['relative'], ['/a\0b'], '/etc', [1], null].map((paths) => search({ paths })),
    ...['<', '>', '', '10x', '1.5k', '-1', '<<1', '1 k', '9999999999t', 5].map((size) =>
      search({ sizes: [size] }),
    ),
    ...[
      '<',
      '2d',
      '<2y',
      '<d',
      'after:',
      'after:yesterday',
      'after:2026-13-01',
      'before:2026-01-02T03:04',
      '<2026-01-02',
      '',
    ].map((mtime) => search({ mtimes: [mtime] })),
    ...['(', '!(', 'a{1001}', '(?=x)', ''].map((name) => search({ names: [name] })),
    ...['(', ''].map((content) => search({ contents: [content] })),
    ...['[', ''].map((mode) => search({ modes: [mode] })),
    ...['0x00', 'abc', 'zz', '', 'a'.repeat(10_000)].map((bytes) => search({ bytes: [bytes] })),
    ...['md5', 'sha1', 'sha2', 'sha3'].flatMap((hash) => [
      search({ [hash]: ['abcd'] }),
      search({ [hash]: ['z'.repeat(64)] }),
      search({ [hash]: ['a'.repeat(63)] }),
    ]),
    search({ sha2: ['a'.repeat(56)] }),
    ...[
      { maxdepth: -1 },
      { maxdepth: 1.5 },
      { maxdepth: '5' },
      { matchall: 'true' },
      { mismatch: ['names'] },
      { mismatch: 'name' },
    ].map((options) => search({ options })),
    search({ regexes: ['x'] }),
    search({ options: { debug: 'print' } }),
  ],
})
