/** A cancellation stops what runs, prevents what has not begun, and is answered. */
import { describe, expect, it } from 'vitest'
import { hasCode } from '../../node/core/errors.ts'
import { parseEnvelope } from '../../node/core/envelope.ts'
import type { DocumentId } from '../../node/core/ids.ts'
import { toUtf8 } from '../../node/core/bytes.ts'
import { openHostile } from '../helpers/chaos.ts'
import { createMesh, type TestMesh } from '../helpers/mesh.ts'
import { FILE_SEARCH, quickRunner, slowRunner } from '../helpers/runners.ts'
import { until } from '../helpers/until.ts'

/** A search that takes minutes on any machine: it reads everything there is, for a word that is nowhere. */
const LONG_SEARCH = {
  module: 'file',
  parameters: {
    searches: { s1: { paths: ['/'], contents: ['no-file-[0-9]+-holds-this-[a-z]+-word'] } },
  },
}

const idOf = (envelope: string): DocumentId => parseEnvelope(toUtf8(envelope)).documentId

const cancelOf = (mesh: TestMesh, action: DocumentId, people = ['bob']): Promise<string> =>
  mesh.signControl(
    'cancel',
    { action, expireafter: new Date(Date.now() + 3_600_000).toISOString(), reason: 'a mistake' },
    people,
  )

describe('cancel', () => {
  it('kills a real run under way, and the agent says so', async () => {
    await using mesh = await createMesh({ agents: 1 })
    await mesh.known(1)
    const envelope = await mesh.sign({ operations: [LONG_SEARCH] }, ['alice'])
    const { api } = mesh.investigator
    const seen: string[] = []
    for await (const event of api.launch(envelope, AbortSignal.timeout(25_000))) {
      if (event.type !== 'answer') continue
      seen.push([event.answer.status, event.answer.detail ?? ''].join(' ').trim())
      if (event.answer.status === 'started') await api.publish(await cancelOf(mesh, idOf(envelope)))
    }
    expect(seen).toEqual(['started', 'cancelled cancelled by its investigators: a mistake'])
    const ran = (await mesh.ledger(0, idOf(envelope))).filter(({ event }) => event === 'ran')
    expect(ran).toMatchObject([{ status: 'cancelled' }])
  })

  it('prevents an action that the agent has not heard of yet', async () => {
    const runner = quickRunner()
    await using mesh = await createMesh({ agents: 1, runner })
    await mesh.known(1)
    const envelope = await mesh.sign({ operations: [FILE_SEARCH] }, ['alice'])
    await mesh.investigator.api.publish(await cancelOf(mesh, idOf(envelope)))
    const hunt = await mesh.launch(envelope)
    expect(hunt.answers.map(({ status }) => status)).toEqual(['cancelled'])
    expect(runner.runs).toHaveLength(0)
  })

  it('still holds after the agent was restarted', async () => {
    const runner = quickRunner()
    await using mesh = await createMesh({ agents: 1, runner })
    await mesh.known(1)
    const validfrom = new Date(Date.now() + 4000).toISOString()
    const envelope = await mesh.sign({ validfrom, operations: [FILE_SEARCH] }, ['alice'])
    await mesh.investigator.api.publish(envelope)
    await mesh.investigator.api.publish(await cancelOf(mesh, idOf(envelope)))
    await until(() => mesh.agents[0]?.peer.documents.ids('cancel').length === 1)
    await mesh.stopAgent(0)
    await mesh.startAgent(0)
    const hunt = await mesh.launch(envelope)
    expect(hunt.answers.map(({ status }) => status)).toEqual(['cancelled'])
    expect(runner.runs).toHaveLength(0)
  })

  it('is refused from people who may not, here and by every peer', async () => {
    const runner = slowRunner()
    const acl = {
      default: { minimumweight: 1, investigators: { alice: 1 } },
      '@cancel': { minimumweight: 2, investigators: { alice: 1, bob: 1 } },
    }
    await using mesh = await createMesh({ agents: 1, acl, runner })
    await using hostile = await openHostile(mesh)
    await mesh.known(1)
    const envelope = await mesh.sign({ operations: [FILE_SEARCH] }, ['alice'])
    const cancel = await cancelOf(mesh, idOf(envelope), ['bob'])
    const launched = mesh.launch(envelope)
    await until(() => runner.runs.length === 1)
    await expect(mesh.investigator.api.publish(cancel)).rejects.toSatisfy((error) =>
      hasCode(error, 'REFUSED'),
    )
    const fates = await hostile.put(mesh.address(0), [cancel])
    expect(fates).toMatchObject([{ fate: 'too-little-weight' }])
    runner.release()
    const { tally } = await launched
    expect(tally.counts.answered).toBe(1)
  })
})
