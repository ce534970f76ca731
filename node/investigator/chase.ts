/** Goes after answers that are still out: connects to agents that have not answered, so that their couriers come at once. Not for receiving (collector.ts). */
import { isSettled, tally } from '../core/hunt.ts'
import type { PeerId } from '../core/ids.ts'
import { reasonOf } from '../core/errors.ts'
import type { Clock, Logger, Network } from '../core/ports.ts'
import { PROTOCOLS } from '../core/wire.ts'
import { DAY_MS, SECOND_MS } from '../core/time.ts'
import type { ResultShelf } from './result-shelf.ts'

const CHASE_PERIOD_MS = 30 * SECOND_MS
const FIRST_CHASE_MS = SECOND_MS
const DIALS_LIMIT = 16
const DIAL_TIMEOUT_MS = 5 * SECOND_MS
/** Answers are kept by agents for this long after an action's expiry. */
const GIVE_UP_MS = 30 * DAY_MS
const HUNTS_LIMIT = 64

export interface ChasePorts {
  readonly network: Pick<Network, 'neighbours' | 'open'>
  readonly clock: Clock
  readonly logger: Logger
  readonly shelf: ResultShelf
  addressesOf: (peer: PeerId) => readonly string[]
}

/** Starts chasing; returns how to stop. */
export function startChase(ports: ChasePorts): () => void {
  const { clock, logger } = ports
  let cancel = (): void => undefined
  const again = (delayMs: number): void => {
    cancel = clock.after(delayMs, () => {
      chase(ports)
        .catch((error: unknown) => {
          // Agents come by themselves too, only later.
          logger.log('chase-failed', { reason: reasonOf(error) })
        })
        .finally(() => {
          again(CHASE_PERIOD_MS)
        })
    })
  }
  again(FIRST_CHASE_MS)
  return () => {
    cancel()
  }
}

async function chase(ports: ChasePorts): Promise<void> {
  const { network } = ports
  const near = new Set(network.neighbours().map(({ peer }) => peer))
  const absent = (await outstanding(ports)).filter((peer) => !near.has(peer))
  for (let at = 0; at < absent.length; at += DIALS_LIMIT) {
    await Promise.allSettled(absent.slice(at, at + DIALS_LIMIT).map((peer) => touch(peer, ports)))
  }
}

/** Agents that were expected and have not ended, over the recent hunts. */
async function outstanding({ clock, shelf }: ChasePorts): Promise<readonly PeerId[]> {
  const peers = new Set<PeerId>()
  const recent = shelf.hunts().filter(({ expireafter }) => expireafter + GIVE_UP_MS > clock.now())
  for (const hunt of recent.slice(0, HUNTS_LIMIT)) {
    const now = tally(hunt, await shelf.answers(hunt.action), clock.now())
    if (isSettled(now) && now.counts.silent === 0) continue
    for (const { peer, state } of now.targets) {
      if (state === 'waiting' || state === 'running' || state === 'silent') peers.add(peer)
    }
  }
  return [...peers]
}

/** A connection is all it takes: the agent's courier wakes when it meets us. */
async function touch(peer: PeerId, { network, addressesOf }: ChasePorts): Promise<void> {
  const addresses = addressesOf(peer)
  if (addresses.length === 0) return
  const signal = AbortSignal.timeout(DIAL_TIMEOUT_MS)
  const stream = await network.open(peer, PROTOCOLS.peers, { signal, addresses })
  await stream.close()
}
