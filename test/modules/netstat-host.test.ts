/** What `netstat` finds on this host is what ss and ip say of it. */
import { execFileSync, spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { readlinkSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Finding } from '../../agent-modules/netstat/answer.ts'
import { netstat } from '../../agent-modules/netstat/index.ts'
import { runModule } from '../laws/module.ts'

type Found = Finding['found']

const works = (program: string, ...args: readonly string[]): boolean =>
  spawnSync(program, args, { timeout: 10_000 }).status === 0
const lacksSs = process.platform !== 'linux' || !works('ss', '-V')
const lacksIp = process.platform !== 'linux' || !works('ip', '-j', 'addr')
const lacksIpv6 = process.platform !== 'linux' || !works('ip', '-6', 'addr', 'show', 'to', '::1')
const mayNotUnshare = lacksIp || !works('unshare', '-n', 'ip', 'link', 'set', 'lo', 'up')

/** Listens and connects in all the ways that there are, says its ports, and waits. */
const SOCKETS = `
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { connect, createServer } from 'node:net'
const ports = []
for (const [host, peer] of JSON.parse(process.argv[1])) {
  const server = createServer().listen(0, host)
  await once(server, 'listening')
  const client = connect(server.address().port, peer)
  await Promise.all([once(client, 'connect'), once(server, 'connection')])
  const udp = createSocket(host.includes(':') ? { type: 'udp6', ipv6Only: true } : 'udp4')
  await new Promise((done) => udp.bind(0, host, done))
  const talker = createSocket(peer.includes(':') ? 'udp6' : 'udp4')
  await new Promise((done) => talker.connect(udp.address().port, peer, done))
  ports.push(server.address().port, client.localPort, udp.address().port, talker.address().port)
}
console.log(JSON.stringify(ports))`

interface Peer extends Disposable {
  readonly pid: number
  /** As strings, as questions want them. */
  readonly ports: readonly string[]
}

async function startPeer(
  pairs: readonly (readonly [string, string])[],
  wrapper: readonly string[] = [],
): Promise<Peer> {
  const [program = '', ...args] = [
    ...wrapper,
    process.execPath,
    '--input-type=module',
    '-e',
    SOCKETS,
    JSON.stringify(pairs),
  ]
  const child: ChildProcess = spawn(program, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  const said = once(child.stdout ?? child, 'data') as Promise<[Buffer]>
  const died = once(child, 'exit').then(() => Promise.reject(new Error('the peer died')))
  const [line] = await Promise.race([said, died])
  const ports = JSON.parse(line.toString()) as number[]
  died.catch(() => undefined)
  return {
    pid: child.pid ?? 0,
    ports: ports.map(String),
    [Symbol.dispose]: () => child.kill('SIGKILL'),
  }
}

async function ask(parameters: object): Promise<readonly Found[]> {
  const { findings } = await runModule(netstat, parameters)
  return (findings as readonly Finding[]).map(({ found }) => found)
}

const run = (program: string, ...args: readonly string[]): string =>
  execFileSync(program, args, {
    encoding: 'utf8',
    maxBuffer: 1 << 28,
    env: { ...process.env, LC_ALL: 'C' },
  })
const linesOf = (text: string): string[] => text.split('\n').filter((line) => line !== '')

/** A socket in ss's words. */
function inTheirWords(found: Found): string {
  const state = found.state === 'ESTABLISHED' ? 'ESTAB' : (found.state ?? '')
  const peer = found.remoteaddr === undefined ? '*' : `${found.remoteaddr}:${found.remoteport ?? 0}`
  const protocol = (found.protocol ?? '').slice(0, 3)
  return [protocol, state, `${found.localaddr ?? ''}:${found.localport ?? 0}`, peer].join(' ')
}

function whatSsSays(pid: number): string[] {
  return linesOf(run('ss', '-H', '-tunap'))
    .filter((line) => line.includes(`pid=${pid},`))
    .map((line) => line.split(/\s+/))
    .map(([protocol, state, , , local = '', peer = '']) =>
      [protocol, state, plain(local), peer.endsWith(':*') ? '*' : plain(peer)].join(' '),
    )
    .sort()
}

/** `[::ffff:10.0.0.1]:22` as `10.0.0.1:22`; `*:22` is any address of either family. */
const plain = (endpoint: string): string =>
  endpoint.replace(/^\*:/, '[::]:').replace(/^\[(?:::ffff:(?=.*\.))?([^\]]*)\]/, '$1')

describe.skipIf(lacksSs)('sockets of this host are those that ss shows', () => {
  const pairs: (readonly [string, string])[] = [
    ['127.0.0.1', '127.0.0.1'],
    ['0.0.0.0', '127.0.0.2'],
    ...(lacksIpv6
      ? []
      : ([
          ['::1', '::1'],
          ['::', '127.0.0.1'],
        ] as const)),
  ]
  let peer: Peer
  beforeAll(async () => {
    peer = await startPeer(pairs)
  })
  afterAll(() => {
    peer[Symbol.dispose]()
  })
  const isItsOwn = ({ processes }: Found): boolean =>
    processes?.some(({ pid }) => pid === peer.pid) === true

  it('with protocol, state, both ends and process', async () => {
    const found = await ask({ localport: peer.ports })
    const ours = found.filter(isItsOwn).map(inTheirWords)
    expect([...new Set(ours)].sort()).toEqual([...new Set(whatSsSays(peer.pid))])
    // Two ends, a listener and two of UDP for each pair.
    expect(ours).toHaveLength(5 * pairs.length)
  })

  it('and the process is named with its executable', async () => {
    const found = await ask({ listeningport: peer.ports })
    const [first] = found.filter(isItsOwn).flatMap(({ processes = [] }) => processes)
    expect(first).toMatchObject({ pid: peer.pid, path: readlinkSync(`/proc/${peer.pid}/exe`) })
    expect(run('ss', '-H', '-tlnp')).toContain(`"${first?.name ?? ''}",pid=${peer.pid}`)
  })

  it('listeners are those of ss -l, and none of the others', async () => {
    const ours = (await ask({ listeningport: peer.ports })).filter(isItsOwn).map(inTheirWords)
    const theirs = whatSsSays(peer.pid).filter((line) => /LISTEN|UNCONN/.test(line))
    expect(ours.sort()).toEqual(theirs)
    expect(ours).toHaveLength(2 * pairs.length)
  })

  it('an IPv6 socket that talks IPv4 is found by IPv4 questions', async () => {
    const found = await ask({ connectedip: ['127.0.0.0/8'], states: ['ESTABLISHED'] })
    const protocols = new Set(found.filter(isItsOwn).map(({ protocol }) => protocol))
    expect(protocols).toEqual(new Set(lacksIpv6 ? ['tcp', 'udp'] : ['tcp', 'udp', 'tcp6']))
  })
})

describe.skipIf(mayNotUnshare)('a network namespace of its own', () => {
  const SET_UP = 'ip link set lo up && ip addr add 198.51.100.99/32 dev lo && exec "$@"'
  let peer: Peer
  beforeAll(async () => {
    peer = await startPeer(
      [['127.0.0.1', '127.0.0.1']],
      ['unshare', '-n', 'sh', '-c', SET_UP, 'sh'],
    )
  })
  afterAll(() => {
    peer[Symbol.dispose]()
  })

  it('is looked into when asked to', async () => {
    const name = readlinkSync(`/proc/${peer.pid}/ns/net`)
    const isInside = ({ namespace }: Found): boolean => namespace === name
    const asked = { listeningport: peer.ports, localip: ['198.51.100.99'] }
    expect((await ask(asked)).filter(isInside)).toEqual([])
    const found = (await ask({ ...asked, namespaces: true })).filter(isInside)
    expect(found).toMatchObject([
      { localaddr: '198.51.100.99', interface: 'lo' },
      { localaddr: '127.0.0.1', protocol: 'tcp', processes: [{ pid: peer.pid }] },
      { localaddr: '127.0.0.1', protocol: 'udp', processes: [{ pid: peer.pid }] },
    ])
  })
})

describe.skipIf(lacksIp)('addresses and neighbours of this host', () => {
  const everything = ['0.0.0.0/0', '::/0']

  it('are those that ip addr prints', async () => {
    const theirs = (): string[] =>
      linesOf(run('ip', '-o', 'addr')).map((line) => {
        const [, card = '', , address = ''] = line.split(/\s+/)
        return `${card} ${address.replace(/\/.*/, '')}`
      })
    await expectSame(theirs, async () =>
      (await ask({ localip: everything })).map(
        (found) => `${found.interface ?? ''} ${found.localaddr ?? ''}`,
      ),
    )
  })

  it('are those that ip neigh prints with a MAC', async () => {
    const theirs = (): string[] =>
      linesOf(run('ip', 'neigh')).flatMap((line) => {
        const [, address = '', card = '', mac = ''] =
          /^(\S+) dev (\S+) lladdr (\S+)/.exec(line) ?? []
        return mac === '' ? [] : [`${card} ${address} ${mac}`]
      })
    await expectSame(theirs, async () =>
      (await ask({ neighborip: everything })).map(
        (found) =>
          `${found.interface ?? ''} ${found.remoteaddr ?? ''} ${found.remotemacaddr ?? ''}`,
      ),
    )
  })
})

/** What others change meanwhile is not held against us: asked before and after, until both are the same. */
async function expectSame(theirs: () => string[], ours: () => Promise<string[]>): Promise<void> {
  for (let attempt = 0; attempt < 10; attempt += 1) {
    const before = theirs().sort()
    const found = (await ours()).sort()
    if (theirs().sort().join() === before.join()) {
      expect(found).toEqual(before)
      return
    }
  }
  throw new Error('this host does not hold still')
}
