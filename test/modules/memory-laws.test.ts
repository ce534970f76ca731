/** `memory` obeys the laws of modules. */
import { truncateSync } from 'node:fs'
import path from 'node:path'
import { afterAll } from 'vitest'
import { memoryOn } from '../../agent-modules/memory/index.ts'
import { testModule } from '../laws/module.ts'
import { linuxMachine } from './linux-processes.ts'
import { createMachine } from './machine.ts'

const machine = createMachine(
  linuxMachine(
    [
      { pid: 7, name: 'quick', exe: '/usr/bin/quick' },
      { pid: 8, name: 'endless', exe: '/usr/bin/endless' },
    ],
    {
      '/proc/7/maps': '1000-2000 rw-p 00000000 00:00 0          [heap]\n',
      '/proc/7/mem': Buffer.concat([Buffer.alloc(0x1000), Buffer.alloc(0x1000, 'needle ')]),
      '/proc/8/maps': '1000-ffffffff000 rw-p 00000000 00:00 0 \n',
      '/proc/8/mem': '',
    },
  ),
)
truncateSync(path.join(machine.root, '/proc/8/mem'), 0xfff_ffff_f000)
afterAll(() => {
  machine[Symbol.dispose]()
})

const search = (fields: object): unknown => ({ searches: { s1: fields } })

testModule(memoryOn(machine), {
  parameters: () =>
    search({ names: ['quick$'], contents: ['needle'], options: { matchall: true } }),
  endlessParameters: () =>
    search({ contents: ['[a-z]', 'x{100}.{500}y'], options: { matchall: true } }),
  junk: [
    ...[{ searches: null }, { searches: [] }, { searches: {} }, { searches: { s1: null } }],
    ...['', 'a b', 'x'.repeat(65)].map((label) => ({ searches: { [label]: {} } })),
    ...['(', '!(', 'a{1001}', '(?=x)', ''].flatMap((text) =>
      ['names', 'libraries', 'contents'].map((key) => search({ [key]: [text] })),
    ),
    search({ contents: ['!secret'] }),
    ...['0x00', 'abc', 'zz', '', 'a'.repeat(10_000)].map((bytes) => search({ bytes: [bytes] })),
    ...[{ offset: -1 }, { offset: 1.5 }, { maxlength: '1' }, { maxdepth: 1 }].map((options) =>
      search({ options }),
    ),
  ],
})
