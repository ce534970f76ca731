/** An investigator's node from opening to closing: what it waits for, what it leaves behind. */
import { setImmediate } from 'node:timers/promises'
import { describe, expect, it, vi } from 'vitest'
import { systemClock } from '../../node/host/system.ts'
import { createMeshHomes } from '../helpers/mesh-homes.ts'
import { configure, openNodes } from '../helpers/nodes.ts'
import { until } from '../helpers/until.ts'

describe('a node that was opened', () => {
  it('is ready when it has met a neighbour that keeps presence, not one that only dials out', async () => {
    const { after } = systemClock
    // However slow this machine is, nobody gives up waiting for a neighbour.
    using _ = vi
      .spyOn(systemClock, 'after')
      .mockImplementation((ms, task) => (ms === 10_000 ? () => undefined : after(ms, task)))
    await using homes = await createMeshHomes({ agents: 1, dialOnly: true })
    await using nodes = openNodes(homes)
    const node = await nodes.investigator()
    let isReady = false
    const ready = node.ready().finally(() => {
      isReady = true
    })
    await configure(homes, 'agent-0', { bootstrap: node.peer.network.addresses() })
    await nodes.agent(0)
    await until(() => node.peer.network.neighbours().length === 1)
    await setImmediate()
    expect(isReady).toBe(false)
    await nodes.bootstrap()
    expect(await ready).toBe(true)
    expect(node.peer.network.neighbours().some(({ listening }) => listening)).toBe(true)
  })
})

describe('a node that was closed', () => {
  it('sleeps no more, so that its process can end', async () => {
    const sleep = vi.spyOn(systemClock, 'sleep')
    await using homes = await createMeshHomes({ agents: 0 })
    const nodes = openNodes(homes)
    await nodes.bootstrap()
    await (await nodes.investigator()).ready()
    await nodes[Symbol.asyncDispose]()
    await setImmediate()
    const states = sleep.mock.settledResults.map(({ type }) => type)
    expect(states.length).toBeGreaterThan(0)
    expect(states).not.toContain('incomplete')
    sleep.mockRestore()
  })
})
