/** `log` obeys the laws of modules. */
import { truncateSync } from 'node:fs'
import { afterAll, expect, it } from 'vitest'
import { log } from '../../agent-modules/log/index.ts'
import { runModule, testModule } from '../laws/module.ts'
import { createFileTree } from './file-tree.ts'

const tree = createFileTree({
  'auth.log':
    'Nov 20 10:00:01 web1 sshd[100]: Failed password for root from 192.0.2.7 port 4242 ssh2\n',
  endless: '',
})
truncateSync(tree.at('endless'), 1024 ** 4)
afterAll(() => {
  tree[Symbol.dispose]()
})

const ask = (fields: object): unknown => ({
  paths: [tree.at('auth.log')],
  format: 'syslog',
  regexes: ['Failed'],
  ...fields,
})

const RULE = `title: A kernel module is loaded
logsource: { product: linux, service: auditd }
detection:
  selection: { type: SYSCALL, comm: insmod }
  condition: selection
`

testModule(log, {
  fileText: RULE,
  parameters: () => ask({ fields: ['user', 'src_ip', 'host', 'pid'] }),
  endlessParameters: () =>
    ask({ paths: [tree.at('endless')], format: 'lines', regexes: ['[a-z]'] }),
  asksLines: ask({ lines: true }),
  junk: [
    {},
    { rules: [], regexes: [] },
    { regexes: ['no place'] },
    ...[[''], ['('], ['!('], [1], 'x', ['a{1001}'], Array(33).fill('x')].map((regexes) =>
      ask({ regexes }),
    ),
    ...[[''], [1], 'title: x', ['x'.repeat(32_769)], Array(33).fill('x')].map((rules) =>
      ask({ rules }),
    ),
    ...[['relative'], ['/a\0b'], [''], '/etc', [1]].map((paths) => ask({ paths })),
    ...[['windows'], ['file'], 'auth', [1]].map((sources) => ask({ sources })),
    ...['json', '', 1].map((format) => ask({ format })),
    ...['2d', '>2d', 'before:2026-01-02', 'yesterday', '', 5].map((since) => ask({ since })),
    ...['2d', '<2d', 'after:2026-01-02', 'tomorrow', '', 5].map((until) => ask({ until })),
    ask({ format: 'lines', since: '<2d' }),
    ...[[''], ['x'.repeat(65)], [1], 'user'].map((fields) => ask({ fields })),
    ...['true', 1].map((lines) => ask({ lines })),
  ],
})

it('found something only where an event was counted', async () => {
  for (const [regex, isFound] of [
    ['Failed', true],
    ['never there', false],
  ] as const) {
    const parameters = ask({ regexes: [regex] })
    const { findings } = await runModule(log, parameters)
    expect(findings).toHaveLength(1)
    expect(log.haveHit(findings, parameters)).toBe(isFound)
  }
})
