/** Remembers recent refusals, so that the same bytes cost once. Accepted documents are remembered by the store. */
import type { EnvelopeId } from '../core/ids.ts'
import { isPassing, type Refusal } from '../core/verdict.ts'

export interface VerdictCache {
  get(id: EnvelopeId, epoch: string): Refusal | undefined
  add(id: EnvelopeId, epoch: string, refusal: Refusal): void
}

/** At most `limit` refusals, the oldest forgotten first; all are forgotten when the trust epoch changes. */
export function createVerdictCache(limit = 4096): VerdictCache {
  let current = ''
  const refusals = new Map<EnvelopeId, Refusal>()
  return {
    get: (id, epoch) => (epoch === current ? refusals.get(id) : undefined),
    add(id, epoch, refusal) {
      // What is known here may be forgotten, and then it is news.
      if (isPassing(refusal.code) || refusal.code === 'already-accepted') return
      if (epoch !== current) refusals.clear()
      current = epoch
      refusals.set(id, refusal)
      const oldest = refusals.size > limit ? refusals.keys().next().value : undefined
      if (oldest !== undefined) refusals.delete(oldest)
    },
  }
}
