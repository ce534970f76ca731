/** Two nodes on one network find each other without a bootstrap peer. Needs multicast; where a machine has none, the tests say so. */
import { createSocket } from 'node:dgram'
import { describe, expect, it } from 'vitest'
import { createMeshHomes, type MeshHomes } from '../helpers/mesh-homes.ts'
import { configure, huntFile, openNodes } from '../helpers/nodes.ts'
import { until } from '../helpers/until.ts'

const MDNS = { group: '224.0.0.251', port: 5353 }
const REASON = (await canMulticast()) ? '' : ' (skipped: this machine has no multicast)'

describe.skipIf(REASON !== '')(`mDNS${REASON}`, () => {
  it('makes a mesh of two nodes that know no bootstrap peer', async () => {
    await using homes = await createHomes()
    await using nodes = openNodes(homes)
    const agent = await nodes.agent(0)
    const investigator = await nodes.investigator()
    await until(() => agent.peer.network.neighbours().length === 1)
    await until(async () => (await investigator.api.agents()).length === 1)
    expect(await huntFile(investigator, homes)).toMatchObject([{ status: 'success' }])
  })

  it('keeps meshes with different secrets apart', async () => {
    await using homes = await createHomes()
    await using others = await createHomes()
    await using nodes = openNodes(homes)
    await using otherNodes = openNodes(others)
    const [one, other] = [await nodes.agent(0), await otherNodes.agent(0)]
    // That each has met its own investigator shows that there was time to meet the other mesh too.
    await nodes.investigator()
    await otherNodes.investigator()
    const neighbours = ({ peer }: typeof one): readonly string[] =>
      peer.network.neighbours().map((each) => each.peer)
    await until(() => neighbours(one).length > 0 && neighbours(other).length > 0)
    expect(neighbours(one)).toEqual([homes.peers.get('investigator')])
    expect(neighbours(other)).toEqual([others.peers.get('investigator')])
  })
})

async function createHomes(): Promise<MeshHomes> {
  const homes = await createMeshHomes({ agents: 1 })
  for (const name of ['agent-0', 'investigator'])
    await configure(homes, name, { mdns: true, bootstrap: [] })
  return homes
}

/** Whether a datagram to the group of mDNS comes back to this machine. */
async function canMulticast(): Promise<boolean> {
  const socket = createSocket({ type: 'udp4', reuseAddr: true })
  const probe = `mig ${String(process.pid)}`
  const heard = Promise.withResolvers<boolean>()
  socket.on('error', () => {
    heard.resolve(false)
  })
  socket.on('message', (data) => {
    if (data.toString() === probe) heard.resolve(true)
  })
  AbortSignal.timeout(2000).addEventListener('abort', () => {
    heard.resolve(false)
  })
  socket.bind(MDNS.port, () => {
    try {
      socket.addMembership(MDNS.group)
      socket.send(probe, MDNS.port, MDNS.group)
    } catch {
      // No interface takes part in multicast.
      heard.resolve(false)
    }
  })
  const can = await heard.promise
  socket.close()
  return can
}
