/** A token bucket: what may be spent at once, and what comes back with time. */

export interface Rate {
  readonly burst: number
  readonly perSecond: number
}

export interface Bucket {
  tokens: number
  atMs: number
}

export const fullBucket = (rate: Rate, nowMs: number): Bucket => ({
  tokens: rate.burst,
  atMs: nowMs,
})

/** Gives back what time has earned. A clock that was put back earns nothing and costs nothing. */
export function refill(bucket: Bucket, rate: Rate, nowMs: number): Bucket {
  const gained = (Math.max(0, nowMs - bucket.atMs) / 1000) * rate.perSecond
  bucket.tokens = Math.min(rate.burst, bucket.tokens + gained)
  bucket.atMs = nowMs
  return bucket
}
