/** `ping` obeys the laws of modules. */
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { afterAll } from 'vitest'
import { ping } from '../../agent-modules/ping/index.ts'
import { testModule } from '../laws/module.ts'

/** It never answers: that is the same each time. */
const silent = createSocket('udp4').bind(0, '127.0.0.1')
await once(silent, 'listening')
afterAll(() => {
  silent.close()
})

const fields = (more: object): unknown => ({
  destination: '127.0.0.1',
  destinationport: silent.address().port,
  protocol: 'udp',
  ...more,
})

testModule(ping, {
  parameters: () => fields({ count: 2, timeout: 0.1 }),
  endlessParameters: () => fields({ count: 20, timeout: 10 }),
  junk: [
    {},
    ...['', '-f', '--flood', 'a b', 'a;b', '$(id)', 'x'.repeat(191), 5, null].map((destination) =>
      fields({ destination }),
    ),
    ...['sctp', 'TCP', '', null].map((protocol) => fields({ protocol })),
    ...[-1, 65_536, 1.5, '80'].map((destinationport) => fields({ destinationport })),
    ...[-1, 21, 1.5, '3'].map((count) => fields({ count })),
    ...[-1, 0.05, 11, '5'].map((timeout) => fields({ timeout })),
  ],
})
