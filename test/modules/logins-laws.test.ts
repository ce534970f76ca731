/** `logins` obeys the laws of modules. */
import { afterAll } from 'vitest'
import { loginsOn } from '../../agent-modules/logins/index.ts'
import { QUERIES } from '../../agent-modules/logins/parameters.ts'
import { testModule } from '../laws/module.ts'
import { recordsOf } from './login-records.ts'
import { createMachine } from './machine.ts'

const START_MS = Date.parse('2026-03-10T12:00:00Z')
const records = Array.from({ length: 40_000 }, (_, at) => ({
  ...{ type: 7, line: `pts/${at}`, user: 'evelyn', host: '192.0.2.77' },
  atMs: START_MS + at,
}))
const wtmp = recordsOf(records)
const old = Object.fromEntries(Array.from({ length: 60 }, (_, at) => [`/var/log/btmp.${at}`, wtmp]))

const machine = createMachine({
  files: {
    '/etc/passwd': 'root:x:0:0::/root:/bin/bash\nevelyn:x:1001:1001::/home/evelyn:/bin/bash\n',
    '/etc/group': 'sudo:x:27:evelyn\n',
    '/etc/sudoers': 'evelyn ALL=(ALL) NOPASSWD: ALL\n',
    '/var/log/wtmp': wtmp.subarray(0, 3840),
    '/run/utmp': wtmp.subarray(0, 384),
    ...old,
  },
})
afterAll(() => {
  machine[Symbol.dispose]()
})

testModule(loginsOn(machine), {
  parameters: () => ({
    queries: QUERIES.filter((query) => query !== 'failed'),
  }),
  endlessParameters: () => ({ queries: ['failed'] }),
  junk: [
    ...[['who'], 'current', [1], Array(7).fill('current')].map((queries) => ({ queries })),
    ...['(', 7, '(?=x)'].map((user) => ({ user })),
    ...['', 'gate.example.org', '10.0.0.0/33', '::/129', '10.0.0.0/8/8', '10.0.0.0/'].map(
      (source) => ({ sources: [source] }),
    ),
    ...['2d', 'yesterday', '', 5, '>2d', 'before:2026-01-02'].map((since) => ({ since })),
    ...['2d', '<2d', 'after:2026-01-02'].map((until) => ({ until })),
    ...[-1, 1.5, 10_001, '5'].map((limit) => ({ limit })),
  ],
})
