/** `process` obeys the laws of modules. */
import { truncateSync } from 'node:fs'
import { afterAll } from 'vitest'
import { processOn } from '../../agent-modules/process/index.ts'
import { testModule } from '../laws/module.ts'
import { createFileTree } from './file-tree.ts'
import { linuxMachine } from './linux-processes.ts'
import { createMachine } from './machine.ts'

const tree = createFileTree({ 'bin/tool': 'a program\n', 'bin/endless': '' })
truncateSync(tree.at('bin/endless'), 1024 ** 4)
const machine = createMachine(
  linuxMachine([
    { pid: 1, ppid: 0, name: 'init', exe: tree.at('bin/tool') },
    { pid: 7, name: 'tool', exe: tree.at('bin/tool'), uid: 1000, environ: 'SECRET_NAME=value\0' },
    { pid: 8, ppid: 7, name: 'endless', exe: tree.at('bin/endless') },
  ]),
)
afterAll(() => {
  machine[Symbol.dispose]()
  tree[Symbol.dispose]()
})

const search = (fields: object): unknown => ({ searches: { s1: fields } })

testModule(processOn(machine), {
  parameters: () =>
    search({
      names: ['^tool$'],
      envs: ['SECRET'],
      options: { matchall: true, returnsha256: true, tree: true },
    }),
  endlessParameters: () => search({ options: { matchall: true, returnsha256: true } }),
  junk: [
    ...[{ searches: null }, { searches: [] }, { searches: {} }, { searches: { s1: null } }],
    { searches: { '': {} } },
    { searches: { ['x'.repeat(65)]: {} } },
    ...['(', '!(', 'a{1001}', '(?=x)', ''].flatMap((text) =>
      ['names', 'paths', 'parents', 'envs', 'cmdlines'].map((key) => search({ [key]: [text] })),
    ),
    ...['', '-1', 'x', '1.5', '!', '!!1', 1].flatMap((pid) => [
      search({ pids: [pid] }),
      search({ ppids: [pid] }),
    ]),
    ...['', '!', '!!x', 0].map((user) => search({ users: [user] })),
    ...['<', '2d', '<2y', 'after:', ''].map((start) => search({ starts: [start] })),
    ...['abcd', 'z'.repeat(64), 'a'.repeat(40)].map((sha2) => search({ sha2: [sha2] })),
    ...['true', 1, ['true']].map((deleted) => search({ deleted })),
    ...[{ matchall: 'true' }, { mismatch: ['names'] }, { maxdepth: 1 }].map((options) =>
      search({ options }),
    ),
  ],
})
