/** Whoever lacks the mesh secret learns nothing: not a protocol, not a peer, not a byte. */
import { createServer, type AddressInfo, connect } from 'node:net'
import { once } from 'node:events'
import { describe, expect, it } from 'vitest'
import { PROTOCOLS } from '../../node/core/wire.ts'
import { systemRandom } from '../../node/host/system.ts'
import { openHostile } from '../helpers/chaos.ts'
import { createMesh } from '../helpers/mesh.ts'
import { FILE_SEARCH, quickRunner } from '../helpers/runners.ts'

const portOf = (address: string): number => Number(/\/tcp\/(\d+)\//.exec(address)?.[1])

describe('the private network', () => {
  it('lets no stranger with another secret in, and goes on', async () => {
    await using mesh = await createMesh({ agents: 2, runner: quickRunner() })
    await using stranger = await openHostile(mesh, systemRandom.bytes(32))
    await mesh.known(2)
    for (const protocol of Object.values(PROTOCOLS))
      await expect(stranger.stream(mesh.address(0), protocol)).rejects.toThrow()
    expect(stranger.node.getConnections()).toEqual([])
    const known = await stranger.node.peerStore.all()
    expect(known.flatMap(({ addresses, protocols }) => [...addresses, ...protocols])).toEqual([])
    const neighbours = mesh.agents[0]!.peer.network.neighbours().map(({ peer }) => peer)
    expect(neighbours).not.toContain(stranger.node.peerId.toString())
    const hunt = await mesh.hunt({ operations: [FILE_SEARCH] })
    expect(hunt.tally.counts.answered).toBe(2)
  }, 60_000)

  it('says nothing at all to a plain TCP client, and hangs up', async () => {
    await using mesh = await createMesh({ agents: 1, runner: quickRunner() })
    const heard = await Promise.all([
      listenTo(portOf(mesh.address(0)), Buffer.from('GET / HTTP/1.1\r\n\r\n'.repeat(64))),
      listenTo(portOf(mesh.address(0)), Buffer.alloc(64 * 1024, 0)),
    ])
    for (const bytes of heard) expect(bytes.length).toBe(0)
  }, 60_000)

  it('hands nothing to a peer whose secret is wrong when it is the one that dials', async () => {
    const heard: Buffer[] = []
    const server = createServer((socket) => {
      socket.on('data', (data) => heard.push(data))
      socket.on('error', () => undefined)
      socket.end(systemRandom.bytes(256))
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    await using mesh = await createMesh({ agents: 1, runner: quickRunner() })
    const { network } = mesh.agents[0]!.peer
    const address = `/ip4/127.0.0.1/tcp/${String(port)}`
    const open = network.open(mesh.reply.peer.replace(/.$/, 'x') as never, PROTOCOLS.sync, {
      signal: AbortSignal.timeout(5000),
      addresses: [address],
    })
    await expect(open).rejects.toThrow()
    // What it said is a nonce and a tag that cannot be told from noise (node/net/private-handshake.ts).
    expect(Buffer.concat(heard).includes('/noise')).toBe(false)
    expect(Buffer.concat(heard).includes('multistream')).toBe(false)
    server.close()
  }, 60_000)
})

/** Everything a node says to somebody who sends it junk, until it hangs up. */
async function listenTo(port: number, junk: Uint8Array): Promise<Buffer> {
  const heard: Buffer[] = []
  const socket = connect(port, '127.0.0.1')
  socket.on('data', (data) => heard.push(data))
  // A reset is a fine way to be shown the door.
  socket.on('error', () => undefined)
  socket.write(junk)
  await new Promise((resolve) => socket.on('close', resolve))
  return Buffer.concat(heard)
}
