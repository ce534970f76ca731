/** `netstat` obeys the laws of modules. */
import { afterAll } from 'vitest'
import { netstatOn } from '../../agent-modules/netstat/index.ts'
import type { Machine } from '../../agent-modules/support/machine.ts'
import { testModule } from '../laws/module.ts'
import { createMachine } from './machine.ts'
import { ESTABLISHED, HEX, LISTEN, tableOf } from './proc-net.ts'

const host = createMachine({
  files: {
    '/proc/self/net/tcp': tableOf(
      { local: [HEX.any, 22], state: LISTEN, inode: 100 },
      { local: [HEX.loopback, 22], remote: [HEX.ten, 50_000], state: ESTABLISHED, inode: 101 },
    ),
    '/proc/4711/stat': `4711 (secret-service) S${' 0'.repeat(49)}\n`,
  },
  links: {
    '/proc/4711/fd/3': 'socket:[100]',
    '/proc/4711/fd/4': 'socket:[101]',
    '/proc/4711/exe': '/opt/secret/service',
  },
  programs: {
    'ip -j neigh':
      '[{"dst":"192.0.2.77","dev":"secret0","lladdr":"02:00:00:00:00:01","state":["STALE"]}]',
  },
})
afterAll(() => {
  host[Symbol.dispose]()
})

/** Here `ip link` waits for a lock that nobody gives back. */
const machine: Machine = {
  ...host,
  run: (name, args, options) =>
    args.includes('addr')
      ? new Promise((resolve) => {
          const stop = (): void => {
            resolve({ kind: 'stopped', reason: 'called off', stdout: Buffer.alloc(0) })
          }
          if (options.signal.aborted) stop()
          else options.signal.addEventListener('abort', stop, { once: true })
        })
      : host.run(name, args, options),
}

testModule(netstatOn(machine), {
  parameters: () => ({ listeningport: ['22'], connectedip: ['10.0.0.0/8'], neighbormac: ['^02'] }),
  endlessParameters: () => ({ localmac: ['^02'] }),
  junk: [
    {},
    { namespaces: true },
    { listeningport: [] },
    { listeningport: null },
    { listeningport: '22' },
    { listeningport: [22] },
    ...['65536', '-1', '022', '1e3', '', ' 22', 'ssh', '22-80'].map((port) => ({
      localport: [port],
    })),
    ...['', 'localhost', '10.0.0', '10.0.0.0/33', '::/129', '1.2.3.4/', 'fe80::1%eth0'].flatMap(
      (address) => [{ connectedip: [address] }, { localip: [address] }, { neighborip: [address] }],
    ),
    ...['', '(', 'a{1001}', '(?=x)'].flatMap((pattern) => [
      { localmac: [pattern] },
      { neighbormac: [pattern] },
    ]),
    { listeningport: ['22'], states: ['LISTEN'] },
    { localport: ['22'], states: ['listen'] },
    { localport: ['22'], states: 'LISTEN' },
    { localport: ['22'], namespaces: 'yes' },
    { localport: Array.from({ length: 5000 }, () => '22') },
  ],
})
