/** Listening peers met before, on disk: how a node finds its mesh again when every bootstrap peer is gone. */
import { z } from 'zod'
import { fromUtf8, toUtf8 } from '../core/bytes.ts'
import { peerId, type PeerId } from '../core/ids.ts'
import { parseWith } from '../core/parse.ts'
import type { Clock, Records } from '../core/ports.ts'
import { DAY_MS } from '../core/time.ts'

const PEERS_LIMIT = 512
const FORGET_AFTER_MS = 60 * DAY_MS

const entrySchema = z.strictObject({
  peer: peerId,
  addresses: z.array(z.string().max(256)).min(1).max(16),
  seenAtMs: z.number(),
})
type Entry = z.infer<typeof entrySchema>

export interface PeerBook {
  add(peer: PeerId, addresses: readonly string[]): Promise<void>
  addressesOf(peer: PeerId): readonly string[]
  /** Most recently seen first. */
  all(): readonly { readonly peer: PeerId; readonly addresses: readonly string[] }[]
}

export async function openPeerBook(records: Records, clock: Pick<Clock, 'now'>): Promise<PeerBook> {
  const entries = new Map<PeerId, Entry>()
  for await (const [key, bytes] of records.entries()) {
    const parsed = parseWith(entrySchema, JSON.parse(fromUtf8(bytes)))
    if (parsed.ok && parsed.value.seenAtMs > clock.now() - FORGET_AFTER_MS)
      entries.set(parsed.value.peer, parsed.value)
    else await records.delete(key)
  }
  const sorted = (): Entry[] => [...entries.values()].toSorted((a, b) => b.seenAtMs - a.seenAtMs)
  return {
    async add(peer, addresses) {
      const useful = addresses.filter((each) => each.length <= 256).slice(0, 16)
      if (useful.length === 0) return
      const entry = { peer, addresses: useful, seenAtMs: clock.now() }
      entries.set(peer, entry)
      await records.put(peer, toUtf8(JSON.stringify(entry)))
      const oldest = entries.size > PEERS_LIMIT ? sorted().at(-1) : undefined
      if (oldest === undefined) return
      entries.delete(oldest.peer)
      await records.delete(oldest.peer)
    },
    addressesOf: (peer) => entries.get(peer)?.addresses ?? [],
    all: sorted,
  }
}
