/** Which peers a node remembers: those that it met, before those that it was told of. */
import { describe, expect, it } from 'vitest'
import type { PeerId } from '../../../node/core/ids.ts'
import { openPeerBook, type PeerBook } from '../../../node/net/peer-book.ts'
import { memoryRecords, testClock } from '../../helpers/ladder.ts'

const LIMIT = 512
const DIGITS = '123456789ABCDEFGHJKLMNPQRSTUVWXYZ'
const peer = (index: number): PeerId => {
  const [high, low] = [Math.floor(index / DIGITS.length), index % DIGITS.length]
  return `12D3KooW${'A'.repeat(42)}${DIGITS[high]!}${DIGITS[low]!}` as PeerId
}
const ADDRESSES = ['/ip4/192.0.2.1/tcp/4001']

const open = (records = memoryRecords(), logged: string[] = []): Promise<PeerBook> =>
  openPeerBook({
    records,
    clock: testClock(1000),
    logger: { log: (event) => void logged.push(event) },
  })

describe('the peer book', () => {
  it('keeps whom it met, however many others it is told of, over a restart too', async () => {
    const records = memoryRecords()
    const book = await open(records)
    await book.meet(peer(0), ADDRESSES)
    for (let index = 1; index < LIMIT + 100; index += 1) await book.hear(peer(index), ADDRESSES)
    await book.hear(peer(0), ['/ip4/192.0.2.2/tcp/4001'])
    for (const each of [book, await open(records)]) {
      expect(each.all()).toHaveLength(LIMIT)
      expect(each.all()[0]).toMatchObject({ peer: peer(0) })
      expect(each.addressesOf(peer(0))).toEqual([...ADDRESSES, '/ip4/192.0.2.2/tcp/4001'])
    }
  })

  it('forgets one that it was told of for one that it meets', async () => {
    const book = await open()
    for (let index = 0; index < LIMIT; index += 1) await book.hear(peer(index), ADDRESSES)
    await book.meet(peer(LIMIT), ADDRESSES)
    expect(book.all()).toHaveLength(LIMIT)
    expect(book.all()[0]).toMatchObject({ peer: peer(LIMIT) })
  })

  it('knows a peer until the restart when the disk is full, and says so', async () => {
    const logged: string[] = []
    const records = { ...memoryRecords(), put: () => Promise.reject(new Error('ENOSPC')) }
    const book = await open(records, logged)
    await book.meet(peer(0), ADDRESSES)
    expect(book.addressesOf(peer(0))).toEqual(ADDRESSES)
    expect(logged).toEqual(['peer-not-stored'])
  })
})
