/** Which actions of others become hunts of this home, and who is expected to answer them. */
import { beforeEach, describe, expect, it } from 'vitest'
import type { HuntRecord } from '../../node/core/hunt.ts'
import type { AgentSight } from '../../node/core/investigator-api.ts'
import type { Person } from '../../node/core/ids.ts'
import type { PolicyFile } from '../../node/core/policy.ts'
import type { VerifiedDocument } from '../../node/core/verified.ts'
import { createAdoption } from '../../node/investigator/adopt.ts'
import { createHunts } from '../../node/investigator/hunts.ts'
import { openResultShelf, type ResultShelf } from '../../node/investigator/result-shelf.ts'
import { agent } from '../helpers/answers.ts'
import { DAY_MS, HOUR_MS, toInstant } from '../../node/core/time.ts'
import { actionFields, keyFor, NOW_MS, policyFile, SEALING, sign } from '../helpers/documents.ts'
import { memoryRecords, NEIGHBOUR, openLadder, silent, type TestLadder } from '../helpers/ladder.ts'
import type { TestKey } from '../helpers/test-keys.ts'
import { until } from '../helpers/until.ts'

const [alice, bob] = await Promise.all([keyFor('Alice'), keyFor('Bob')])
const self = agent('5')
const base = policyFile({
  people: { alice: [alice], bob: [bob] },
  acl: { default: [1, { alice: 1, bob: 1 }] },
})
/** This node is alice's. */
const policy: PolicyFile = {
  ...base,
  people: {
    ...base.people,
    alice: { ...base.people['alice' as Person], nodes: [{ peer: self, sealing: SEALING }] },
  } as PolicyFile['people'],
}
const db = { peer: agent('1'), seenAtMs: 0, record: { name: 'db' } } as AgentSight

let ladder: TestLadder
let shelf: ResultShelf
let adopt: (document: VerifiedDocument) => void
let isPulled = false
beforeEach(async () => {
  ladder = await openLadder(policy)
  shelf = await openResultShelf({
    hunts: memoryRecords(),
    results: memoryRecords(),
    logger: silent,
  })
  isPulled = false
  adopt = createAdoption({
    self,
    policy: ladder.trust.policy,
    logger: silent,
    shelf,
    hunts: createHunts({ clock: ladder.clock, shelf, onAnswer: () => () => undefined }),
    meant: () => {
      isPulled = true
      return Promise.resolve([db])
    },
  })
})

async function accepted(keys: readonly TestKey[], change = {}): Promise<VerifiedDocument> {
  const { bytes } = await sign('action', actionFields(change), keys)
  const verdict = await ladder.intake.take(bytes, { from: NEIGHBOUR, by: 'sync' })
  if (verdict.kind !== 'accept') throw new Error(verdict.code)
  return verdict.value
}
const node = (peer: string): object => ({ peer, sealing: SEALING, addresses: [] })
const firstHunt = async (): Promise<HuntRecord | undefined> => {
  await until(() => shelf.hunts().length > 0)
  return shelf.hunts()[0]
}

describe('an action that another home launched', () => {
  it('and one of our people signed is a hunt here, which waits for whom its target means', async () => {
    adopt(await accepted([alice, bob]))
    expect(await firstHunt()).toMatchObject({ expected: [{ peer: agent('1'), name: 'db' }] })
  })

  it('is as old as its validity, never newer than now', async () => {
    adopt(await accepted([alice]))
    expect(await firstHunt()).toMatchObject({ launchedAtMs: NOW_MS - HOUR_MS })
    const ahead = {
      validfrom: toInstant(NOW_MS + HOUR_MS),
      expireafter: toInstant(NOW_MS + DAY_MS),
    }
    adopt(await accepted([alice], ahead))
    await until(() => shelf.hunts().length === 2)
    expect(shelf.hunts()[0]).toMatchObject({ launchedAtMs: NOW_MS })
  })

  it('and that wants its answers here is one too', async () => {
    adopt(await accepted([bob], { replyto: [node(self)] }))
    expect(await firstHunt()).toMatchObject({ name: 'who listens on 4444' })
  })

  it('and whose answers go elsewhere is none of ours', async () => {
    adopt(await accepted([bob], { replyto: [node(agent('6'))] }))
    expect(isPulled).toBe(false)
    adopt(await accepted([alice], { nonce: 'BAAAAAAAAAAAAAAAAAAAAA' }))
    await firstHunt()
    expect(shelf.hunts()).toHaveLength(1)
  })

  it('stays as it was when it was launched here meanwhile', async () => {
    const document = await accepted([alice])
    adopt(document)
    adopt(document)
    await firstHunt()
    adopt(document)
    expect(shelf.hunts()).toHaveLength(1)
  })
})

it('goes on after a hunt that could not be kept', async () => {
  const failures: string[] = []
  let isFull = true
  const adoptOnto = createAdoption({
    self,
    policy: ladder.trust.policy,
    logger: { log: (event) => void failures.push(event) },
    shelf,
    hunts: {
      begin: (envelope, expected) =>
        isFull
          ? Promise.reject(new Error('no space'))
          : createHunts({ clock: ladder.clock, shelf, onAnswer: () => () => undefined }).begin(
              envelope,
              expected,
            ),
    },
    meant: () => Promise.resolve([]),
  })
  adoptOnto(await accepted([alice]))
  await until(() => failures.length > 0)
  isFull = false
  adoptOnto(await accepted([alice], { nonce: 'BAAAAAAAAAAAAAAAAAAAAA' }))
  await firstHunt()
  expect(failures).toEqual(['hunt-not-kept'])
})
