/**
 * Takes in agents' answers: received, opened, verified, on disk, and only then acknowledged.
 *
 * DEV NOTE. `/mig/result/1`, investigator side: the mirror of agent/courier.ts. The stream's peer need not be the agent,
 * since the answer is signed by the agent and sealed to this node. What goes wrong: a stream that breaks in the middle (the
 * part is kept for a while, and the next visit goes on from there), an agent that lies about its size or digest, or cuts its
 * chunks in its own way (the frame is broken, it pays), an answer to a hunt nobody here knows yet (busy: sync will bring the action). Bounded: 64 MiB an
 * answer, 16 large ones at once, 64 MiB of parts.
 */
import { fromBase64, sha256Hex } from '../core/bytes.ts'
import { type Envelope, parseEnvelope } from '../core/envelope.ts'
import { MeshError, reasonOf } from '../core/errors.ts'
import type { DocumentId } from '../core/ids.ts'
import type { Logger, Network, PeerSignatures, PeerStream, Sealer } from '../core/ports.ts'
import {
  type Answer,
  parseAnswer,
  RESULT_ENVELOPE_LIMIT,
  RESULT_SIZE_LIMIT,
} from '../core/result.ts'
import { sealContext } from '../core/seal-context.ts'
import { tell } from '../core/tell.ts'
import { SECOND_MS } from '../core/time.ts'
import type { Trust } from '../core/trust.ts'
import {
  CHUNK_SIZE,
  decodeFrame,
  encodeFrame,
  PROTOCOLS,
  type ResultHeader,
  resultHeader,
  type ResultReply,
} from '../core/wire.ts'
import type { ResultShelf } from './result-shelf.ts'

const BULK_SIZE = 1024 * 1024
const BULK_LIMIT = 16
const PARTS_SIZE_LIMIT = RESULT_SIZE_LIMIT
const BUSY_MS = 2 * SECOND_MS
const UNKNOWN_ACTION_MS = SECOND_MS

export interface CollectorPorts {
  readonly network: Pick<Network, 'handle'>
  readonly logger: Logger
  readonly trust: Trust
  readonly sealer: Sealer
  readonly signatures: Pick<PeerSignatures, 'verify'>
  readonly shelf: ResultShelf
  /** A hunt of this home, or an action this node has accepted. */
  isKnown(action: DocumentId): Promise<boolean>
  penalise(stream: PeerStream): void
}

export interface Collector {
  readonly onAnswer: (listener: (answer: Answer) => void) => () => void
}

