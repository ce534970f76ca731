/** An investigator's node from opening to closing: what it waits for, what it leaves behind. */
import { setImmediate } from 'node:timers/promises'
import { describe, expect, it, vi } from 'vitest'
import { systemClock } from '../../node/host/system.ts'
import { createMeshHomes } from '../helpers/mesh-homes.ts'
import { openNodes } from '../helpers/nodes.ts'

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
