/** What a peer's lies cost it: points for each reject, halved every minute, and the peer is cut off at a limit. Honest traffic and shared addresses cost nothing. */
import type { PeerId } from '../core/ids.ts'
import type { Clock, Logger, Network } from '../core/ports.ts'
import { MINUTE_MS } from '../core/time.ts'

export interface PeerScore {
  /** A provable breach: a rejected document or a broken frame. */
  penalise(peer: PeerId, what: string): void
}

const POINTS_LIMIT = 8
const HALF_LIFE_MS = MINUTE_MS
/** Doubles with every cut, up to a day. */
const FIRST_CUT_MS = 10 * MINUTE_MS
const LONGEST_CUT_MS = 24 * 60 * MINUTE_MS
/** Peers remembered; the longest unblamed is forgotten first. */
const PEERS_LIMIT = 4096

interface Standing {
  readonly points: number
  readonly atMs: number
  readonly cuts: number
}

export interface ScorePorts {
  readonly clock: Pick<Clock, 'now'>
  readonly network: Pick<Network, 'cutOff'>
  readonly logger: Logger
}

export function createScore({ clock, network, logger }: ScorePorts): PeerScore {
  const standings = new Map<PeerId, Standing>()
  return {
    penalise(peer, what) {
      const before = standings.get(peer) ?? { points: 0, atMs: clock.now(), cuts: 0 }
      // A clock that is put back must not make old blame grow.
      const agoMs = Math.max(0, clock.now() - before.atMs)
      const points = before.points * 0.5 ** (agoMs / HALF_LIFE_MS) + 1
      const isCut = points >= POINTS_LIMIT
      const after = {
        points: isCut ? 0 : points,
        atMs: clock.now(),
        cuts: before.cuts + (isCut ? 1 : 0),
      }
      standings.delete(peer)
      standings.set(peer, after)
      forgetOldest(standings)
      if (!isCut) return
      logger.log('peer-cut-off', { peer, for: what })
      network.cutOff(peer, Math.min(LONGEST_CUT_MS, FIRST_CUT_MS * 2 ** before.cuts))
    },
  }
}

function forgetOldest(standings: Map<PeerId, Standing>): void {
  const oldest = standings.size > PEERS_LIMIT ? standings.keys().next().value : undefined
  if (oldest !== undefined) standings.delete(oldest)
}
