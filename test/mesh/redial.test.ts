/** A node stays connected, or is again: bootstrap peers that come late, fall silent, and come back. */
import { describe, expect, it } from 'vitest'
import { fromBase64url } from '../../node/core/bytes.ts'
import type { PeerId } from '../../node/core/ids.ts'
import { openLogger } from '../../node/host/logger.ts'
import { systemClock, systemRandom } from '../../node/host/system.ts'
import { openNetwork, type OpenNetwork } from '../../node/net/network.ts'
import { type Killable, startKillable } from '../helpers/killable.ts'
import { memoryRecords } from '../helpers/ladder.ts'
import { createMeshHomes, type MeshHomes } from '../helpers/mesh-homes.ts'
import { openNodes } from '../helpers/nodes.ts'
import { PROGRAMS } from '../helpers/processes.ts'
import { until } from '../helpers/until.ts'

const MONITOR_PERIOD_MS = 500

const isNeighbour = (network: OpenNetwork, peer: PeerId): boolean =>
  network.neighbours().some((each) => each.peer === peer)

/** A node that only dials the bootstrap peers, and asks often whether they are alive. */
async function openDialler(homes: MeshHomes): Promise<OpenNetwork> {
  const network = await openNetwork({
    seed: systemRandom.bytes(32),
    meshSecret: fromBase64url(homes.policy.mesh.secret)!,
    listen: [],
    announce: [],
    bootstrap: homes.bootstrapAddresses,
    maxConnections: 16,
    mdns: false,
    relay: false,
    topUp: false,
    monitorPeriodMs: MONITOR_PERIOD_MS,
    peers: memoryRecords(),
    clock: systemClock,
    random: systemRandom,
    logger: openLogger({ level: 'silent' }),
  })
  network.start()
  return network
}

function startBootstrap(homes: MeshHomes, index: number): Killable {
  const name = `bootstrap-${String(index)}`
  return startKillable({ name, args: [PROGRAMS.bootstrap, '--home', homes.home(name)] })
}

describe('redial', () => {
  it('reaches a bootstrap peer that was down when the agent started', async () => {
    await using homes = await createMeshHomes({ agents: 1, dialOnly: true })
    await using nodes = openNodes(homes)
    const { peer } = await nodes.agent(0)
    const [address] = homes.bootstrapAddresses
    const dial = peer.network.open(homes.peers.get('bootstrap-0')!, '/mig/peers/1', {
      signal: AbortSignal.timeout(5000),
      addresses: [address!],
    })
    await expect(dial).rejects.toMatchObject({ code: 'PEER_UNREACHABLE' })
    await nodes.bootstrap()
    await until(() => isNeighbour(peer.network, homes.peers.get('bootstrap-0')!))
  })

  it('notices a peer that is connected and silent, keeps the others, and returns to it', async () => {
    await using homes = await createMeshHomes({ agents: 0, bootstraps: 2 })
    const [silent, lively] = [startBootstrap(homes, 0), startBootstrap(homes, 1)]
    const network = await openDialler(homes)
    try {
      await Promise.all([silent.ready(), lively.ready()])
      const [one, other] = [homes.peers.get('bootstrap-0')!, homes.peers.get('bootstrap-1')!]
      const lost: PeerId[] = []
      network.onGone((peer) => lost.push(peer))
      await until(() => isNeighbour(network, one) && isNeighbour(network, other))
      process.kill(silent.pid, 'SIGSTOP')
      await until(() => lost.includes(one) && !isNeighbour(network, one))
      expect(isNeighbour(network, other)).toBe(true)
      process.kill(silent.pid, 'SIGCONT')
      await until(() => isNeighbour(network, one))
      expect(lost).toEqual([one])
    } finally {
      await network.close()
      // A stopped process ends by no other signal.
      await Promise.all([silent.kill(), lively.kill()])
    }
  }, 60_000)
})
