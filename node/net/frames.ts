/**
 * Frames on a libp2p stream: an unsigned varint of length, then the bytes.
 *
 * DEV NOTE. libp2p's own length-prefixed reader keeps every byte of a length that never ends, takes a stream that closes
 * in mid-frame for a clean end, and reads on while nobody waits; so this one is our own. The length is checked before a byte
 * is read, a frame once begun must end in time, a large one must keep pace, and a peer that breaks any of it pays (FRAME_INVALID). A peer that only
 * vanishes does not (STREAM_CLOSED).
 */
import type { Stream } from '@libp2p/interface'
import { MeshError, reasonOf } from '../core/errors.ts'
import type { PeerId } from '../core/ids.ts'
import type { PeerStream } from '../core/ports.ts'
import { SECOND_MS } from '../core/time.ts'
import { type Allowance, SMALL_FRAME_SIZE } from './allowance.ts'
import { type Inbox, openInbox } from './inbox.ts'
import { flushed } from './outgoing.ts'

/** A frame once begun may take this long, and as long as a slow line of 32 KiB a second needs. */
const FRAME_TIME_MS = 30 * SECOND_MS
const SLOWEST_BYTES_PER_SECOND = 32 * 1024
/** A large frame holds a place that others wait for (allowance.ts): it may lag behind that line by no more than this. */
const LARGE_FRAME_GRACE_MS = 5 * SECOND_MS
const FIRST_MARK = 64 * 1024
const CLOSE_TIMEOUT_MS = 2 * SECOND_MS
/** 28 bits of length, far beyond any frame. */
const LENGTH_SIZE_LIMIT = 4

export interface FramesInit {
  readonly peer: PeerId
  /** Bytes of the largest frame the peer may send here. */
  readonly sizeLimit: number
  /** A stream on which nobody begins a frame for this long is given up. */
  readonly idleMs: number
  readonly allowance: Allowance
  /** A served frame keeps its place until the next one is asked for: by then the handler is done with it. */
  readonly isServing: boolean
}

export function openFrames(stream: Stream, init: FramesInit): PeerStream {
  const inbox = openInbox(stream)
  let leave = (): void => undefined

  async function read(): Promise<Uint8Array | undefined> {
    leave()
    const idle = AbortSignal.timeout(init.idleMs)
    const size = await readLength(inbox, idle)
    if (size === undefined) return undefined
    if (size > init.sizeLimit)
      throw breach(`a frame of ${String(size)} bytes, ${String(init.sizeLimit)} allowed`)
    const admitted = await init.allowance.admit(init.peer, size, idle)
    leave = admitted
    try {
      return await readBody(inbox, size)
    } finally {
      if (!init.isServing) admitted()
    }
  }

  const abort = (reason: string): void => {
    leave()
    stream.abort(new Error(reason))
  }
  return {
    peer: init.peer,
    read: () => read().catch(rethrow),
    async write(frame) {
      try {
        stream.send(withLength(frame))
        await flushed(stream, AbortSignal.timeout(FRAME_TIME_MS + lineTime(frame.length)))
      } catch (error) {
        rethrow(error)
      }
    },
    async close() {
      leave()
      // A peer that is gone already cannot be told; nothing depends on it.
      await stream.close({ signal: AbortSignal.timeout(CLOSE_TIMEOUT_MS) }).catch(() => undefined)
    },
    abort,
  }
}

/** `undefined` when the stream ends where a frame may end. */
async function readLength(inbox: Inbox, signal: AbortSignal): Promise<number | undefined> {
  let size = 0
  for (let at = 0; at < LENGTH_SIZE_LIMIT; at += 1) {
    if (!(await inbox.fill(at + 1, signal))) {
      if (at === 0) return undefined
      throw ended(inbox)
    }
    const byte = inbox.at(at)
    size |= (byte & 0x7f) << (7 * at)
    if (byte > 0x7f) continue
    inbox.take(at + 1)
    return size
  }
  throw breach('a length that does not end')
}

async function readBody(inbox: Inbox, size: number): Promise<Uint8Array> {
  for (const { octets, signal } of deadlines(size)) {
    const isHere = await inbox.fill(octets, signal).catch((error: unknown) => {
      throw signal.aborted ? breach('a frame that does not end') : error
    })
    if (!isHere) throw ended(inbox)
  }
  return inbox.take(size)
}

interface Deadline {
  readonly octets: number
  readonly signal: AbortSignal
}

/** By when how much of a frame must be here; a large one's at every doubling, so that few octets hold its place for a short time only. */
function deadlines(size: number): readonly Deadline[] {
  const marks: number[] = []
  if (size > SMALL_FRAME_SIZE) for (let mark = FIRST_MARK; mark < size; mark *= 2) marks.push(mark)
  const graceMs = size > SMALL_FRAME_SIZE ? LARGE_FRAME_GRACE_MS : FRAME_TIME_MS
  return [...marks, size].map((octets) => ({
    octets,
    signal: AbortSignal.timeout(graceMs + lineTime(octets)),
  }))
}

const lineTime = (size: number): number => Math.ceil((size / SLOWEST_BYTES_PER_SECOND) * SECOND_MS)

/** A peer that says "no more" in the middle of a frame lied about its length; one that is gone did not. */
const ended = (inbox: Inbox): MeshError =>
  inbox.isFinished()
    ? breach('a frame shorter than its length')
    : new MeshError({ code: 'STREAM_CLOSED', reason: 'in the middle of a frame' })

const breach = (reason: string): MeshError => new MeshError({ code: 'FRAME_INVALID', reason })

function withLength(frame: Uint8Array): Uint8Array {
  const length: number[] = []
  let rest = frame.length
  for (; rest > 0x7f; rest >>>= 7) length.push((rest & 0x7f) | 0x80)
  return Buffer.concat([Uint8Array.from([...length, rest]), frame])
}

function rethrow(cause: unknown): never {
  if (cause instanceof MeshError) throw cause
  throw new MeshError({ code: 'STREAM_CLOSED', reason: reasonOf(cause) }, { cause })
}
