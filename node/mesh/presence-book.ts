/** Signed presence records of other nodes: checked, the newest of each kept on disk, handed on by cursor. */
import { fromUtf8, toUtf8 } from '../core/bytes.ts'
import { type Envelope, parseEnvelope } from '../core/envelope.ts'
import { MeshError } from '../core/errors.ts'
import type { PeerId } from '../core/ids.ts'
import type { Clock, PeerSignatures, Records } from '../core/ports.ts'
import { CLOCK_SKEW_MS } from '../core/action.ts'
import {
  parsePresence,
  type Presence,
  PRESENCE_LIFETIME_MS,
  PRESENCE_SIZE_LIMIT,
} from '../core/presence.ts'
import type { Trust } from '../core/trust.ts'

/** One node keeps this many; beyond it, the record that is longest out of date goes. */
const RECORDS_LIMIT = 20_000
const PULL_LIMIT = 64

export interface PresenceBook {
  /**
   * Keeps a record if it is well signed and newer than what is known; `of`: whose it must be, since nobody leaves another's.
   * @throws MeshError PAYLOAD_MALFORMED
   */
  keep(envelopeText: string, of?: PeerId): Promise<void>
  /** Forgets records whose time is over, and those of peers that were revoked since. */
  dropExpired(): Promise<void>
  find(peer: PeerId): Presence | undefined
  /** The record as it was signed, for handing on. */
  signedRecord(peer: PeerId): string | undefined
  /** Of peers that are still trusted, whose time is not over. */
  all(): readonly Presence[]
  /** Records that came after `cursor`, oldest first; the cursor of this book only. */
  after(cursor: number): {
    readonly envelopes: readonly string[]
    readonly cursor: number
    readonly more: boolean
  }
}

export interface PresenceBookPorts {
  readonly trust: Trust
  readonly clock: Pick<Clock, 'now'>
  readonly signatures: Pick<PeerSignatures, 'verify'>
  readonly records: Records
}

interface Kept {
  readonly presence: Presence
  readonly text: string
  readonly seq: number
}

/** Opens the book over what was kept before. */
export async function openPresenceBook(ports: PresenceBookPorts): Promise<PresenceBook> {
  const { clock, records } = ports
  const book = new Map<PeerId, Kept>()
  // Cursors of an earlier life must not hide what came since.
  let seq = clock.now() * 1000

  function insert(presence: Presence, text: string): void {
    seq += 1
    book.delete(presence.peer)
    book.set(presence.peer, { presence, text, seq })
  }

  async function drop(peer: PeerId): Promise<void> {
    book.delete(peer)
    await records.delete(peer)
  }

  for await (const [key, bytes] of records.entries()) {
    const text = fromUtf8(bytes)
    const presence = readRecord(text, ports)
    if (presence === undefined) await records.delete(key)
    else insert(presence, text)
  }

  return {
    async keep(text, of) {
      const presence = readRecord(text, ports)
      if (presence === undefined || (of !== undefined && presence.peer !== of)) {
        throw new MeshError({
          code: 'PAYLOAD_MALFORMED',
          what: 'presence',
          reason: 'not signed by its peer',
        })
      }
      const known = book.get(presence.peer)
      if (known !== undefined && known.presence.at >= presence.at) return
      insert(presence, text)
      await records.put(presence.peer, toUtf8(text))
      const oldest = book.size > RECORDS_LIMIT ? book.keys().next().value : undefined
      if (oldest !== undefined) await drop(oldest)
    },
    async dropExpired() {
      for (const { presence } of [...book.values()])
        if (!isCredible(presence, ports)) await drop(presence.peer)
    },
    find: (peer) => book.get(peer)?.presence,
    signedRecord: (peer) => book.get(peer)?.text,
    all: () =>
      [...book.values()].flatMap(({ presence }) => (isCredible(presence, ports) ? [presence] : [])),
    after(cursor) {
      const news = [...book.values()].filter((each) => each.seq > cursor)
      const page = news.slice(0, PULL_LIMIT)
      return {
        envelopes: page.map(({ text }) => text),
        cursor: page.at(-1)?.seq ?? cursor,
        more: news.length > page.length,
      }
    },
  }
}

/** `undefined` for a record that is malformed, of another mesh, out of its time, revoked, or not signed by its own peer. */
function readRecord(text: string, ports: PresenceBookPorts): Presence | undefined {
  try {
    const envelope = parseEnvelope(toUtf8(text), PRESENCE_SIZE_LIMIT * 2)
    if (envelope.kind !== 'presence' || envelope.payload.length > PRESENCE_SIZE_LIMIT)
      return undefined
    const presence = parsePresence(envelope.payload)
    return isCredible(presence, ports) && isOwnWord(presence, envelope, ports)
      ? presence
      : undefined
  } catch (error) {
    // Malformed bytes are the sender's trouble; the record is as good as absent.
    if (error instanceof MeshError) return undefined
    throw error
  }
}

/** Of this mesh, of these weeks, of a peer that is still trusted. */
function isCredible({ at, mesh, peer }: Presence, { clock, trust }: PresenceBookPorts): boolean {
  const nowMs = clock.now()
  const isTimely = at <= nowMs + CLOCK_SKEW_MS && at > nowMs - PRESENCE_LIFETIME_MS
  return isTimely && mesh === trust.policy.mesh.id && !trust.isRevoked(peer)
}

/** Signed by the peer it speaks of, and by nobody else. */
function isOwnWord(
  { peer }: Presence,
  { signatures, signed }: Envelope,
  ports: PresenceBookPorts,
): boolean {
  const [signature, ...more] = signatures
  if (signature?.keyid !== peer || more.length > 0) return false
  return ports.signatures.verify(peer, signed, signature.sig)
}
