/** The asking side of `/mig/sync/1` towards one neighbour: one stream, kept open, one request at a time. */
import { hasCode, MeshError } from '../core/errors.ts'
import type { PeerId } from '../core/ids.ts'
import type { Clock, Network, PeerStream } from '../core/ports.ts'
import { SECOND_MS } from '../core/time.ts'
import {
  decodeFrame,
  encodeFrame,
  PROTOCOLS,
  type SyncReply,
  syncReply,
  type SyncRequest,
} from '../core/wire.ts'

const OPEN_TIMEOUT_MS = 10 * SECOND_MS
const REPLY_TIMEOUT_MS = 30 * SECOND_MS

export interface SyncLink {
  readonly peer: PeerId
  /** @throws MeshError when the peer is gone, too slow, or answers something else */
  request<T extends SyncReply['type']>(
    message: SyncRequest,
    expected: T,
  ): Promise<Extract<SyncReply, { type: T }>>
  close(): Promise<void>
}

export interface SyncLinkPorts {
  readonly network: Network
  readonly clock: Clock
}

export function createSyncLink(peer: PeerId, { network, clock }: SyncLinkPorts): SyncLink {
  let stream: Promise<PeerStream> | undefined
  let last: Promise<unknown> = Promise.resolve()

  async function exchange(message: SyncRequest): Promise<SyncReply> {
    const signal = AbortSignal.timeout(OPEN_TIMEOUT_MS)
    stream ??= network.open(peer, PROTOCOLS.sync, { signal })
    const opened = await stream
    const cancel = clock.after(REPLY_TIMEOUT_MS, () => {
      opened.abort('no answer in time')
    })
    try {
      await opened.write(encodeFrame(message))
      const frame = await opened.read()
      if (frame === undefined) throw new MeshError({ code: 'STREAM_CLOSED', reason: 'by the peer' })
      return decodeFrame(syncReply, frame)
    } finally {
      cancel()
    }
  }

  async function guarded(message: SyncRequest): Promise<SyncReply> {
    try {
      return await exchange(message)
    } catch (error) {
      // The stream is in an unknown state: the next request opens a fresh one.
      stream?.then(
        (each) => {
          each.abort('failed')
        },
        () => undefined,
      )
      stream = undefined
      throw error
    }
  }

  /** A stream that lay idle may be gone at the other end, which shows only now. Every request may be asked twice. */
  async function persistent(message: SyncRequest): Promise<SyncReply> {
    const isReused = stream !== undefined
    return guarded(message).catch((error: unknown) => {
      if (!isReused || !hasCode(error, 'STREAM_CLOSED')) throw error
      return guarded(message)
    })
  }

  return {
    peer,
    async request<T extends SyncReply['type']>(message: SyncRequest, expected: T) {
      const reply = last.then(() => persistent(message))
      // The queue goes on whatever becomes of this request; the caller hears of it.
      last = reply.catch(() => undefined)
      const answer = await reply
      if (!isReply(answer, expected)) {
        throw new MeshError({
          code: 'FRAME_INVALID',
          reason: `${answer.type} where ${expected} was due`,
        })
      }
      return answer
    },
    async close() {
      const open = await stream?.catch(() => undefined)
      stream = undefined
      await open?.close()
    },
  }
}

function isReply<T extends SyncReply['type']>(
  reply: SyncReply,
  type: T,
): reply is Extract<SyncReply, { type: T }> {
  return reply.type === type
}
