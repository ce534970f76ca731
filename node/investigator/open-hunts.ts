/** Which agents are still out, over the recent hunts: read from the shelf once a hunt, then kept by what comes in. */
import type { DocumentId, PeerId } from '../core/ids.ts'
import type { Clock } from '../core/ports.ts'
import { type Answer, ANSWER_KEPT_MS } from '../core/result.ts'
import type { ResultShelf } from './result-shelf.ts'

const HUNTS_LIMIT = 64

export interface OpenHuntsPorts {
  readonly clock: Pick<Clock, 'now'>
  readonly shelf: Pick<ResultShelf, 'hunts' | 'ended'>
  onAnswer: (listener: (answer: Answer) => void) => void
}

export interface OpenHunts {
  /** Agents that were expected and have not ended. */
  outstanding(): Promise<ReadonlySet<PeerId>>
}

export function createOpenHunts({ clock, shelf, onAnswer }: OpenHuntsPorts): OpenHunts {
  const out = new Map<DocumentId, Set<PeerId>>()
  onAnswer(({ action, agent, status }) => {
    if (status !== 'started') out.get(action)?.delete(agent)
  })

  return {
    async outstanding() {
      const isRecent = ({ expireafter }: { readonly expireafter: number }): boolean =>
        expireafter + ANSWER_KEPT_MS > clock.now()
      const recent = shelf.hunts().filter(isRecent).slice(0, HUNTS_LIMIT)
      const ids = new Set(recent.map(({ action }) => action))
      for (const action of [...out.keys()]) if (!ids.has(action)) out.delete(action)
      for (const { action, expected } of recent) {
        if (out.has(action)) continue
        // In place before the shelf is read: an answer that comes meanwhile is then not missed.
        const peers = new Set(expected.map(({ peer }) => peer))
        out.set(action, peers)
        for (const peer of await shelf.ended(action)) peers.delete(peer)
      }
      return new Set([...out.values()].flatMap((peers) => [...peers]))
    },
  }
}
