/** Sealed answers that wait for an investigator's acknowledgement. On disk before sent; dropped only when acknowledged, too old, or too many, and then loudly. */
import { sha256Hex } from '../core/bytes.ts'
import type { ReplyNode } from '../core/action.ts'
import type { DocumentId, PeerId } from '../core/ids.ts'
import type { Clock, Logger, Records } from '../core/ports.ts'
import {
  answerOfRest,
  bodyOf,
  type OutboxItem,
  packItem,
  packRest,
  readHeader,
  readRest,
  restKey,
} from './outbox-record.ts'
import { createTurns } from '../core/turns.ts'

const OUTBOX_SIZE_LIMIT = 1024 * 1024 * 1024

export interface Outbox {
  /** On disk when it resolves. One final answer an action: nothing put after it, `started` or final, is kept. */
  put(item: Omit<OutboxItem, 'key' | 'digest' | 'size'>, sealed: Uint8Array): Promise<void>
  /** What waits for this node, oldest first. */
  waitingFor(peer: PeerId): readonly OutboxItem[]
  /** Every node that something waits for. */
  recipients(): readonly ReplyNode[]
  read(item: OutboxItem): Promise<Uint8Array | undefined>
  /** The node has it on disk, or never wants it: it waits for that node no more, and when this resolves so says the disk. */
  settle(item: OutboxItem, peer: PeerId): Promise<void>
  hasFinal(action: DocumentId): boolean
  dropExpired(): Promise<void>
}

export interface OutboxPorts {
  readonly records: Records
  readonly clock: Pick<Clock, 'now'>
  readonly logger: Logger
  /** Bytes of all answers together; default 1 GiB. */
  readonly sizeLimit?: number
}

/** Opens the outbox over what waited before. */
export async function openOutbox(ports: OutboxPorts): Promise<Outbox> {
  const { records, clock, logger, sizeLimit = OUTBOX_SIZE_LIMIT } = ports
  const items = await readItems(ports)
  const inTurn = createTurns()
  let total = items.values().reduce((sum, { size }) => sum + size, 0)

  function forget(item: OutboxItem): void {
    if (items.delete(item.key)) total -= item.size
  }

  /** What is gone from memory is never sent again by this process; should the disk fail, it is once more by the next. */
  async function drop(item: OutboxItem): Promise<void> {
    forget(item)
    await Promise.all([records.delete(item.key), records.delete(restKey(item.key))])
  }

  async function makeRoom(): Promise<void> {
    for (const item of [...items.values()]) {
      if (total <= sizeLimit) return
      logger.log('outbox-full-answer-dropped', { action: item.action, size: item.size })
      await drop(item)
    }
  }

  async function keep(item: OutboxItem, sealed: Uint8Array): Promise<void> {
    const before = items.get(item.key)
    if (before !== undefined) forget(before)
    // Counted before it is written: answers that are put together must not overfill the disk together.
    total += item.size
    try {
      await makeRoom()
      await records.put(item.key, packItem(item, sealed))
      items.set(item.key, item)
    } catch (error) {
      total -= item.size
      throw error
    }
  }

  async function writeRest(key: string): Promise<void> {
    const waiting = items.get(key)?.waiting
    if (waiting !== undefined)
      await records.put(restKey(key), packRest(waiting.map(({ peer }) => peer)))
  }

  return {
    put: (init, sealed) =>
      inTurn(init.action, async () => {
        const [final, started] = [finalKey(init.action), startedKey(init.action)]
        if (items.has(final)) return
        const key = init.isFinal ? final : started
        const overtaken = init.isFinal ? items.get(started) : undefined
        const item = { ...init, key, digest: sha256Hex(sealed), size: sealed.length }
        await Promise.all([
          keep(item, sealed),
          overtaken === undefined ? undefined : drop(overtaken),
        ])
      }),
    waitingFor: (peer) =>
      [...items.values()].filter((item) => item.waiting.some((each) => each.peer === peer)),
    recipients: () => [
      ...new Map(
        [...items.values()].flatMap(({ waiting }) =>
          waiting.map((each) => [each.peer, each] as const),
        ),
      ).values(),
    ],
    async read(item) {
      const bytes = await records.get(item.key)
      return bytes === undefined ? undefined : bodyOf(bytes)
    },
    async settle(item, peer) {
      const current = items.get(item.key)
      if (current === undefined || current.digest !== item.digest) return
      const waiting = current.waiting.filter((each) => each.peer !== peer)
      if (waiting.length === 0) forget(current)
      else items.set(item.key, { ...current, waiting })
      await inTurn(item.action, () =>
        waiting.length === 0 ? drop(current) : writeRest(current.key),
      )
    },
    hasFinal: (action) => items.has(finalKey(action)),
    async dropExpired() {
      for (const item of [...items.values()]) {
        if (item.expiresAtMs > clock.now()) continue
        logger.log('answer-never-fetched', { action: item.action })
        await inTurn(item.action, () => drop(item))
      }
    },
  }
}

const finalKey = (action: DocumentId): string => `${action}:final`
const startedKey = (action: DocumentId): string => `${action}:started`

async function readItems({ records, logger }: OutboxPorts): Promise<Map<string, OutboxItem>> {
  const items = new Map<string, OutboxItem>()
  for await (const [key, bytes] of records.entries()) {
    const answer = answerOfRest(key)
    if (answer === undefined) {
      const header = readHeader(bytes)
      if (header === undefined) logger.log('outbox-item-unreadable', { key })
      else items.set(key, { ...header, key })
      continue
    }
    const item = items.get(answer)
    const rest = readRest(bytes)
    // Its answer is gone: the process died between the two deletions.
    if (item === undefined) await records.delete(key)
    // Whoever is not known to have it gets it again, and says that it has it.
    else if (rest !== undefined)
      items.set(answer, {
        ...item,
        waiting: item.waiting.filter(({ peer }) => rest.includes(peer)),
      })
  }
  return items
}
