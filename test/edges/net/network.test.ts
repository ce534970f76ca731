/** The network over real libp2p nodes: what is refused at the start, who counts as a neighbour, and each peer's share of streams. */
import { start, type Stream, stop } from '@libp2p/interface'
import { lpStream } from '@libp2p/utils'
import { multiaddr } from '@multiformats/multiaddr'
import { afterEach, describe, expect, it } from 'vitest'
import { systemClock, systemRandom } from '../../../node/host/system.ts'
import { privateKeyOf } from '../../../node/net/identity.ts'
import { type MeshLibp2p, startLibp2p } from '../../../node/net/libp2p.ts'
import { type NetworkInit, openNetwork, type OpenNetwork } from '../../../node/net/network.ts'
import { memoryRecords } from '../../helpers/ladder.ts'
import { until } from '../../helpers/until.ts'

const secret = systemRandom.bytes(32)
const opened: (() => Promise<void>)[] = []
afterEach(async () => {
  await Promise.all(opened.splice(0).map((close) => close()))
})

interface Logged extends OpenNetwork {
  readonly events: readonly string[]
}

async function open(settings: Partial<NetworkInit> = {}): Promise<Logged> {
  const events: string[] = []
  const network = await openNetwork({
    seed: systemRandom.bytes(32),
    meshSecret: secret,
    listen: ['/ip4/127.0.0.1/tcp/0'],
    announce: [],
    bootstrap: [],
    maxConnections: 16,
    mdns: false,
    relay: false,
    topUp: false,
    peers: memoryRecords(),
    clock: systemClock,
    random: systemRandom,
    logger: { log: (event) => events.push(event) },
    ...settings,
  })
  opened.push(() => network.close())
  return { ...network, events }
}

async function plainNode(listen: readonly string[] = []): Promise<MeshLibp2p> {
  const node = await startLibp2p({
    privateKey: await privateKeyOf(systemRandom.bytes(32)),
    meshSecret: secret,
    listen,
    announce: [],
    maxConnections: 16,
    mdns: false,
    relay: false,
    gater: { denyDialMultiaddr: () => false },
  })
  opened.push(async () => {
    await node.stop()
  })
  return node
}

describe('bootstrap addresses', () => {
  it.each(['/ip4/127.0.0.1/tcp/4100', 'localhost:4100', '/ip4/127.0.0.1/tcp/4100/p2p/nobody', ''])(
    '%j is refused, with one line that says why',
    async (address) => {
      await expect(open({ bootstrap: [address] })).rejects.toMatchObject({
        detail: { code: 'CONFIG_INVALID', path: 'bootstrap' },
        message: expect.stringContaining(`${address}: must be a multiaddr that ends in /p2p/`),
      })
    },
  )
})

describe('a neighbour', () => {
  it('that never says who it is loses its connection, and is dialled again until it does', async () => {
    const mute = await plainNode(['/ip4/127.0.0.1/tcp/0'])
    const { identify } = mute.services
    await stop(identify)
    const address = String(mute.getMultiaddrs()[0])
    const network = await open({ bootstrap: [address], identifyLimitMs: 300 })
    network.start()
    await until(() => network.events.includes('peer-unidentified'))
    expect(network.neighbours()).toEqual([])
    await start(identify)
    await until(() => network.neighbours().length === 1)
  })
})

describe('streams', () => {
  it('are a share of the peer, however many connections it has', async () => {
    const network = await open()
    const never = Promise.withResolvers<undefined>()
    let serving = 0
    let most = 0
    network.handle('/mig/peers/1', async (stream) => {
      serving += 1
      most = Math.max(most, serving)
      await Promise.race([never.promise, stream.read()])
      serving -= 1
    })
    const greedy = await plainNode()
    const [address] = network.addresses()
    const connections = [
      await greedy.dial(multiaddr(address!)),
      await greedy.dial(multiaddr(address!), { force: true }),
    ]
    expect(connections[0]).not.toBe(connections[1])
    const streams: Stream[] = []
    for (const connection of connections)
      for (let count = 0; count < 4; count += 1)
        streams.push(await connection.newStream('/mig/peers/1', { maxOutboundStreams: 16 }))
    await until(() => streams.filter(({ status }) => status !== 'open').length === 4)
    expect([serving, most]).toEqual([4, 4])
    // A place that is given back is there for the next.
    await lpStream(streams.find(({ status }) => status === 'open')!).write(Buffer.from('{}'))
    await until(() => serving === 3)
    await connections[1]!.newStream('/mig/peers/1', { maxOutboundStreams: 16 })
    await until(() => serving === 4)
    never.resolve(undefined)
  })

  it('whose handler fails end alone, and the log says so', async () => {
    const network = await open()
    network.handle('/mig/peers/1', () => Promise.reject(new Error('a bug')))
    const asking = await plainNode()
    const stream = await asking.dialProtocol(multiaddr(network.addresses()[0]!), '/mig/peers/1')
    await until(() => stream.status !== 'open')
    expect(network.events).toContain('stream-failed')
    expect(asking.getConnections()).toHaveLength(1)
  })
})

describe('a reply', () => {
  it('that this node asked for waits for no place that a request holds', async () => {
    const [node, other] = await Promise.all([open(), open()])
    const large = new Uint8Array(1024 * 1024)
    const held = Promise.withResolvers<void>()
    const over = Promise.withResolvers<void>()
    node.handle('/mig/sync/1', async (stream) => {
      await stream.read()
      held.resolve()
      await over.promise
    })
    other.handle('/mig/sync/1', async (stream) => {
      await stream.read()
      await stream.write(large)
    })
    const to = (peer: OpenNetwork) => ({
      signal: AbortSignal.timeout(5000),
      addresses: peer.addresses(),
    })
    const request = await other.open(node.self, '/mig/sync/1', to(node))
    await request.write(large)
    await held.promise
    const asked = await node.open(other.self, '/mig/sync/1', to(other))
    await asked.write(new Uint8Array(8))
    expect((await asked.read())?.length).toBe(large.length)
    over.resolve()
  }, 8000)
})
