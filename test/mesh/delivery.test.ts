/** Every agent that an action means gets it and answers, whatever it can dial and whoever is gone. */
import { describe, expect, it } from 'vitest'
import { createMesh } from '../helpers/mesh.ts'
import { until } from '../helpers/until.ts'
import { FILE_SEARCH, quickRunner } from '../helpers/runners.ts'

describe('delivery', () => {
  it('reaches agents that only dial out, through a bootstrap peer that they share', async () => {
    await using mesh = await createMesh({ agents: 6, dialOnly: true, runner: quickRunner() })
    await mesh.known(6)
    const hunt = await mesh.hunt({ operations: [FILE_SEARCH] })
    expect(hunt.tally.counts.answered).toBe(6)
    expect(hunt.events[0]).toMatchObject({ type: 'launched', expected: 6 })
  })

  it('runs an action only where its target is true', async () => {
    const tags = (index: number) => ({ role: index < 2 ? 'db' : 'web' })
    await using mesh = await createMesh({ agents: 4, tags, runner: quickRunner() })
    await mesh.known(4)
    const hunt = await mesh.hunt({ target: "tags->>'role'='db'", operations: [FILE_SEARCH] })
    expect(hunt.answers.map(({ name }) => name).toSorted()).toEqual(['agent-0', 'agent-1'])
    // The others hold the document all the same, and say in their own ledger that it did not mean them.
    await until(async () =>
      (await mesh.ledger(3, hunt.action)).some(({ event }) => event === 'not-meant'),
    )
    expect((await mesh.ledger(3, hunt.action)).map(({ event }) => event)).not.toContain('ran')
  })

  it('goes on among listening peers when every bootstrap peer is gone', async () => {
    await using mesh = await createMesh({ agents: 4, runner: quickRunner() })
    await mesh.known(4)
    await until(() =>
      mesh.agents.every((each) => (each?.peer.network.neighbours().length ?? 0) >= 4),
    )
    await mesh.bootstraps[0]?.close()
    mesh.bootstraps[0] = undefined
    const hunt = await mesh.hunt({ operations: [FILE_SEARCH] })
    expect(hunt.tally.counts.answered).toBe(4)
  })

  it('confirms a launch when two neighbours have it on disk', async () => {
    await using mesh = await createMesh({ agents: 3, runner: quickRunner() })
    await mesh.known(3)
    await until(() => mesh.investigator.peer.network.neighbours().length >= 2)
    const hunt = await mesh.hunt({ operations: [FILE_SEARCH] })
    const launched = hunt.events.find(({ type }) => type === 'launched')
    if (launched?.type !== 'launched') throw new Error('no launch')
    expect(launched.publication.confirmed).toBe(true)
    expect(launched.publication.storedBy.length).toBeGreaterThanOrEqual(2)
  })

  it('answers with the real module in a real child', async () => {
    await using mesh = await createMesh({ agents: 1 })
    await mesh.known(1)
    const hunt = await mesh.hunt({ operations: [FILE_SEARCH] })
    expect(hunt.answers).toMatchObject([{ status: 'success', results: [{ module: 'file' }] }])
    const events = async () => (await mesh.ledger(0, hunt.action)).map(({ event }) => event)
    await until(async () => (await events()).includes('delivered'))
    expect(await events()).toEqual(expect.arrayContaining(['accepted', 'meant', 'ran', 'answer']))
  })
})
