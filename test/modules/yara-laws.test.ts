/** `yara` obeys the laws of modules, by each of its engines. */
import { linkSync, truncateSync } from 'node:fs'
import { afterAll, describe } from 'vitest'
import { yaraBy } from '../../agent-modules/yara/index.ts'
import { hasNativeEngine } from './yara-engines.ts'
import { testModule } from '../laws/module.ts'
import { createFileTree } from './file-tree.ts'

const RULES = 'rule hello : greeting { strings: $a = "hello" condition: $a }'
/** More than both engines scan in minutes, each scan well under the time in which a module stops. */
const ENDLESS_FILES = 20_000
const ENDLESS_SIZE = 2 * 1024 * 1024

const tree = createFileTree({ 'quick/a.txt': 'say hello', 'quick/b.txt': 'no', 'endless/0': '' })
truncateSync(tree.at('endless/0'), ENDLESS_SIZE)
for (let at = 1; at < ENDLESS_FILES; at += 1)
  linkSync(tree.at('endless/0'), tree.at(`endless/${String(at)}`))
afterAll(() => {
  tree[Symbol.dispose]()
})

const search = (folder: string, fields: object = {}): object => ({
  yara: RULES,
  files: { paths: [tree.at(folder)] },
  ...fields,
})
const samples = {
  parameters: () => search('quick'),
  endlessParameters: () => search('endless'),
  fileText: RULES,
  junk: [
    { yara: RULES },
    { files: { paths: ['/etc'] } },
    ...['', 'nothing', 7, null, 'import "console" rule a { condition: true }'].map((yara) =>
      search('quick', { yara }),
    ),
    search('quick', { filesearch: '-path /etc' }),
    ...[
      '',
      '-path',
      '-path etc',
      '-pth /etc',
      '-name x',
      '/etc',
      '-path "/etc',
      '-path /etc -size x',
    ].map((filesearch) => ({ yara: RULES, filesearch })),
    ...[{ paths: [] }, { paths: ['/etc'], unheardOf: 1 }, []].map((files) => ({
      yara: RULES,
      files,
    })),
    ...[
      [],
      1,
      { names: ['('] },
      { names: [''] },
      { pids: [0] },
      { pids: ['1'] },
      { pids: [1.5] },
      { unheardOf: 1 },
    ].map((processes) => ({ yara: RULES, processes })),
  ],
}

describe('by WebAssembly', () => {
  testModule(yaraBy('wasm'), samples)
})
describe.skipIf(!hasNativeEngine)('natively', () => {
  testModule(yaraBy('native'), samples)
})
