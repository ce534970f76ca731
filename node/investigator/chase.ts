/** Goes after answers that are still out: connects to agents that have not answered, so that their couriers come at once. Not for receiving (collector.ts). */
import type { PeerId } from '../core/ids.ts'
import type { Clock, Logger, Network } from '../core/ports.ts'
import { repeat } from '../core/repeat.ts'
import { SECOND_MS } from '../core/time.ts'
import { PROTOCOLS } from '../core/wire.ts'
import type { OpenHunts } from './open-hunts.ts'

const CHASE_PERIOD_MS = 30 * SECOND_MS
const FIRST_CHASE_MS = SECOND_MS
const DIALS_LIMIT = 16
const DIAL_TIMEOUT_MS = 5 * SECOND_MS

export interface ChasePorts {
  readonly network: Pick<Network, 'neighbours' | 'open'>
  readonly clock: Clock
  readonly logger: Logger
  readonly open: OpenHunts
  addressesOf: (peer: PeerId) => readonly string[]
}

/** Starts chasing; agents come by themselves too, only later. Returns how to stop, which calls off what is being dialled too. */
export function startChase(ports: ChasePorts): () => void {
  const { clock, logger } = ports
  const stop = new AbortController()
  const init = { everyMs: CHASE_PERIOD_MS, firstAfterMs: FIRST_CHASE_MS, clock, logger }
  const stopRepeating = repeat({ chore: 'chase', ...init }, () => chase(ports, stop.signal))
  return () => {
    stop.abort()
    stopRepeating()
  }
}

async function chase(ports: ChasePorts, signal: AbortSignal): Promise<void> {
  const outstanding = await ports.open.outstanding()
  const near = new Set(ports.network.neighbours().map(({ peer }) => peer))
  const absent = [...outstanding].filter((peer) => !near.has(peer))
  for (let at = 0; at < absent.length && !signal.aborted; at += DIALS_LIMIT) {
    const some = absent.slice(at, at + DIALS_LIMIT)
    await Promise.allSettled(some.map((peer) => touch(peer, ports, signal)))
  }
}

/** A connection is all it takes: the agent's courier wakes when it meets us. */
async function touch(
  peer: PeerId,
  { network, addressesOf }: ChasePorts,
  stop: AbortSignal,
): Promise<void> {
  const addresses = addressesOf(peer)
  if (addresses.length === 0) return
  const signal = AbortSignal.any([stop, AbortSignal.timeout(DIAL_TIMEOUT_MS)])
  const stream = await network.open(peer, PROTOCOLS.peers, { signal, addresses })
  await stream.close()
}
