/**
 * Whose turn it is to be visited: nodes wait in order, and some visits are kept for those that can be relied on. An action
 * names its nodes freely, so any investigator can name hundreds that take a stream and stay silent; these may hold up each
 * other, not everybody. Bounded: one turn a peer at a time, 8 at once, 4,096 peers remembered.
 */
import type { PeerId } from '../core/ids.ts'

/**
 * Visits at once to nodes of this standing and of those before it: those that were last visited in vain, never visited,
 * last visited well, and named by the policy.
 */
const LIMITS = { failed: 2, fresh: 4, proven: 6, trusted: 8 }
/** The longest unvisited is forgotten first. */
const REMEMBERED_LIMIT = 4096

type Standing = keyof typeof LIMITS
const STANDINGS: readonly Standing[] = ['failed', 'fresh', 'proven', 'trusted']

/** How a visit went; `unneeded` when the node was not spoken to. */
export type Outcome = 'well' | 'badly' | 'unneeded'

interface Turn {
  readonly peer: PeerId
  readonly standing: Standing
  readonly visit: () => Promise<Outcome>
}

export interface Turns {
  /** Runs `visit`, which must not reject, when it is this peer's turn. The peer must not be waiting or visited already. */
  take(peer: PeerId, visit: () => Promise<Outcome>): void
  /** This peer showed that it is there: that it was visited in vain no longer counts. */
  forgive(peer: PeerId): void
}

export function createTurns(isTrusted: (peer: PeerId) => boolean): Turns {
  const waiting: Turn[] = []
  const running = { failed: 0, fresh: 0, proven: 0, trusted: 0 }
  const remembered = new Map<PeerId, 'failed' | 'proven'>()

  const standingOf = (peer: PeerId): Standing =>
    isTrusted(peer) ? 'trusted' : (remembered.get(peer) ?? 'fresh')

  /** Room among its like, and among those of every better standing, whose visits include these. */
  const mayRun = ({ standing }: Turn): boolean => {
    let visits = 0
    return STANDINGS.every((each, index) => {
      visits += running[each]
      return index < STANDINGS.indexOf(standing) || visits < LIMITS[each]
    })
  }

  function remember(peer: PeerId, outcome: Outcome): void {
    if (outcome === 'unneeded') return
    remembered.delete(peer)
    remembered.set(peer, outcome === 'well' ? 'proven' : 'failed')
    const oldest = remembered.size > REMEMBERED_LIMIT ? remembered.keys().next().value : undefined
    if (oldest !== undefined) remembered.delete(oldest)
  }

  async function run({ peer, standing, visit }: Turn): Promise<void> {
    running[standing] += 1
    remember(peer, await visit())
    running[standing] -= 1
    next()
  }

  function next(): void {
    const index = waiting.findIndex(mayRun)
    const [turn] = index < 0 ? [] : waiting.splice(index, 1)
    if (turn !== undefined) void run(turn)
  }

  return {
    take(peer, visit) {
      waiting.push({ peer, standing: standingOf(peer), visit })
      next()
    },
    forgive(peer) {
      if (remembered.get(peer) === 'failed') remembered.delete(peer)
    },
  }
}
