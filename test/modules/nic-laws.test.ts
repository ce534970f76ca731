/** `nic` obeys the laws of modules. */
import { afterAll } from 'vitest'
import { nicOn } from '../../agent-modules/nic/index.ts'
import type { Machine } from '../../agent-modules/support/machine.ts'
import { testModule } from '../laws/module.ts'
import { createMachine } from './machine.ts'

const host = createMachine({
  files: Object.fromEntries(
    ['secret0', 'secret1'].flatMap((name, index) => [
      [`/sys/class/net/${name}/flags`, '0x1003\n'],
      [`/sys/class/net/${name}/ifindex`, `${index + 1}\n`],
      [`/sys/class/net/${name}/address`, `02:00:00:00:00:0${index}\n`],
    ]),
  ),
  programs: {
    'ip -d -j addr':
      '[{"ifindex":1,"ifname":"secret0","addr_info":[{"local":"192.0.2.77","prefixlen":24}]}]',
  },
})
afterAll(() => {
  host[Symbol.dispose]()
})

/** The first question of each run is answered; then `ip` waits for a lock that nobody gives back. */
let isStuck = false
const machine: Machine = {
  ...host,
  run: (name, args, options) =>
    isStuck
      ? new Promise((resolve) => {
          const stop = (): void => {
            resolve({ kind: 'stopped', reason: 'called off', stdout: Buffer.alloc(0) })
          }
          if (options.signal.aborted) stop()
          else options.signal.addEventListener('abort', stop, { once: true })
        })
      : host.run(name, args, options),
}
const asked = (stuck: boolean, parameters: object): unknown => {
  isStuck = stuck
  return parameters
}

testModule(nicOn(machine), {
  parameters: () => asked(false, { names: ['secret'] }),
  endlessParameters: () => asked(true, {}),
  junk: [
    ...['', '(', 'a{1001}', '(?=x)'].flatMap((pattern) => [
      { names: [pattern] },
      { macs: [pattern] },
    ]),
    { names: 'eth0' },
    { names: [1] },
    { promiscuous: 'true' },
    { promisc: true },
  ],
})
