/**
 * Carries sealed answers from the outbox to investigators' nodes until each has acknowledged.
 *
 * DEV NOTE. `/mig/result/1`, agent side: header, then `send` from an offset, then chunks, then `ack` by digest. One visit a
 * recipient at a time; it carries everything that waits for that node. Woken by a new answer, by meeting the node, and by a
 * back-off that never gives up (0.5 s to 60 s, jittered). Addresses in the action are hints, the peer id is the truth, and
 * presence knows where a laptop is now. Bounded: 64 KiB a chunk, one visit a recipient, 8 visits at once.
 */
import type { ReplyNode } from '../core/action.ts'
import { toBase64 } from '../core/bytes.ts'
import { MeshError, reasonOf } from '../core/errors.ts'
import type { PeerId } from '../core/ids.ts'
import type { Clock, Logger, Network, PeerStream, Random } from '../core/ports.ts'
import { MINUTE_MS, SECOND_MS } from '../core/time.ts'
import {
  CHUNK_SIZE,
  decodeFrame,
  encodeFrame,
  PROTOCOLS,
  type ResultReply,
  resultReply,
  SMALL_RESULT_SIZE,
} from '../core/wire.ts'
import type { Outbox } from './outbox.ts'
import type { OutboxItem } from './outbox-record.ts'

const VISITS_LIMIT = 8
const FIRST_RETRY_MS = SECOND_MS / 2
const LONGEST_RETRY_MS = MINUTE_MS
const OPEN_TIMEOUT_MS = 15 * SECOND_MS
const REPLY_TIMEOUT_MS = 60 * SECOND_MS

export interface CourierPorts {
  readonly network: Network
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
  readonly outbox: Outbox
  /** Where a node was last, as far as this node knows. */
  addressesOf(peer: PeerId): readonly string[]
  /** Asks neighbours where a node is now. */
  locate(peer: PeerId): Promise<readonly string[]>
  /** An answer left this host. */
  onDelivered(item: OutboxItem, peer: PeerId): void
}

export interface Courier {
  /** Something new waits for these nodes. */
  wake(recipients: readonly ReplyNode[]): void
  close(): void
}

interface Route {
  retryMs: number
  isVisiting: boolean
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
      cancel: () => undefined,
    }
    routes.set(peer, route)
    return route
  }

  function schedule(node: ReplyNode, delayMs: number): void {
    const route = routeTo(node.peer)
    route.cancel()
    route.cancel = clock.after(delayMs, () => void visit(node))
  }

  async function visit(node: ReplyNode): Promise<void> {
    const route = routeTo(node.peer)
    if (isClosed || route.isVisiting) return
    if (visits >= VISITS_LIMIT) {
      schedule(node, FIRST_RETRY_MS * random.fraction())
      return
    }
    route.isVisiting = true
    visits += 1
    try {
      const waitMs = await deliverAll(node, ports)
      route.retryMs = FIRST_RETRY_MS
      if (waitMs !== undefined) schedule(node, waitMs)
      else routes.delete(node.peer)
    } catch (error) {
      logger.log('answer-waits', {
        for: node.peer,
        reason: reasonOf(error),
        retryMs: Math.round(route.retryMs),
      })
      schedule(node, route.retryMs * (0.5 + random.fraction()))
      route.retryMs = Math.min(LONGEST_RETRY_MS, route.retryMs * 2)
    } finally {
      visits -= 1
      route.isVisiting = false
    }
  }

  const stopMeeting = network.onNeighbour(({ peer }) => {
    const known = outbox.recipients().find((each) => each.peer === peer)
    if (known !== undefined) schedule(known, 0)
  })
  for (const node of outbox.recipients()) schedule(node, FIRST_RETRY_MS * random.fraction())

  return {
    wake(recipients) {
      for (const node of recipients) schedule(node, 0)
    },
    close() {
      isClosed = true
      stopMeeting()
      for (const route of routes.values()) route.cancel()
    },
  }
}

/** Delivers what is due; returns after how long something more is due, `undefined` when nothing waits. */
async function deliverAll(node: ReplyNode, ports: CourierPorts): Promise<number | undefined> {
  const { clock, outbox } = ports
  const isDue = (item: OutboxItem): boolean => item.notBeforeMs <= clock.now()
  const due = outbox.waitingFor(node.peer).filter(isDue)
  const busyMs = due.length === 0 ? undefined : await visitWith(due, node, ports)
  if (busyMs !== undefined) return busyMs
  const next = outbox.waitingFor(node.peer).map(({ notBeforeMs }) => notBeforeMs)
  return next.length === 0 ? undefined : Math.max(0, Math.min(...next) - clock.now())
}

/** One stream for all that is due. Returns for how long the node is busy, or `undefined`. */
async function visitWith(
  due: readonly OutboxItem[],
  node: ReplyNode,
  ports: CourierPorts,
): Promise<number | undefined> {
  const stream = await openStream(node, ports)
  try {
    for (const item of due) {
      const busyMs = await deliver(item, stream, ports)
      if (busyMs !== undefined) return busyMs
    }
    return undefined
  } finally {
    await stream.close()
  }
}

/** By what is known here first; only when that fails are neighbours asked where the node is now. */
async function openStream(node: ReplyNode, ports: CourierPorts): Promise<PeerStream> {
  const open = (addresses: readonly string[]): Promise<PeerStream> =>
    ports.network.open(node.peer, PROTOCOLS.result, {
      signal: AbortSignal.timeout(OPEN_TIMEOUT_MS),
      addresses: [...new Set(addresses)],
    })
  try {
    return await open([...ports.addressesOf(node.peer), ...node.addresses])
  } catch (error) {
    const found = await ports.locate(node.peer)
    if (found.length === 0) throw error
    return open(found)
  }
}

/** One item over one stream. Returns for how long the node is busy, or `undefined` when the item is settled. */
async function deliver(
  item: OutboxItem,
  stream: PeerStream,
  ports: CourierPorts,
): Promise<number | undefined> {
  const { network, outbox } = ports
  const sealed = await outbox.read(item)
  if (sealed === undefined) return undefined
  const { action, size, digest } = item
  const body = size <= SMALL_RESULT_SIZE ? { body: toBase64(sealed) } : {}
  await stream.write(encodeFrame({ action, agent: network.self, size, digest, ...body }))
  const first = await reply(stream, ports.clock)
  if (first.type === 'busy') return first.retryAfterMs
  if (first.type === 'send') {
    for (let at = first.offset; at < size; at += CHUNK_SIZE)
      await stream.write(sealed.subarray(at, at + CHUNK_SIZE))
  }
  const last = first.type === 'send' ? await reply(stream, ports.clock) : first
  if (last.type === 'busy') return last.retryAfterMs
  if (last.type === 'send' || (last.type === 'ack' && last.digest !== digest)) {
    throw new MeshError({
      code: 'FRAME_INVALID',
      reason: 'not an acknowledgement of what was sent',
    })
  }
  await outbox.settle(item, stream.peer)
  ports.onDelivered(item, stream.peer)
  return undefined
}

async function reply(stream: PeerStream, clock: Clock): Promise<ResultReply> {
  const cancel = clock.after(REPLY_TIMEOUT_MS, () => {
    stream.abort('no acknowledgement in time')
  })
  try {
    const frame = await stream.read()
    if (frame === undefined)
      throw new MeshError({ code: 'STREAM_CLOSED', reason: 'before the acknowledgement' })
    return decodeFrame(resultReply, frame)
  } finally {
    cancel()
  }
}
