/** A star: agents that only dial out, around one bootstrap peer, before and after it was restarted. */
import { describe, expect, it } from 'vitest'
import { createMesh } from '../helpers/mesh.ts'
import { FILE_SEARCH, quickRunner } from '../helpers/runners.ts'
import { until } from '../helpers/until.ts'

const AGENTS = 12

describe('a star of agents that only dial out', () => {
  it('is reached as a whole, and again when its hub was restarted', async () => {
    await using mesh = await createMesh({ agents: AGENTS, dialOnly: true, runner: quickRunner() })
    await mesh.known(AGENTS)
    for (const agent of mesh.agents) expect(agent?.peer.network.addresses()).toEqual([])
    const first = await mesh.hunt({ operations: [FILE_SEARCH] })
    expect(first.tally.counts.answered).toBe(AGENTS)

    const hub = await mesh.restartBootstrap(0)
    expect(hub.network.self).toBe(mesh.peers.get('bootstrap-0'))
    await until(() => hub.network.neighbours().length === AGENTS + 1)
    const second = await mesh.hunt({ operations: [FILE_SEARCH] })
    expect(second.tally.counts.answered).toBe(AGENTS)
  }, 60_000)
})
