/** A hunt is on disk before its action leaves: whatever breaks in between, it can be followed up or is sent after a restart. */
import { beforeEach, describe, expect, it } from 'vitest'
import { parseEnvelope } from '../../node/core/envelope.ts'
import type { InvestigatorApi } from '../../node/core/investigator-api.ts'
import type { Records } from '../../node/core/ports.ts'
import type { Verdict } from '../../node/core/verdict.ts'
import type { VerifiedDocument } from '../../node/core/verified.ts'
import { createHunts } from '../../node/investigator/hunts.ts'
import { createInvestigator, type InvestigatorPorts } from '../../node/investigator/investigator.ts'
import { openResultShelf, type ResultShelf } from '../../node/investigator/result-shelf.ts'
import { sendUnsent } from '../../node/investigator/unsent.ts'
import { slowRecords } from '../helpers/answers.ts'
import { actionFields, keyFor, NOW_MS, sign, textOf } from '../helpers/documents.ts'
import { memoryRecords, silent, testClock } from '../helpers/ladder.ts'

const signed = await sign('action', actionFields(), [await keyFor('Alice')])
const envelope = textOf(signed)
const { documentId: action } = parseEnvelope(signed.bytes)
const refused = { kind: 'ignore', code: 'too-little-weight', detail: '' } as const
const accepted = { kind: 'accept' } as Verdict<VerifiedDocument>
const clock = testClock(NOW_MS)

let onDisk: Records
let shelf: ResultShelf
const openShelf = (): Promise<ResultShelf> =>
  openResultShelf({ hunts: onDisk, results: memoryRecords(), logger: silent })
beforeEach(async () => {
  onDisk = memoryRecords()
  shelf = await openShelf()
})

const publisherWith = (take: () => Promise<Verdict<VerifiedDocument>>) => ({
  network: { neighbours: () => [] },
  clock,
  take,
  onFate: () => () => undefined,
  onAnswer: () => () => undefined,
  offerAgain: () => undefined,
})

function investigatorWith(change: Partial<InvestigatorPorts>): InvestigatorApi {
  return createInvestigator({
    clock,
    shelf,
    hunts: createHunts({ clock, shelf, onAnswer: () => () => undefined }),
    publisher: publisherWith(() => Promise.resolve(accepted)),
    presences: () => [],
    pullPresence: () => Promise.resolve(),
    status: () => {
      throw new Error('not asked for in this test')
    },
    ...change,
  })
}

/** Launches, and takes the first event. */
async function launch(take: () => Promise<Verdict<VerifiedDocument>>): Promise<void> {
  const api = investigatorWith({ publisher: publisherWith(take) })
  await api.launch(envelope, AbortSignal.abort())[Symbol.asyncIterator]().next()
}

const hold = (): Promise<never> => new Promise(() => undefined)

describe('a launch', () => {
  it('sends nothing before its hunt is on disk', async () => {
    const records = onDisk
    onDisk = slowRecords(records)
    shelf = await openShelf()
    const keys = Promise.withResolvers<string[]>()
    void launch(async () => {
      keys.resolve(await Array.fromAsync(records.keys()))
      return hold()
    })
    expect(await keys.promise).toEqual([action])
  })

  it('that is refused leaves no hunt behind', async () => {
    await expect(launch(() => Promise.resolve(refused))).rejects.toMatchObject({ code: 'REFUSED' })
    expect(shelf.hunts()).toEqual([])
    expect((await openShelf()).hunts()).toEqual([])
  })

  it('that is refused the second time leaves the first', async () => {
    void launch(() => Promise.resolve(accepted))
    await expect.poll(() => shelf.hunts().length).toBe(1)
    await expect(launch(() => Promise.resolve(refused))).rejects.toMatchObject({ code: 'REFUSED' })
    expect((await openShelf()).hunts()).toHaveLength(1)
  })
})

describe('after a crash between hunt and sending', () => {
  const restart = async (isAccepted: boolean, nowMs = NOW_MS): Promise<number> => {
    let sent = 0
    shelf = await openShelf()
    await sendUnsent({
      clock: testClock(nowMs),
      logger: silent,
      shelf,
      publisher: publisherWith(() => {
        sent += 1
        return Promise.resolve(accepted)
      }),
      isAccepted: () => isAccepted,
    })
    return sent
  }
  beforeEach(async () => {
    const isBeingSent = Promise.withResolvers<undefined>()
    void launch(() => {
      isBeingSent.resolve(undefined)
      return hold()
    })
    await isBeingSent.promise
  })

  it('the action is sent', async () => {
    expect(await restart(false)).toBe(1)
    expect(shelf.hunt(action)).toMatchObject({ envelope })
  })

  it('an action that the node has accepted is not sent again, nor one that has expired', async () => {
    expect(await restart(true)).toBe(0)
    expect(await restart(false, NOW_MS + 24 * 3_600_000)).toBe(0)
  })

  it('one that is refused by now stays, and holds up no other', async () => {
    const publisher = publisherWith(() => Promise.resolve(refused))
    shelf = await openShelf()
    await sendUnsent({ clock, logger: silent, shelf, publisher, isAccepted: () => false })
    expect(shelf.hunts()).toHaveLength(1)
  })
})

it('a neighbour that never tells who is there holds up nobody for long', async () => {
  const timers: (() => void)[] = []
  const api = investigatorWith({
    clock: { ...clock, after: (_ms, task) => (timers.push(task), () => undefined) },
    pullPresence: hold,
  })
  const agents = api.agents()
  expect(timers).toHaveLength(1)
  timers[0]?.()
  expect(await agents).toEqual([])
})
