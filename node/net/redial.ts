/**
 * Keeps a node connected, for ever: bootstrap peers always, other listening peers until there are enough neighbours.
 *
 * DEV NOTE. libp2p dials once and gives up after five tries; a host that comes back from a long night must not. Each
 * address has its own capped, jittered back-off. Bounded: 4 dials at once beside the bootstrap peers.
 */
import { reasonOf } from '../core/errors.ts'
import type { Clock, Logger, Random } from '../core/ports.ts'
import { SECOND_MS } from '../core/time.ts'

const FIRST_DELAY_MS = SECOND_MS / 2
const LONGEST_DELAY_MS = 15 * SECOND_MS
const GROWTH = 1.5
/** Looked at this often whether a bootstrap peer is still connected. */
const CONNECTED_PERIOD_MS = 2 * SECOND_MS
/** Looked at this often whether there are neighbours enough. */
const TOP_UP_PERIOD_MS = 3 * SECOND_MS
const TOP_UP_DIALS = 4
/** Gossip wants 4 to 6 neighbours. */
const ENOUGH_NEIGHBOURS = 6

export interface RedialPorts {
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
  isConnected(address: string): boolean
  neighbourCount(): number
  /** Addresses of listening peers that are not connected now, in any order. */
  candidates(): readonly string[]
  dial(address: string): Promise<void>
}

/** Starts the loops; returns how to stop them. */
export function startRedial(bootstrap: readonly string[], ports: RedialPorts): () => void {
  const stop = new AbortController()
  const loops = [
    ...bootstrap.map((address) => keepConnected(address, ports, stop.signal)),
    topUp(ports, stop.signal),
  ]
  for (const loop of loops)
    loop.catch((error: unknown) => {
      ports.logger.log('redial-ended', { reason: reasonOf(error) })
    })
  return () => {
    stop.abort()
  }
}

async function keepConnected(
  address: string,
  ports: RedialPorts,
  signal: AbortSignal,
): Promise<void> {
  let delayMs = FIRST_DELAY_MS
  while (!signal.aborted) {
    const isReached =
      ports.isConnected(address) ||
      (await ports.dial(address).then(
        () => true,
        () => false,
      ))
    delayMs = isReached ? FIRST_DELAY_MS : Math.min(LONGEST_DELAY_MS, delayMs * GROWTH)
    const waitMs = isReached ? CONNECTED_PERIOD_MS : delayMs
    await pause(waitMs * (0.5 + ports.random.fraction()), ports, signal)
  }
}

async function topUp(ports: RedialPorts, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const missing = Math.min(TOP_UP_DIALS, ENOUGH_NEIGHBOURS - ports.neighbourCount())
    const chosen = missing > 0 ? shuffle(ports.candidates(), ports.random).slice(0, missing) : []
    // Whoever cannot be reached now is tried again by chance later.
    await Promise.allSettled(chosen.map((address) => ports.dial(address)))
    await pause(TOP_UP_PERIOD_MS * (0.5 + ports.random.fraction()), ports, signal)
  }
}

/** Sleeping ends when the node stops, which is not an error here. */
const pause = (ms: number, { clock }: RedialPorts, signal: AbortSignal): Promise<void> =>
  clock.sleep(ms, signal).catch(() => undefined)

const shuffle = (all: readonly string[], random: Random): readonly string[] =>
  all
    .map((value) => ({ value, at: random.fraction() }))
    .toSorted((a, b) => a.at - b.at)
    .map(({ value }) => value)
