/**
 * Listening peers, on disk: how a node finds its mesh again when every bootstrap peer is gone. Peers that this node has met
 * stay before those it has only heard of: who names hundreds of peers must not make it forget the ones that are real.
 */
import { z } from 'zod'
import { fromUtf8, toUtf8 } from '../core/bytes.ts'
import { peerId, type PeerId } from '../core/ids.ts'
import { parseWith } from '../core/parse.ts'
import { reasonOf } from '../core/errors.ts'
import type { Clock, Logger, Records } from '../core/ports.ts'
import { DAY_MS } from '../core/time.ts'

const PEERS_LIMIT = 512
const FORGET_AFTER_MS = 60 * DAY_MS

const entrySchema = z.strictObject({
  peer: peerId,
  addresses: z.array(z.string().max(256)).min(1).max(16),
  seenAtMs: z.number(),
  /** This node was connected with it; otherwise others, or the local network, say that it is there. */
  isMet: z.boolean().default(false),
})
type Entry = z.infer<typeof entrySchema>

export interface PeerBook {
  /** This node is connected with it. A disk that is full is logged: the peer is known until the restart. */
  meet(peer: PeerId, addresses: readonly string[]): Promise<void>
  /** Somebody says that it is there. */
  hear(peer: PeerId, addresses: readonly string[]): Promise<void>
  addressesOf(peer: PeerId): readonly string[]
  /** Those that were met before the others, most recently seen first. */
  all(): readonly { readonly peer: PeerId; readonly addresses: readonly string[] }[]
}

export interface PeerBookPorts {
  readonly records: Records
  readonly clock: Pick<Clock, 'now'>
  readonly logger: Logger
}

export async function openPeerBook({ records, clock, logger }: PeerBookPorts): Promise<PeerBook> {
  const entries = new Map<PeerId, Entry>()
  for await (const [key, bytes] of records.entries()) {
    const parsed = parseWith(entrySchema, JSON.parse(fromUtf8(bytes)))
    if (parsed.ok && parsed.value.seenAtMs > clock.now() - FORGET_AFTER_MS)
      entries.set(parsed.value.peer, parsed.value)
    else await records.delete(key)
  }
  const sorted = (): Entry[] =>
    [...entries.values()].toSorted(
      (a, b) => Number(b.isMet) - Number(a.isMet) || b.seenAtMs - a.seenAtMs,
    )

  async function write(entry: Entry): Promise<void> {
    entries.set(entry.peer, entry)
    const last = entries.size > PEERS_LIMIT ? sorted().at(-1) : undefined
    if (last !== undefined) entries.delete(last.peer)
    if (last === entry) return
    try {
      await records.put(entry.peer, toUtf8(JSON.stringify(entry)), last?.peer)
    } catch (error) {
      logger.log('peer-not-stored', { peer: entry.peer, reason: reasonOf(error) })
    }
  }

  return {
    async meet(peer, addresses) {
      const useful = usable(addresses)
      if (useful.length === 0) return
      await write({ peer, addresses: useful, seenAtMs: clock.now(), isMet: true })
    },
    async hear(peer, addresses) {
      const useful = usable(addresses)
      if (useful.length === 0) return
      const known = entries.get(peer)
      const {
        seenAtMs,
        isMet,
        addresses: own,
      } = known?.isMet === true ? known : { seenAtMs: clock.now(), isMet: false, addresses: [] }
      // What is said of a peer stands behind what it said itself.
      await write({ peer, addresses: usable([...new Set([...own, ...useful])]), seenAtMs, isMet })
    },
    addressesOf: (peer) => entries.get(peer)?.addresses ?? [],
    all: sorted,
  }
}

const usable = (addresses: readonly string[]): string[] =>
  addresses.filter((each) => each.length <= 256).slice(0, 16)
