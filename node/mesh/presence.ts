/**
 * Who is here: nodes leave signed records with listening neighbours, investigators pull them.
 *
 * DEV NOTE. `/mig/presence/1`, one request at a time on a stream. A node leaves its record with up to 3 listening
 * neighbours, when it or its addresses change and every 15 minutes; whoever wants to know pulls from each neighbour with
 * that neighbour's own cursor. Bounded: 16 KiB a record, 64 records an answer, 20,000 records a book. A neighbour's death loses nothing:
 * the record is left elsewhere at the next meeting.
 */
import { fromUtf8 } from '../core/bytes.ts'
import { buildEnvelope, pae } from '../core/envelope.ts'
import { MeshError, reasonOf } from '../core/errors.ts'
import type { PeerId } from '../core/ids.ts'
import type { Clock, Logger, Network, PeerSignatures, PeerStream } from '../core/ports.ts'
import { encodePresence, type Presence, PRESENCE_PERIOD_MS } from '../core/presence.ts'
import { SECOND_MS } from '../core/time.ts'
import {
  decodeFrame,
  encodeFrame,
  type PresenceReply,
  presenceReply,
  type PresenceRequest,
  presenceRequest,
  PROTOCOLS,
} from '../core/wire.ts'
import { ask } from './ask.ts'
import type { PresenceBook } from './presence-book.ts'
import type { PeerScore } from './score.ts'
import { servePenalised } from './serve.ts'

const LEAVE_WITH = 3
const TIMEOUT_MS = 10 * SECOND_MS
/** For all pages of one neighbour's list together: a hunt may wait for it. */
const PULL_TIMEOUT_MS = 15 * SECOND_MS
/** A neighbour asked this recently has nothing new that a hunt should wait for. */
const FRESH_MS = 5 * SECOND_MS

export interface PresencePorts {
  readonly network: Network
  readonly clock: Clock
  readonly logger: Logger
  readonly book: PresenceBook
  readonly signatures: PeerSignatures
  readonly score: PeerScore
  /** This node's own record as it is now; `undefined` for nodes that only introduce others. */
  describe(): Promise<Presence | undefined>
}

export interface PresenceService {
  /** Signs and leaves the own record again, now. */
  renew(): Promise<void>
  /** Pulls what is new from every listening neighbour not asked in the last seconds. */
  pull(): Promise<void>
  /** Asks neighbours for one peer's record. */
  find(peer: PeerId): Promise<Presence | undefined>
  close(): void
}

