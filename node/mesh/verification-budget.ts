/** How many signatures we check for whom: a token bucket a peer, and a reserve that only peers with a good record may touch. */
import type { PeerId } from '../core/ids.ts'
import type { Clock } from '../core/ports.ts'
import { type Bucket, fullBucket, refill } from './token-bucket.ts'

export interface VerificationBudget {
  /** Takes `count` checks from the peer's bucket; false: not now. */
  take(peer: PeerId, count: number): boolean
  /** A document of this peer was good: it may use the reserve, and its `count` checks are given back. */
  reward(peer: PeerId, count: number): void
  forget(peer: PeerId): void
}

/** OpenPGP costs 0.3 to 0.6 ms a check: one peer may cost a tenth of a core for long, a quarter second at once. */
const PER_PEER = { burst: 400, perSecond: 200 }
/** All strangers together. */
const STRANGERS = { burst: 800, perSecond: 400 }

export function createVerificationBudget(clock: Pick<Clock, 'now'>): VerificationBudget {
  const buckets = new Map<PeerId, Bucket>()
  const established = new Set<PeerId>()
  const strangers = fullBucket(STRANGERS, clock.now())
  const bucketOf = (peer: PeerId): Bucket => {
    const bucket = buckets.get(peer) ?? fullBucket(PER_PEER, clock.now())
    buckets.set(peer, bucket)
    return bucket
  }
  return {
    take(peer, count) {
      const own = refill(bucketOf(peer), PER_PEER, clock.now())
      const common = refill(strangers, STRANGERS, clock.now())
      const isStranger = !established.has(peer)
      if (own.tokens < count || (isStranger && common.tokens < count)) return false
      own.tokens -= count
      if (isStranger) common.tokens -= count
      return true
    },
    reward(peer, count) {
      established.add(peer)
      const own = bucketOf(peer)
      own.tokens = Math.min(PER_PEER.burst, own.tokens + count)
    },
    forget(peer) {
      buckets.delete(peer)
      established.delete(peer)
    },
  }
}
