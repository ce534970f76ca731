/**
 * Carries sealed answers from the outbox to investigators' nodes until each has acknowledged.
 *
 * DEV NOTE. One visit a recipient at a time; it carries everything that is due for that node over one stream (visit.ts). A
 * node that is busy for one answer gets the others, and an answer over which the stream broke goes last the next time. Woken
 * by a new answer, by meeting the node, and by a back-off that never gives up (0.5 s to 60 s, jittered); a wake in the middle
 * of a visit is followed by another. Addresses in the action are hints, the peer id is the truth, and presence knows where a
 * laptop is now. Bounded: one visit a recipient, 8 visits at once, 16 times busy a visit, and what the outbox holds, which is
 * swept of what is too old every hour.
 */
import type { ReplyNode } from '../core/action.ts'
import { reasonOf } from '../core/errors.ts'
import type { PeerId } from '../core/ids.ts'
import type { Network, Random } from '../core/ports.ts'
import { MINUTE_MS, SECOND_MS } from '../core/time.ts'
import { repeat } from '../core/repeat.ts'
import { createSetbacks, type Setbacks } from './setbacks.ts'
import { deliverDue, type VisitPorts } from './visit.ts'

const VISITS_LIMIT = 8
const FIRST_RETRY_MS = SECOND_MS / 2
const LONGEST_RETRY_MS = MINUTE_MS
const SWEEP_PERIOD_MS = 60 * MINUTE_MS

export interface CourierPorts extends VisitPorts {
  readonly network: VisitPorts['network'] & Pick<Network, 'onNeighbour'>
  readonly random: Pick<Random, 'fraction'>
}

export interface Courier {
  /** Something new waits for these nodes. */
  wake(recipients: readonly ReplyNode[]): void
  close(): void
}

interface Route {
  retryMs: number
  isVisiting: boolean
  /** Woken in the middle of a visit, which may have looked already. */
  isWoken: boolean
  readonly setbacks: Setbacks
  cancel(): void
}

export function createCourier(ports: CourierPorts): Courier {
  const { network, clock, random, logger, outbox } = ports
  const routes = new Map<PeerId, Route>()
  let visits = 0
  let isClosed = false

  const routeTo = (peer: PeerId): Route => {
    const route = routes.get(peer) ?? {
      retryMs: FIRST_RETRY_MS,
      isVisiting: false,
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
    route.cancel = clock.after(delayMs, () => void visit(node, route))
  }

  function wake(node: ReplyNode): void {
    const route = routeTo(node.peer)
    if (route.isVisiting) route.isWoken = true
    else schedule(node, 0)
  }

  async function visit(node: ReplyNode, route: Route): Promise<void> {
    if (visits >= VISITS_LIMIT) {
      schedule(node, FIRST_RETRY_MS * random.fraction())
      return
    }
    route.isVisiting = true
    visits += 1
    const delayMs = await attempt(node, route)
    visits -= 1
    route.isVisiting = false
    if (route.isWoken) schedule(node, 0)
    else if (delayMs !== undefined) schedule(node, delayMs)
    else routes.delete(node.peer)
    route.isWoken = false
  }

  /** Delivers what is due; returns after how long to come again, `undefined` when nothing waits. Never rejects. */
  async function attempt(node: ReplyNode, route: Route): Promise<number | undefined> {
    try {
      await deliverDue(node, route.setbacks, ports)
      route.retryMs = FIRST_RETRY_MS
      const moments = outbox.waitingFor(node.peer).map((item) => route.setbacks.dueAt(item))
      return moments.length === 0 ? undefined : Math.max(0, Math.min(...moments) - clock.now())
    } catch (error) {
      const { retryMs } = route
      const [peer, reason] = [node.peer, reasonOf(error)]
      logger.log('answer-waits', { for: peer, reason, retryMs: Math.round(retryMs) })
      route.retryMs = Math.min(LONGEST_RETRY_MS, retryMs * 2)
      return retryMs * (0.5 + random.fraction())
    }
  }

  const stopMeeting = network.onNeighbour(({ peer }) => {
    const known = outbox.recipients().find((each) => each.peer === peer)
    if (known === undefined) return
    // Whatever it was busy with, it may have been started anew since.
    routes.get(peer)?.setbacks.clear()
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
