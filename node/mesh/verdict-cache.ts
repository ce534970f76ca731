/** Remembers recent refusals, so that the same bytes cost once. Accepted documents are remembered by the store. */
import type { EnvelopeId } from '../core/ids.ts'
import type { Refusal } from '../core/verdict.ts'

export interface VerdictCache {
  get(id: EnvelopeId, epoch: string): Refusal | undefined
  add(id: EnvelopeId, epoch: string, refusal: Refusal): void
}

/** Refusals that another moment may turn: never remembered. */
const PASSING: ReadonlySet<string> = new Set([
  'busy',
  'too-early',
  // A clock that ran ahead is put right one day.
  'expired',
  'signer-expired',
  'too-many',
  'signature-time',
  'already-accepted',
])

/** At most `limit` refusals, the oldest forgotten first; all are forgotten when the trust epoch changes. */
export function createVerdictCache(limit = 4096): VerdictCache {
  let current = ''
  const refusals = new Map<EnvelopeId, Refusal>()
  return {
    get: (id, epoch) => (epoch === current ? refusals.get(id) : undefined),
    add(id, epoch, refusal) {
      if (PASSING.has(refusal.code)) return
      if (epoch !== current) refusals.clear()
      current = epoch
      refusals.set(id, refusal)
      const oldest = refusals.size > limit ? refusals.keys().next().value : undefined
      if (oldest !== undefined) refusals.delete(oldest)
    },
  }
}