export function createPresence(ports: PresencePorts): PresenceService {
  const { network, clock, logger, book } = ports
  const cursors = new Map<PeerId, number>()
  const pulls = new Map<PeerId, { readonly atMs: number; readonly over: Promise<void> }>()
  const leftWith = new Set<PeerId>()
  let own: string | undefined
  let cancelRenewal = (): void => undefined
  let isClosed = false

  const request = (
    peer: PeerId,
    message: PresenceRequest,
    signal = AbortSignal.timeout(TIMEOUT_MS),
  ): Promise<PresenceReply> =>
    ask(peer, { protocol: PROTOCOLS.presence, message, reply: presenceReply, signal }, network)

  async function leave(peer: PeerId): Promise<void> {
    if (own === undefined || leftWith.size >= LEAVE_WITH || leftWith.has(peer)) return
    leftWith.add(peer)
    await request(peer, { type: 'leave', envelope: own }).catch((error: unknown) => {
      // Another neighbour, or the next renewal, will hold it.
      leftWith.delete(peer)
      logger.log('presence-not-left', { peer, reason: reasonOf(error) })
    })
  }

  /** Whoever asks while a pull is under way waits for its end, or would take a list half full for all there is. */
  function pullFrom(peer: PeerId): Promise<void> {
    const before = pulls.get(peer)
    if (before !== undefined && clock.now() - before.atMs < FRESH_MS) return before.over
    const over = readList(peer)
    pulls.set(peer, { atMs: clock.now(), over })
    return over
  }

  async function readList(peer: PeerId): Promise<void> {
    const signal = AbortSignal.timeout(PULL_TIMEOUT_MS)
    for (let isMore = true; isMore && !signal.aborted;) {
      const cursor = cursors.get(peer) ?? 0
      const reply = await request(peer, { type: 'pull', cursor }, signal)
      if (reply.type !== 'records') return
      for (const envelope of reply.envelopes) await book.keep(envelope).catch(ignoreUnsigned)
      // A list that goes nowhere would go on for ever.
      if (reply.cursor <= cursor) return
      cursors.set(peer, reply.cursor)
      isMore = reply.more
    }
  }

  const listeningPeers = (): readonly PeerId[] =>
    network.neighbours().flatMap(({ peer, listening }) => (listening ? [peer] : []))

  async function renew(): Promise<void> {
    if (isClosed) return
    cancelRenewal()
    cancelRenewal = clock.after(PRESENCE_PERIOD_MS, () => void renew())
    await announce().catch((error: unknown) => {
      // A record that is too large, or a peer that was revoked: nobody hears of it, and the node goes on.
      logger.log('presence-not-renewed', { reason: reasonOf(error) })
    })
  }

  async function announce(): Promise<void> {
    const presence = await ports.describe()
    if (presence === undefined) return
    own = sign(presence, ports.signatures)
    await book.keep(own)
    leftWith.clear()
    await Promise.all(listeningPeers().map(leave))
  }

  network.handle(
    PROTOCOLS.presence,
    servePenalised(ports.score, (stream) => serve(stream, book)),
  )
  const stopMeeting = network.onNeighbour(({ peer, listening }) => {
    if (listening) void leave(peer)
  })
  const stopLosing = network.onGone((peer) => {
    leftWith.delete(peer)
    pulls.delete(peer)
    // When it comes back it may count anew, having been restarted with another clock.
    cursors.delete(peer)
  })
  // A relay may grant its place long after the first record was left.
  const stopWatching = network.onAddresses(() => void renew())

  return {
    renew,
    async pull() {
      await Promise.allSettled(listeningPeers().map(pullFrom))
    },
    async find(peer) {
      const asked = listeningPeers().map(async (each) => {
        const reply = await request(each, { type: 'find', peer })
        if (reply.type === 'records')
          for (const text of reply.envelopes) await book.keep(text).catch(ignoreUnsigned)
      })
      await Promise.allSettled(asked)
      return book.find(peer)
    },
    close() {
      isClosed = true
      cancelRenewal()
      stopMeeting()
      stopLosing()
      stopWatching()
    },
  }
}

/** One bad record among many is left out; the book has judged it. */
const ignoreUnsigned = (error: unknown): void => {
  if (!(error instanceof MeshError)) throw error
}

function sign(presence: Presence, signatures: PeerSignatures): string {
  const payload = encodePresence(presence)
  const sig = signatures.sign(pae('presence', payload))
  return fromUtf8(buildEnvelope('presence', payload, [{ keyid: presence.peer, sig }]).bytes)
}

async function serve(stream: PeerStream, book: PresenceBook): Promise<void> {
  for (let frame = await stream.read(); frame !== undefined; frame = await stream.read()) {
    const request = decodeFrame(presenceRequest, frame)
    await stream.write(encodeFrame(await answer(request, stream.peer, book)))
  }
  await stream.close()
}

async function answer(
  request: PresenceRequest,
  from: PeerId,
  book: PresenceBook,
): Promise<PresenceReply> {
  switch (request.type) {
    case 'leave':
      await book.keep(request.envelope, from)
      return { type: 'kept' }
    case 'pull':
      return { type: 'records', ...book.after(request.cursor) }
    case 'find': {
      const text = book.signedRecord(request.peer)
      return {
        type: 'records',
        envelopes: text === undefined ? [] : [text],
        cursor: 0,
        more: false,
      }
    }
  }
}
