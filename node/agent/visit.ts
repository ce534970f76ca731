/** One visit to one investigator's node: everything that is due for it, over one stream. Not for when the next one is (courier.ts). */
import type { ReplyNode } from '../core/action.ts'
import { reasonOf } from '../core/errors.ts'
import type { PeerId } from '../core/ids.ts'
import type { Clock, Logger, Network, PeerStream } from '../core/ports.ts'
import { MINUTE_MS, SECOND_MS } from '../core/time.ts'
import { PROTOCOLS } from '../core/wire.ts'
import { deliver, type Delivery } from './deliver.ts'
import type { Outbox } from './outbox.ts'
import type { OutboxItem } from './outbox-record.ts'
import type { Setbacks } from './setbacks.ts'

/** A node that is busy so often in one visit is spared the rest; every one of them costs it a round trip. */
const BUSY_LIMIT = 16
/** A node that takes its time is visited again, when others have had their turn. */
const VISIT_LIMIT_MS = MINUTE_MS
const OPEN_TIMEOUT_MS = 15 * SECOND_MS

/** How an answer ended its wait for a node. */
type Settlement = Exclude<Delivery['kind'], 'busy'>

export interface VisitPorts {
  readonly network: Pick<Network, 'self' | 'open'>
  readonly clock: Clock
  readonly logger: Logger
  readonly outbox: Outbox
  /** Where a node was last, as far as this node knows. */
  addressesOf(peer: PeerId): readonly string[]
  /** Asks neighbours where a node is now. */
  locate(peer: PeerId): Promise<readonly string[]>
  /** An answer left this host, or is not wanted there. */
  onSettled(item: OutboxItem, peer: PeerId, settlement: Settlement): Promise<void>
}

/** True when the node was visited; no stream is opened when nothing is due. @throws MeshError PEER_UNREACHABLE, STREAM_CLOSED, FRAME_INVALID */
export async function deliverDue(
  node: ReplyNode,
  setbacks: Setbacks,
  ports: VisitPorts,
): Promise<boolean> {
  const now = ports.clock.now()
  const waiting = setbacks.arrange(ports.outbox.waitingFor(node.peer))
  const due = waiting.filter((item) => setbacks.dueAt(item) <= now)
  if (due.length === 0) return false
  const stream = await openStream(node, ports)
  const settling: Promise<void>[] = []
  try {
    let busy = 0
    for (const item of due) {
      if (ports.clock.now() - now >= VISIT_LIMIT_MS) break
      const delivery = await deliverOne(item, { stream, setbacks, ports })
      if (delivery === undefined) continue
      if (delivery.kind !== 'busy') settling.push(settle(item, { delivery, stream, ports }))
      else if ((busy += 1) >= BUSY_LIMIT) break
    }
  } finally {
    await Promise.all([stream.close(), ...settling])
  }
  return true
}

interface Visit {
  readonly stream: PeerStream
  readonly ports: VisitPorts
}

/** `undefined` when there is nothing to send any more: `started` was overtaken, or the record is damaged, which the store has told. */
async function deliverOne(
  item: OutboxItem,
  { stream, setbacks, ports }: Visit & { readonly setbacks: Setbacks },
): Promise<Delivery | undefined> {
  const sealed = await ports.outbox.read(item)
  if (sealed === undefined) {
    await ports.outbox.settle(item, stream.peer)
    return undefined
  }
  const { action, size, digest } = item
  try {
    const header = { action, agent: ports.network.self, size, digest }
    const delivery = await deliver({ ...header, sealed }, stream, ports.clock)
    if (delivery.kind === 'busy') setbacks.busy(item, delivery.retryAfterMs)
    return delivery
  } catch (error) {
    setbacks.broke(item)
    throw error
  }
}

/** Beside the next delivery. Never rejects: what the disk did not take is delivered once more after a restart. */
async function settle(
  item: OutboxItem,
  { delivery, stream, ports }: Visit & { readonly delivery: Exclude<Delivery, { kind: 'busy' }> },
): Promise<void> {
  const [{ action }, { peer }, { outbox, logger }] = [item, stream, ports]
  if (delivery.kind === 'unwanted')
    logger.log('answer-not-wanted', { action, by: peer, reason: delivery.reason })
  try {
    await Promise.all([outbox.settle(item, peer), ports.onSettled(item, peer, delivery.kind)])
  } catch (error) {
    logger.log('answer-not-settled', { action, for: peer, reason: reasonOf(error) })
  }
}

/** By what is known here first; only when that fails are neighbours asked where the node is now. */
async function openStream(node: ReplyNode, ports: VisitPorts): Promise<PeerStream> {
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
