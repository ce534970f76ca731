/** `timedrift` obeys the laws of modules. */
import { afterAll } from 'vitest'
import { thisMachine } from '../../agent-modules/support/machine.ts'
import { timedriftOn } from '../../agent-modules/timedrift/index.ts'
import { testModule } from '../laws/module.ts'
import { createTimeServer } from './time-server.ts'

const NOON = Date.parse('2026-01-02T12:00:00Z')
const server = await createTimeServer({ now: () => NOON })
const silent = await createTimeServer({ now: () => NOON, replies: () => [] })
afterAll(async () => {
  await server[Symbol.asyncDispose]()
  await silent[Symbol.asyncDispose]()
})

testModule(timedriftOn({ ...thisMachine, now: () => NOON }), {
  parameters: () => ({ drift: '10s', servers: [server.name] }),
  endlessParameters: () => ({
    drift: '10s',
    servers: Array.from({ length: 8 }, () => silent.name),
  }),
  junk: [
    ...['5', 's', '-5s', '5 s', '1d', '.s', '5s5', '1'.repeat(80)].map((drift) => ({ drift })),
    { drift: 5 },
    ...['', '-x', 'a b', 'host:0', 'host:65536', 'host:', '[::1', '::1:x', 'a/b', 5].map(
      (name) => ({
        drift: '5s',
        servers: [name],
      }),
    ),
    { drift: '5s', servers: 'host' },
    { drift: '5s', servers: Array.from({ length: 9 }, () => 'host') },
    { servers: ['host'] },
  ],
})