export function startCollector(ports: CollectorPorts): Collector {
  const listeners = new Set<(answer: Answer) => void>()
  const parts = createParts()
  let bulk = 0

  async function serve(stream: PeerStream): Promise<void> {
    for (let frame = await stream.read(); frame !== undefined; frame = await stream.read()) {
      const header = decodeFrame(resultHeader, frame)
      await send(stream, await collect(header, stream))
    }
    await stream.close()
  }

  async function collect(header: ResultHeader, stream: PeerStream): Promise<ResultReply> {
    if (header.size > RESULT_ENVELOPE_LIMIT) return unwanted('too large')
    if (ports.trust.isRevoked(header.agent)) return unwanted('agent revoked')
    if (!(await ports.isKnown(header.action)))
      return { type: 'busy', retryAfterMs: UNKNOWN_ACTION_MS }
    const isBulk = header.size > BULK_SIZE
    if (isBulk && bulk >= BULK_LIMIT) return { type: 'busy', retryAfterMs: BUSY_MS }
    if (isBulk) bulk += 1
    try {
      return await store(header, await receive(header, stream))
    } finally {
      if (isBulk) bulk -= 1
    }
  }

  async function receive(header: ResultHeader, stream: PeerStream): Promise<Uint8Array> {
    const bytes =
      header.body === undefined ? await receiveChunks(header, stream) : fromBase64(header.body)
    const isWhole = bytes?.length === header.size && sha256Hex(bytes) === header.digest
    if (isWhole) return bytes
    throw new MeshError({ code: 'FRAME_INVALID', reason: 'not the bytes that were announced' })
  }

  async function receiveChunks(header: ResultHeader, stream: PeerStream): Promise<Uint8Array> {
    const chunks = parts.take(header.digest)
    let size = chunks.reduce((sum, { length }) => sum + length, 0)
    await send(stream, { type: 'send', offset: size })
    try {
      while (size < header.size) {
        const chunk = await stream.read()
        if (chunk === undefined)
          throw new MeshError({ code: 'STREAM_CLOSED', reason: 'in the middle of an answer' })
        // Else chunks of no octet would fill the memory, each with more than it carries.
        if (chunk.length !== Math.min(CHUNK_SIZE, header.size - size))
          throw new MeshError({ code: 'FRAME_INVALID', reason: 'not the chunk that comes next' })
        size += chunk.length
        chunks.push(chunk)
      }
    } catch (error) {
      if (header.size > BULK_SIZE) parts.keep(header.digest, chunks)
      throw error
    }
    return Buffer.concat(chunks)
  }

  async function store(header: ResultHeader, sealed: Uint8Array): Promise<ResultReply> {
    let envelope: Envelope
    let answer: Answer
    try {
      const opened = await ports.sealer.open(sealed, sealContext(header.action, header.agent))
      envelope = parseEnvelope(opened, RESULT_ENVELOPE_LIMIT)
      answer = readAnswer(envelope, header, ports)
    } catch (error) {
      if (!(error instanceof MeshError)) throw error
      ports.logger.log('answer-unwanted', { agent: header.agent, reason: reasonOf(error) })
      return unwanted(error.code)
    }
    const shelved = await ports.shelf.put(answer, envelope.bytes)
    // One listener's fault is its own: the agent is acknowledged all the same.
    if (shelved === 'new') tell(listeners, [answer], ports.logger)
    return { type: 'ack', digest: header.digest }
  }

  ports.network.handle(PROTOCOLS.result, async (stream) => {
    try {
      await serve(stream)
    } catch (error) {
      if (error instanceof MeshError && error.code === 'FRAME_INVALID') ports.penalise(stream)
      stream.abort(reasonOf(error))
      // A disk that is full is not the agent's trouble alone: the network tells of it.
      if (!(error instanceof MeshError)) throw error
    }
  })
  return {
    onAnswer(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }
}

/** An answer that its agent signed, for this action and this mesh. @throws MeshError */
function readAnswer(envelope: Envelope, header: ResultHeader, ports: CollectorPorts): Answer {
  const [signature, ...more] = envelope.signatures
  const isOurs =
    envelope.kind === 'result' && signature?.keyid === header.agent && more.length === 0
  if (!isOurs || !ports.signatures.verify(header.agent, envelope.signed, signature.sig)) {
    throw new MeshError({
      code: 'PAYLOAD_MALFORMED',
      what: 'result',
      reason: 'not signed by its agent',
    })
  }
  const answer = parseAnswer(envelope.payload)
  const isAsked = answer.mesh === ports.trust.policy.mesh.id && answer.action === header.action
  if (isAsked && answer.agent === header.agent) return answer
  throw new MeshError({
    code: 'PAYLOAD_MALFORMED',
    what: 'result',
    reason: 'answers something else',
  })
}

const unwanted = (reason: string): ResultReply => ({ type: 'unwanted', reason })

const send = (stream: PeerStream, message: ResultReply): Promise<void> =>
  stream.write(encodeFrame(message))

interface Parts {
  take(digest: string): Uint8Array[]
  keep(digest: string, chunks: Uint8Array[]): void
}

/** Parts of large answers whose stream broke; the oldest makes room. */
function createParts(): Parts {
  const parts = new Map<string, Uint8Array[]>()
  const sizeOf = (chunks: readonly Uint8Array[]): number =>
    chunks.reduce((sum, { length }) => sum + length, 0)
  return {
    take(digest) {
      const chunks = parts.get(digest) ?? []
      parts.delete(digest)
      return chunks
    },
    keep(digest, chunks) {
      parts.set(digest, chunks)
      let total = parts.values().reduce((sum, each) => sum + sizeOf(each), 0)
      for (const [oldest, each] of [...parts]) {
        if (total <= PARTS_SIZE_LIMIT) return
        parts.delete(oldest)
        total -= sizeOf(each)
      }
    },
  }
}
