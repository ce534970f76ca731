/** Sealed answers that wait for an investigator's acknowledgement. On disk before sent; dropped only when acknowledged, too old, or too many, and then loudly. */
import { fromUtf8, sha256Hex, toUtf8 } from '../core/bytes.ts'
import { type ReplyNode, replyNode } from '../core/action.ts'
import { documentId, type DocumentId, type PeerId } from '../core/ids.ts'
import { parseWith } from '../core/parse.ts'
import type { Clock, Logger, Records } from '../core/ports.ts'
import { DAY_MS } from '../core/time.ts'
import { z } from 'zod'

/** How long after its action an answer is kept for a laptop that is away. */
export const KEEP_AFTER_EXPIRY_MS = 30 * DAY_MS
const OUTBOX_SIZE_LIMIT = 1024 * 1024 * 1024

const headerSchema = z.strictObject({
  action: documentId,
  /** `started` is overtaken by the final answer. */
  isFinal: z.boolean(),
  waiting: z.array(replyNode),
  /** Not sent before this moment, ms. */
  notBeforeMs: z.number(),
  expiresAtMs: z.number(),
  digest: z.string(),
  size: z.number(),
})
export type OutboxItem = z.infer<typeof headerSchema> & { readonly key: string }

export interface Outbox {
  put(item: Omit<OutboxItem, 'key' | 'digest' | 'size'>, sealed: Uint8Array): Promise<OutboxItem>
  /** What waits for this node, oldest first. */
  waitingFor(peer: PeerId): readonly OutboxItem[]
  /** Every node that something waits for. */
  recipients(): readonly ReplyNode[]
  read(item: OutboxItem): Promise<Uint8Array | undefined>
  /** The node has it on disk, or never wants it. */
  settle(item: OutboxItem, peer: PeerId): Promise<void>
  hasFinal(action: DocumentId): boolean
  dropExpired(): Promise<void>
}

export interface OutboxPorts {
  readonly records: Records
  readonly clock: Pick<Clock, 'now'>
  readonly logger: Logger
}

/** Opens the outbox over what waited before. */
export async function openOutbox({ records, clock, logger }: OutboxPorts): Promise<Outbox> {
  const items = new Map<string, OutboxItem>()
  for await (const [key, bytes] of records.entries()) {
    const header = readHeader(bytes)
    if (header === undefined) logger.log('outbox-item-unreadable', { key })
    else items.set(key, { ...header, key })
  }

  async function drop(item: OutboxItem): Promise<void> {
    items.delete(item.key)
    await records.delete(item.key)
  }

  async function makeRoom(size: number): Promise<void> {
    let total = size + items.values().reduce((sum, each) => sum + each.size, 0)
    for (const item of [...items.values()]) {
      if (total <= OUTBOX_SIZE_LIMIT) return
      logger.log('outbox-full-answer-dropped', { action: item.action, size: item.size })
      total -= item.size
      await drop(item)
    }
  }

  async function rewrite(item: OutboxItem): Promise<void> {
    const bytes = await records.get(item.key)
    if (bytes === undefined) return
    await records.put(item.key, pack(item, bodyOf(bytes)))
    items.set(item.key, item)
  }

  return {
    async put(init, sealed) {
      await makeRoom(sealed.length)
      const key = `${init.action}:${init.isFinal ? 'final' : 'started'}`
      const item = { ...init, key, digest: sha256Hex(sealed), size: sealed.length }
      await records.put(key, pack(item, sealed))
      items.set(key, item)
      const overtaken = init.isFinal ? items.get(`${init.action}:started`) : undefined
      if (overtaken !== undefined) await drop(overtaken)
      return item
    },
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
      if (waiting.length === 0) await drop(current)
      else await rewrite({ ...current, waiting })
    },
    hasFinal: (action) => items.has(`${action}:final`),
    async dropExpired() {
      for (const item of [...items.values()]) {
        if (item.expiresAtMs > clock.now()) continue
        logger.log('answer-never-fetched', { action: item.action })
        await drop(item)
      }
    },
  }
}

/** Four bytes of header length, the header as JSON, the sealed bytes. */
function pack(item: OutboxItem, body: Uint8Array): Uint8Array {
  const head = toUtf8(JSON.stringify({ ...item, key: undefined }))
  const length = new Uint8Array(4)
  new DataView(length.buffer).setUint32(0, head.length)
  return Buffer.concat([length, head, body])
}

const headLength = (bytes: Uint8Array): number =>
  new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getUint32(0)

const bodyOf = (bytes: Uint8Array): Uint8Array => bytes.subarray(4 + headLength(bytes))

function readHeader(bytes: Uint8Array): z.infer<typeof headerSchema> | undefined {
  try {
    const parsed = parseWith(
      headerSchema,
      JSON.parse(fromUtf8(bytes.subarray(4, 4 + headLength(bytes)))),
    )
    return parsed.ok ? parsed.value : undefined
  } catch {
    // A damaged record is reported by the caller and left where it is.
    return undefined
  }
}
