/** An investigator behind a NAT listens through a bootstrap peer's relay: agents that cannot reach it answer all the same. */
import { describe, expect, it } from 'vitest'
import type { InvestigatorNode } from '../../node/assembly/investigator-node.ts'
import { systemRandom } from '../../node/host/system.ts'
import { createMeshHomes, type MeshHomes } from '../helpers/mesh-homes.ts'
import { configure, huntFile, openNodes } from '../helpers/nodes.ts'
import { quickRunner, type TestRunner } from '../helpers/runners.ts'
import { until } from '../helpers/until.ts'

const MIB = 1024 * 1024

/** The setting for a node that nobody can dial: any relay among the peers it is connected with. */
const THROUGH_ANY_RELAY = ['/p2p-circuit']

const isRelayed = ({ peer }: InvestigatorNode): boolean => peer.network.addresses().length > 0

/** One agent that only dials out, one bootstrap peer, and an investigator that listens through a relay only. */
async function createHomes(listen: readonly string[] = THROUGH_ANY_RELAY): Promise<MeshHomes> {
  const homes = await createMeshHomes({ agents: 1, dialOnly: true })
  await configure(homes, 'investigator', { listen })
  return homes
}

/** Finds this many random bytes. */
function greatRunner(size: number): TestRunner {
  const runner = quickRunner()
  return {
    ...runner,
    async run(operation, options) {
      const statistics = Buffer.from(systemRandom.bytes(size)).toString('base64')
      return { ...(await runner.run(operation, options)), statistics }
    },
  }
}

describe('an investigator that listens through a relay', () => {
  it('is told to others by its relayed addresses, and gets an answer of some MiB', async () => {
    await using homes = await createHomes()
    await using nodes = openNodes(homes)
    await nodes.bootstrap()
    const agent = await nodes.agent(0, greatRunner(5 * MIB))
    const investigator = await nodes.investigator()
    await until(() => isRelayed(investigator))
    const self = homes.peers.get('investigator')!
    for (const address of investigator.peer.network.addresses())
      expect(address).toBe(`${homes.bootstrapAddresses[0]!}/p2p-circuit/p2p/${self}`)
    expect(agent.peer.network.addresses()).toEqual([])
    await until(async () => (await investigator.api.agents()).length === 1)
    const [answer] = await huntFile(investigator, homes)
    expect(answer).toMatchObject({ status: 'success' })
    expect(JSON.stringify(answer).length).toBeGreaterThan(5 * MIB)
  })

  it('listens again, and is answered again, when the relay was restarted', async () => {
    await using homes = await createHomes()
    await using nodes = openNodes(homes)
    const relay = await nodes.bootstrap()
    await nodes.agent(0)
    const investigator = await nodes.investigator()
    await until(() => isRelayed(investigator))
    await relay.close()
    await until(() => !isRelayed(investigator))
    const again = await nodes.bootstrap()
    await until(() => isRelayed(investigator) && again.network.neighbours().length === 2)
    expect(await huntFile(investigator, homes)).toMatchObject([{ status: 'success' }])
  })

  it('starts without its relay, and listens when the relay is there', async () => {
    await using homes = await createHomes()
    await using nodes = openNodes(homes)
    const investigator = await nodes.investigator()
    expect(isRelayed(investigator)).toBe(false)
    const relay = await nodes.bootstrap()
    await until(() => isRelayed(investigator))
    // Its record was left before it had an address; neighbours hear of the one it has now.
    const self = homes.peers.get('investigator')!
    await until(() => (relay.book.find(self)?.addresses ?? []).length > 0)
  })
})
