/** What was missed is made up for: by whoever joins late, was off, was cut off, or died. */
import { describe, expect, it } from 'vitest'
import type { DocumentId } from '../../node/core/ids.ts'
import type { TargetState } from '../../node/core/hunt.ts'
import { sever } from '../helpers/chaos.ts'
import { createMesh, type TestMesh } from '../helpers/mesh.ts'
import { FILE_SEARCH, quickRunner, slowRunner } from '../helpers/runners.ts'
import { until } from '../helpers/until.ts'

const stateOf = async (
  mesh: TestMesh,
  action: DocumentId,
  agent: string,
): Promise<TargetState | undefined> => {
  const { tally } = await mesh.investigator.api.report(action)
  return tally.targets.find(({ name }) => name === agent)?.state
}

describe('catching up', () => {
  it('brings a late joiner every action that is still valid', async () => {
    const runner = quickRunner()
    await using mesh = await createMesh({ agents: 2, started: 1, runner })
    await mesh.known(1)
    const hunts = [
      await mesh.hunt({ operations: [FILE_SEARCH] }),
      await mesh.hunt({ operations: [FILE_SEARCH] }),
    ]
    await mesh.startAgent(1)
    for (const { action } of hunts)
      await until(async () => (await stateOf(mesh, action, 'agent-1')) === 'answered')
    expect(runner.runs).toHaveLength(4)
  })

  it('needs no gossip: a peer whose memory of messages is gone hands on what its store holds', async () => {
    const runner = quickRunner()
    await using mesh = await createMesh({ agents: 2, dialOnly: true, runner })
    await mesh.known(2)
    await mesh.stopAgent(1)
    const hunt = await mesh.hunt({ operations: [FILE_SEARCH] })
    expect(await stateOf(mesh, hunt.action, 'agent-1')).toBe('silent')
    // The only way to the agent is a process that never saw the message, only its own store.
    await mesh.stopAgent(0)
    await mesh.restartBootstrap(0)
    await mesh.startAgent(1)
    await until(async () => (await stateOf(mesh, hunt.action, 'agent-1')) === 'answered')
  })

  it('heals a partition: both sides then hold what either side published', async () => {
    await using mesh = await createMesh({
      agents: 4,
      bootstraps: 2,
      bootstrapsOf: (index) => [index % 2],
      runner: quickRunner(),
    })
    await mesh.known(4)
    const [near, far] = [0, 1].map((side) =>
      [mesh.bootstraps[side], mesh.agents[side]?.peer, mesh.agents[side + 2]?.peer].map(
        (each) => each!,
      ),
    )
    const networksOf = (peers: typeof near) => peers!.map(({ network }) => network)
    const cut = sever([...networksOf(near), mesh.investigator.peer.network], networksOf(far))
    const hunt = await mesh.launch(await mesh.sign({ operations: [FILE_SEARCH] }, ['alice']))
    expect(hunt.tally.counts).toMatchObject({ answered: 2, silent: 2 })
    expect(far!.map((peer) => peer.isAccepted(hunt.action))).toEqual([false, false, false])
    // The far side goes on by itself: a document put there spreads there.
    const there = await mesh.sign({ operations: [FILE_SEARCH] }, ['bob'])
    await far![1]!.intake.take(new TextEncoder().encode(there), 'own')
    await until(() => far!.every((peer) => documentsOf(peer) === 1))
    cut.heal()
    await until(() => [...near!, ...far!].every((peer) => documentsOf(peer) === 2))
    await until(
      async () => (await mesh.investigator.api.report(hunt.action)).tally.counts.answered === 4,
    )
  })

  it('shows an agent that died in mid-hunt as silent, and takes its answer when it is back', async () => {
    const runner = slowRunner()
    await using mesh = await createMesh({ agents: 1, runner })
    await mesh.known(1)
    const envelope = await mesh.sign({ operations: [FILE_SEARCH] }, ['alice'])
    const launched = mesh.launch(envelope)
    await until(() => runner.runs.length === 1)
    await mesh.stopAgent(0)
    const hunt = await launched
    expect(hunt.tally.counts.silent).toBe(1)
    await mesh.startAgent(0)
    await until(async () => (await stateOf(mesh, hunt.action, 'agent-0')) === 'failed')
    const { answers } = await mesh.investigator.api.report(hunt.action)
    expect(answers.map(({ status }) => status)).toEqual(['interrupted'])
    expect(runner.runs).toHaveLength(1)
  })

  it('hears of a revocation before it runs what the revoked key signed', async () => {
    const runner = quickRunner()
    await using mesh = await createMesh({ agents: 1, people: ['alice', 'bob', 'carol'], runner })
    await mesh.known(1)
    await mesh.stopAgent(0)
    const action = await mesh.sign({ operations: [FILE_SEARCH] }, ['alice'])
    await mesh.investigator.api.publish(action)
    const revoked = mesh.keys.get('alice')!.fingerprint
    const subject = { kind: 'key', fingerprint: revoked }
    await mesh.investigator.api.publish(
      await mesh.signControl('revoke', { subject, reason: 'stolen' }, ['bob', 'carol']),
    )
    const agent = await mesh.startAgent(0)
    await until(() => agent.peer.trust.isRevoked(revoked))
    // A later action by another signer runs, so the earlier one had its chance.
    await mesh.hunt({ operations: [FILE_SEARCH] }, ['bob'])
    expect(runner.runs).toHaveLength(1)
  })
})

const documentsOf = (peer: NonNullable<TestMesh['bootstraps'][number]>): number =>
  peer.documents.ids('action').length
