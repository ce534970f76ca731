/**
 * How much of this node's memory and time each peer may take up with frames. Not for judging what is in them.
 *
 * DEV NOTE. Any holder of the mesh secret can send, so nothing here trusts the sender. Large frames need a place: one a
 * peer, 64 MiB over all, so that many peers that never finish a frame cannot fill the memory. All frames cost bytes of the
 * peer's own bucket; a peer that is over it is read more slowly, which costs an honest one nothing but time. A network has
 * two of these, for what it is asked and for the replies to what it asks (network.ts): neither waits for the other.
 */
import type { PeerId } from '../core/ids.ts'
import type { Clock } from '../core/ports.ts'
import { SECOND_MS } from '../core/time.ts'
import { FRAME_SIZE_LIMIT } from '../core/wire.ts'

/** Frames up to this size need no place: a stream may have this much under way anyhow. */
export const SMALL_FRAME_SIZE = 128 * 1024
const PLACES_SIZE = 16 * FRAME_SIZE_LIMIT
/** 8 MiB of JSON a second is about a tenth of a core; a new agent's first sync fits the burst. */
const PER_PEER = { burst: 32 * 1024 * 1024, perSecond: 8 * 1024 * 1024 }
/** The least that a frame costs: small ones cost time, not memory. */
const LEAST_COST = 4 * 1024
/** Peers remembered; a full bucket is as good as none. */
const PEERS_LIMIT = 8192

export interface Allowance {
  /** Resolves when a frame of this size may be read; the result gives its place back, once. @throws the signal's reason */
  admit(peer: PeerId, size: number, signal: AbortSignal): Promise<() => void>
}

interface Waiting {
  readonly peer: PeerId
  readonly size: number
  enter(): void
}

export function createAllowance(clock: Clock): Allowance {
  const buckets = new Map<PeerId, { tokens: number; atMs: number }>()
  const inside = new Set<PeerId>()
  const waiting = new Set<Waiting>()
  let taken = 0

  /** Takes the cost at once and returns after how long the peer is out of debt, ms. */
  function charge(peer: PeerId, cost: number): number {
    const now = clock.now()
    const bucket = buckets.get(peer) ?? { tokens: PER_PEER.burst, atMs: now }
    const gained = (Math.max(0, now - bucket.atMs) / SECOND_MS) * PER_PEER.perSecond
    const tokens = Math.min(PER_PEER.burst, bucket.tokens + gained) - cost
    buckets.delete(peer)
    buckets.set(peer, { tokens, atMs: now })
    const oldest = buckets.size > PEERS_LIMIT ? buckets.keys().next().value : undefined
    if (oldest !== undefined) buckets.delete(oldest)
    return Math.max(0, (-tokens / PER_PEER.perSecond) * SECOND_MS)
  }

  const hasPlace = ({ peer, size }: Pick<Waiting, 'peer' | 'size'>): boolean =>
    !inside.has(peer) && taken + size <= PLACES_SIZE

  function letIn(): void {
    for (const next of waiting) {
      if (!hasPlace(next)) continue
      waiting.delete(next)
      occupy(next)
      next.enter()
    }
  }
  function occupy({ peer, size }: Pick<Waiting, 'peer' | 'size'>): void {
    inside.add(peer)
    taken += size
  }
  function leave({ peer, size }: Pick<Waiting, 'peer' | 'size'>): void {
    inside.delete(peer)
    taken -= size
    letIn()
  }

  async function place(who: Pick<Waiting, 'peer' | 'size'>, signal: AbortSignal): Promise<void> {
    if (hasPlace(who)) {
      occupy(who)
      return
    }
    const turn = Promise.withResolvers<undefined>()
    const entry: Waiting = {
      ...who,
      enter: () => {
        turn.resolve(undefined)
      },
    }
    const giveUp = (): void => {
      if (waiting.delete(entry)) turn.reject(new Error('no place for a large frame'))
    }
    waiting.add(entry)
    signal.addEventListener('abort', giveUp, { once: true })
    await turn.promise.finally(() => {
      signal.removeEventListener('abort', giveUp)
    })
  }

  return {
    async admit(peer, size, signal) {
      const waitMs = charge(peer, Math.max(size, LEAST_COST))
      if (waitMs > 0) await clock.sleep(waitMs, signal)
      if (size <= SMALL_FRAME_SIZE) return () => undefined
      await place({ peer, size }, signal)
      let isOut = false
      return () => {
        if (!isOut) leave({ peer, size })
        isOut = true
      }
    },
  }
}
