/**
 * Carries sealed answers from the outbox to investigators' nodes until each has acknowledged.
 *
 * DEV NOTE. One visit a recipient at a time; it carries everything that is due for that node over one stream (visit.ts). A
 * node that is busy for one answer gets the others, and an answer over which the stream broke goes last the next time. Woken
 * by a new answer, by meeting the node, and by a back-off that never gives up (0.5 s to 60 s, jittered); a wake in the middle
 * of a visit is followed by another. Addresses in the action are hints, the peer id is the truth, and presence knows where a
 * laptop is now. Bounded: one visit a recipient, 8 visits at once (turns.ts), 16 times busy a visit, and what the outbox holds, which is
 * swept of what is too old every hour.
 */
import type { ReplyNode } from '../core/action.ts'
import { reasonOf } from '../core/errors.ts'
import type { PeerId } from '../core/ids.ts'
import type { Network, Random } from '../core/ports.ts'
import { MINUTE_MS, SECOND_MS } from '../core/time.ts'
import { repeat } from '../core/repeat.ts'
import { createSetbacks, type Setbacks } from './setbacks.ts'
import { createTurns, type Outcome } from './visit-turns.ts'
import { deliverDue, type VisitPorts } from './visit.ts'

const FIRST_RETRY_MS = SECOND_MS / 2
const LONGEST_RETRY_MS = MINUTE_MS
const SWEEP_PERIOD_MS = 60 * MINUTE_MS

export interface CourierPorts extends VisitPorts {
  readonly network: VisitPorts['network'] & Pick<Network, 'onNeighbour'>
  readonly random: Pick<Random, 'fraction'>
  /** The policy names this node as one of its people's. */
  isTrusted(peer: PeerId): boolean
}

export interface Courier {
  /** Something new waits for these nodes. */
  wake(recipients: readonly ReplyNode[]): void
  close(): void
}

interface Route {
  retryMs: number
  state: 'resting' | 'waiting' | 'visited'
  /** Woken in the middle of a visit, which may have looked already. */
  isWoken: boolean
  readonly setbacks: Setbacks
  cancel(): void
}

export function createCourier(ports: CourierPorts): Courier {
  const { network, clock, random, logger, outbox } = ports
  const routes = new Map<PeerId, Route>()
  const turns = createTurns((peer) => ports.isTrusted(peer))
  let isClosed = false

  const routeTo = (peer: PeerId): Route => {
    const route = routes.get(peer) ?? {
      retryMs: FIRST_RETRY_MS,
      state: 'resting',
      isWoken: false,
      setbacks: createSetbacks(clock),
      cancel: () => undefined,
    }
    routes.set(peer, route)
    return route
  }

  function schedule(node: ReplyNode, delayMs: number): void {
    if (isClosed) return
    const route = routeTo(node.peer)
    route.cancel()
    route.cancel = clock.after(delayMs, () => {
      route.state = 'waiting'
      turns.take(node.peer, () => visit(node, route))
    })
  }

  function wake(node: ReplyNode): void {
    const route = routeTo(node.peer)
    if (route.state === 'visited') route.isWoken = true
    if (route.state === 'resting') schedule(node, 0)
  }

  async function visit(node: ReplyNode, route: Route): Promise<Outcome> {
    if (isClosed) return 'unneeded'
    route.state = 'visited'
    const outcome = await attempt(node, route)
    route.state = 'resting'
    const delayMs = route.isWoken ? 0 : delayAfter(outcome, node, route)
    route.isWoken = false
    if (delayMs !== undefined) schedule(node, delayMs)
    else routes.delete(node.peer)
    return outcome
  }

  /** Delivers what is due. Never rejects. */
  async function attempt(node: ReplyNode, route: Route): Promise<Outcome> {
    try {
      return (await deliverDue(node, route.setbacks, ports)) ? 'well' : 'unneeded'
    } catch (error) {
      const [retryMs, reason] = [Math.round(route.retryMs), reasonOf(error)]
      logger.log('answer-waits', { for: node.peer, reason, retryMs })
      return 'badly'
    }
  }

  /** After how long to come again, `undefined` when nothing waits. */
  function delayAfter(outcome: Outcome, { peer }: ReplyNode, route: Route): number | undefined {
    const { retryMs } = route
    route.retryMs = outcome === 'badly' ? Math.min(LONGEST_RETRY_MS, retryMs * 2) : FIRST_RETRY_MS
    if (outcome === 'badly') return retryMs * (0.5 + random.fraction())
    const dueAtMs = outbox
      .waitingFor(peer)
      .reduce((soonest, item) => Math.min(soonest, route.setbacks.dueAt(item)), Infinity)
    return dueAtMs === Infinity ? undefined : Math.max(0, dueAtMs - clock.now())
  }

  const stopMeeting = network.onNeighbour(({ peer }) => {
    const known = outbox.recipients().find((each) => each.peer === peer)
    if (known === undefined) return
    // Whatever it was busy with, it may have been started anew since.
    routes.get(peer)?.setbacks.clear()
    turns.forgive(peer)
    wake(known)
  })
  const stopSweeping = repeat({ chore: 'outbox', everyMs: SWEEP_PERIOD_MS, clock, logger }, () =>
    outbox.dropExpired(),
  )
  for (const node of outbox.recipients()) schedule(node, FIRST_RETRY_MS * random.fraction())

  return {
    wake(recipients) {
      for (const node of recipients) wake(node)
    },
    close() {
      isClosed = true
      stopMeeting()
      stopSweeping()
      for (const route of routes.values()) route.cancel()
    },
  }
}
