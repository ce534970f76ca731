/** Who was here is forgotten in its time, on disk as in memory. */
import { describe, expect, it } from 'vitest'
import { fromUtf8 } from '../../node/core/bytes.ts'
import { buildEnvelope } from '../../node/core/envelope.ts'
import type { PeerId } from '../../node/core/ids.ts'
import { parsePolicy } from '../../node/core/policy.ts'
import { encodePresence, PRESENCE_LIFETIME_MS } from '../../node/core/presence.ts'
import type { Records } from '../../node/core/ports.ts'
import { createTrust, type Trust } from '../../node/core/trust.ts'
import { openPresenceBook, type PresenceBook } from '../../node/mesh/presence-book.ts'
import { AGENT, keyFor, MESH, NOW_MS, policyFile } from '../helpers/documents.ts'
import { memoryRecords, NEIGHBOUR, testClock } from '../helpers/ladder.ts'

const alice = await keyFor('Alice')
const policy = parsePolicy(
  policyFile({ people: { alice: [alice] }, acl: { default: [1, { alice: 1 }] } }),
)
const record = fromUtf8(
  buildEnvelope(
    'presence',
    encodePresence({
      mesh: MESH,
      peer: AGENT as PeerId,
      role: 'agent',
      at: NOW_MS,
      addresses: [],
    }),
    [{ keyid: AGENT, sig: new Uint8Array(64) }],
  ).bytes,
)

interface Here {
  readonly book: PresenceBook
  readonly records: Records
  readonly clock: ReturnType<typeof testClock>
  readonly trust: Trust
}

async function open(records = memoryRecords(), nowMs = NOW_MS): Promise<Here> {
  const clock = testClock(nowMs)
  const trust = createTrust(policy)
  const signatures = { verify: () => true }
  const book = await openPresenceBook({ trust, clock, signatures, records })
  return { book, records, clock, trust }
}
const onDisk = async ({ records }: Here): Promise<number> =>
  (await Array.fromAsync(records.entries())).length

describe('the presence book', () => {
  it('forgets a record when its time is over', async () => {
    const here = await open()
    await here.book.keep(record)
    await here.book.dropExpired()
    expect(here.book.all()).toHaveLength(1)
    here.clock.nowMs += PRESENCE_LIFETIME_MS
    await here.book.dropExpired()
    expect(here.book.all()).toEqual([])
    expect(await onDisk(here)).toBe(0)
  })

  it('forgets whoever was revoked since, and lists nobody who is', async () => {
    const here = await open()
    await here.book.keep(record)
    here.trust.revoke(AGENT as PeerId)
    expect(here.book.all()).toEqual([])
    await here.book.dropExpired()
    expect(here.book.find(AGENT as PeerId)).toBeUndefined()
  })

  it('leaves nothing on disk that it does not take back in', async () => {
    const { book, records } = await open()
    await book.keep(record)
    expect(await onDisk(await open(records, NOW_MS + PRESENCE_LIFETIME_MS))).toBe(0)
  })

  it('takes no record from a peer that leaves another one', async () => {
    const { book } = await open()
    await expect(book.keep(record, NEIGHBOUR)).rejects.toThrow('not signed by its peer')
    await book.keep(record, AGENT as PeerId)
    expect(book.all()).toHaveLength(1)
  })
})
