/** What one neighbour and this node move between them: offers, and rounds of comparing. Not for when (sync.ts) nor how it travels (sync-link.ts). */
import type { EnvelopeId, PeerId } from '../core/ids.ts'
import type { DocumentStore } from '../core/ports.ts'
import { type RangeFingerprint, readAnswer, wholeRange } from '../core/reconcile.ts'
import { isPassing } from '../core/verdict.ts'
import { type Fate, IDS_LIMIT, SYNCED_KINDS, type SyncedKind } from '../core/wire.ts'
import type { Intake } from './intake.ts'
import type { SyncLink } from './sync-link.ts'
import { readBatch, takeAll } from './sync-server.ts'

const ROUND_STEPS_LIMIT = 64
const RANGES_A_STEP = 256
/** Refused ids remembered, so that a neighbour who keeps them costs us nothing. */
const SETTLED_LIMIT = 8192

export interface ExchangePorts {
  readonly documents: DocumentStore
  readonly intake: Intake
  /** What the neighbour did with documents we offered. */
  readonly report: (peer: PeerId, fates: readonly Fate[]) => void
}

export interface Exchange {
  /** Names documents we hold; the neighbour takes the bodies it lacks. */
  offer(link: SyncLink, ids: readonly EnvelopeId[]): Promise<void>
  /** Compares everything, control documents first, and moves the difference both ways. A reject ends it. */
  round(link: SyncLink): Promise<void>
}

export function createExchange({ documents, intake, report }: ExchangePorts): Exchange {
  const settled = new Set<EnvelopeId>()
  const settle = (fates: readonly Fate[]): void => {
    if (settled.size > SETTLED_LIMIT) settled.clear()
    for (const { id, fate } of fates) if (fate !== 'stored' && !isPassing(fate)) settled.add(id)
  }

  async function offer(link: SyncLink, ids: readonly EnvelopeId[]): Promise<void> {
    const { ids: wanted, fates } = await link.request({ type: 'offer', ids }, 'wants')
    report(link.peer, fates)
    let rest = wanted
    while (rest.length > 0) {
      const envelopes = await readBatch(rest, documents)
      if (envelopes.length === 0) return
      const put = await link.request({ type: 'put', envelopes }, 'fates')
      report(link.peer, put.fates)
      rest = rest.slice(envelopes.length)
    }
  }

  /** False when the neighbour sent something that every honest peer rejects. */
  async function fetch(link: SyncLink, missing: readonly EnvelopeId[]): Promise<boolean> {
    let rest = missing.filter((id) => !settled.has(id) && !documents.has(id))
    while (rest.length > 0) {
      const ids = rest.slice(0, IDS_LIMIT)
      const { envelopes } = await link.request({ type: 'get', ids }, 'documents')
      if (envelopes.length === 0) return true
      const fates = await takeAll(envelopes, { from: link.peer, by: 'sync' }, intake)
      settle(fates)
      if (fates.length < envelopes.length) return false
      rest = rest.slice(envelopes.length)
    }
    return true
  }

  /** What the neighbour lacks; `undefined` when it lied. */
  async function compare(link: SyncLink, kind: SyncedKind): Promise<EnvelopeId[] | undefined> {
    const surplus: EnvelopeId[] = []
    let ranges: readonly RangeFingerprint[] = [wholeRange(documents.ids(kind))]
    for (let step = 0; ranges.length > 0 && step < ROUND_STEPS_LIMIT; step += 1) {
      const asked = ranges.slice(0, RANGES_A_STEP)
      const reply = await link.request({ type: 'compare', kind, ranges: asked }, 'compared')
      const difference = readAnswer(documents.ids(kind), reply)
      surplus.push(...difference.surplus)
      if (!(await fetch(link, difference.missing))) return undefined
      ranges = [...ranges.slice(RANGES_A_STEP), ...difference.next]
    }
    return surplus
  }

  return {
    offer,
    async round(link) {
      for (const kind of SYNCED_KINDS) {
        const surplus = await compare(link, kind)
        if (surplus === undefined) return
        for (let at = 0; at < surplus.length; at += IDS_LIMIT) {
          await offer(link, surplus.slice(at, at + IDS_LIMIT))
        }
      }
    },
  }
}
