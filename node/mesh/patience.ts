/**
 * How much of what is ignored here a peer may bring, and how much of it is logged. Not blame: that is for what every honest
 * peer refuses (score.ts).
 *
 * DEV NOTE. An ignored document costs its sender nothing, so a stranger could have us parse and log such documents for
 * ever. Gossip and sync count apart: whoever floods a topic, or hands on what another policy believes, is still heard by
 * sync, and sync's share holds more than any round with an honest neighbour does, since a bound in the middle of a round
 * would keep back the same documents each time. Bounded: 4,096 peers; a bucket outlives its connection, or a new connection
 * would be a new bucket.
 */
import type { PeerId } from '../core/ids.ts'
import type { Clock, Logger } from '../core/ports.ts'
import { SECOND_MS } from '../core/time.ts'
import type { Refusal } from '../core/verdict.ts'
import type { Door } from '../core/verified.ts'
import { type Bucket, fullBucket, type Rate, refill } from './token-bucket.ts'

/** Neighbours with another policy or a wrong clock come in bursts. */
const GOSSIP: Rate = { burst: 100, perSecond: 2 }
/** As many refusals as sync remembers; parsing one costs about 0.3 ms. */
const SYNC: Rate = { burst: 8192, perSecond: 100 }
/** Lines in the log, whatever the door. */
const LINES: Rate = { burst: 100, perSecond: 2 }
const SUMMARY_PERIOD_MS = 10 * SECOND_MS
/** The longest unheard is forgotten first. */
const PEERS_LIMIT = 4096

type PeerDoor = Exclude<Door, 'own'>

export interface Patience {
  /** Whether this peer's next document is worth reading. When it is not, it is counted as dropped. */
  hasLeft(door: PeerDoor): boolean
  /** A document was ignored that honest peers send seldom. */
  spend(door: PeerDoor): void
  /** Logs a refusal, or counts it when this peer had its lines: told in one line at most every ten seconds. */
  log(refusal: Refusal, door: Door): void
}

interface Account {
  readonly gossip: Bucket
  readonly sync: Bucket
  readonly lines: Bucket
  unlogged: number
}

export interface PatiencePorts {
  readonly clock: Pick<Clock, 'now' | 'after'>
  readonly logger: Logger
}

export function createPatience({ clock, logger }: PatiencePorts): Patience {
  const accounts = new Map<PeerId, Account>()

  function accountOf(peer: PeerId): Account {
    const account = accounts.get(peer) ?? openAccount(clock.now())
    accounts.delete(peer)
    accounts.set(peer, account)
    const oldest = accounts.size > PEERS_LIMIT ? accounts.keys().next().value : undefined
    if (oldest !== undefined) accounts.delete(oldest)
    return account
  }

  const bucketOf = ({ from, by }: PeerDoor): Bucket =>
    refill(accountOf(from)[by], by === 'gossip' ? GOSSIP : SYNC, clock.now())

  function takeLine(from: PeerId): boolean {
    const lines = refill(accountOf(from).lines, LINES, clock.now())
    if (lines.tokens < 1) return false
    lines.tokens -= 1
    return true
  }

  function countUnlogged(from: PeerId): void {
    const account = accountOf(from)
    account.unlogged += 1
    if (account.unlogged > 1) return
    clock.after(SUMMARY_PERIOD_MS, () => {
      logger.log('documents-refused', { count: account.unlogged, from })
      account.unlogged = 0
    })
  }

  return {
    hasLeft(door) {
      if (bucketOf(door).tokens >= 1) return true
      countUnlogged(door.from)
      return false
    },
    spend(door) {
      bucketOf(door).tokens -= 1
    },
    log({ kind, code, detail }, door) {
      const from = door === 'own' ? door : door.from
      if (from === 'own' || takeLine(from))
        logger.log('document-refused', { verdict: kind, code, detail, from })
      else countUnlogged(from)
    },
  }
}

const openAccount = (nowMs: number): Account => ({
  gossip: fullBucket(GOSSIP, nowMs),
  sync: fullBucket(SYNC, nowMs),
  lines: fullBucket(LINES, nowMs),
  unlogged: 0,
})
