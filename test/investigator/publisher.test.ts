/** When a launch counts as stored in the mesh, and that nothing waits for who has shown it already. */
import { expect, it } from 'vitest'
import { parseEnvelope } from '../../node/core/envelope.ts'
import type { PeerId } from '../../node/core/ids.ts'
import type { Neighbour } from '../../node/core/ports.ts'
import type { Verdict } from '../../node/core/verdict.ts'
import type { VerifiedDocument } from '../../node/core/verified.ts'
import type { Fate } from '../../node/core/wire.ts'
import { publish, type PublisherPorts } from '../../node/investigator/publisher.ts'
import { agent } from '../helpers/answers.ts'
import { actionFields, keyFor, NOW_MS, sign, textOf } from '../helpers/documents.ts'
import { testClock } from '../helpers/ladder.ts'

const signed = await sign('action', actionFields(), [await keyFor('Alice')])
const { id, documentId: action } = parseEnvelope(signed.bytes)

function ports(neighbours: Neighbour[]) {
  let tellFate = (_peer: PeerId, _fate: Fate): void => undefined
  let tellAnswer: Parameters<PublisherPorts['onAnswer']>[0] = () => undefined
  return {
    network: { neighbours: () => neighbours },
    clock: testClock(NOW_MS),
    take: () => Promise.resolve({ kind: 'accept' } as Verdict<VerifiedDocument>),
    offerAgain: () => undefined,
    onFate: (listener: typeof tellFate) => {
      tellFate = listener
      return () => undefined
    },
    onAnswer: (listener: typeof tellAnswer) => {
      tellAnswer = listener
      return () => undefined
    },
    stored: (peer: PeerId) => {
      tellFate(peer, { id, fate: 'stored', detail: '' })
    },
    answered: (peer: PeerId) => {
      tellAnswer({ action, agent: peer })
    },
  }
}
const near = (peer: PeerId): Neighbour => ({ peer, listening: true })

it('two neighbours that stored it confirm a launch', async () => {
  const mesh = ports([agent('1'), agent('2'), agent('3')].map(near))
  const { confirmation } = await publish(textOf(signed), mesh)
  mesh.stored(agent('1'))
  mesh.stored(agent('3'))
  expect(await confirmation).toMatchObject({ confirmed: true, storedBy: [agent('1'), agent('3')] })
})

it('an agent that answers has stored it: a neighbour that came by gossip first is not waited for', async () => {
  const neighbours = [near(agent('1'))]
  const mesh = ports(neighbours)
  const { confirmation } = await publish(textOf(signed), mesh)
  neighbours.push(near(agent('2')))
  mesh.stored(agent('1'))
  // A stranger's answer says nothing about neighbours.
  mesh.answered(agent('9'))
  mesh.answered(agent('2'))
  expect(await confirmation).toMatchObject({ confirmed: true, neighbours: 2 })
})
