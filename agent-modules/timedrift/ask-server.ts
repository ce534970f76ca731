/**
 * Asks one time server what time it is.
 *
 * DEV NOTE. The socket is connected, so that the kernel hands us only what comes from the server's own address; a packet from there that does not hold
 * our nonce is passed over, and waiting goes on. Of four samples the one with the lowest delay is the truest (RFC 5905, section 10). Bounded by
 * five waits of a second; a server that is silent twice, or asks to be left alone, is not asked again.
 */
import { createSocket, type Socket } from 'node:dgram'
import { on, once } from 'node:events'
import { resolveHost } from '../support/resolve-host.ts'
import { makeQuestion, readReply, type Reply } from './packet.ts'
import type { Server } from './server.ts'

const SAMPLES = 4
const SILENCES = 2
const WAIT_MS = 1000

interface Sample {
  /** How far the server's clock is ahead of ours. */
  readonly offsetMs: number
  /** To the server and back, its own time taken off. */
  readonly delayMs: number
  /** What the server's clock said when it replied. */
  readonly serverMs: number
  readonly stratum: number
}

type Refusal = 'not found' | 'closed' | 'silent' | 'kiss' | 'unsynchronised' | 'foreign'

export type ServerAnswer =
  ({ readonly kind: 'time' } & Sample) | { readonly kind: Refusal; readonly code?: string }

export interface AskOptions {
  readonly signal: AbortSignal
  /** This host's clock, in milliseconds since 1970. */
  readonly now: () => number
}

export async function askServer(server: Server, options: AskOptions): Promise<ServerAnswer> {
  const host = await resolveHost(server.host, options.signal)
  if (host === undefined) return { kind: 'not found' }
  const socket = createSocket(host.family === 6 ? 'udp6' : 'udp4')
  // One that comes between two waits concerns none of them.
  socket.on('error', () => undefined)
  try {
    socket.connect(server.port, host.address)
    await once(socket, 'connect', { signal: options.signal })
    return await takeSamples(socket, options)
  } catch {
    // The port is closed, there is no way there, or the run was called off.
    return { kind: 'closed' }
  } finally {
    socket.close()
  }
}

async function takeSamples(socket: Socket, options: AskOptions): Promise<ServerAnswer> {
  const samples: Sample[] = []
  let refusal: ServerAnswer = { kind: 'silent' }
  for (let asked = 0, silences = 0; asked < SAMPLES + 1 && samples.length < SAMPLES; asked += 1) {
    const taken = await takeSample(socket, options)
    if (taken.kind === 'time') {
      samples.push(taken)
      continue
    }
    refusal = taken
    silences += 1
    const isWorthAsking = taken.kind === 'silent' || taken.kind === 'foreign'
    // Many servers answer one question a second and drop the others.
    if (!isWorthAsking || silences === SILENCES || samples.length > 0) break
  }
  const [best] = samples.toSorted((one, other) => one.delayMs - other.delayMs)
  return best === undefined ? refusal : { kind: 'time', ...best }
}

async function takeSample(socket: Socket, { signal, now }: AskOptions): Promise<ServerAnswer> {
  const question = makeQuestion()
  const waiting = AbortSignal.any([signal, AbortSignal.timeout(WAIT_MS)])
  const replies = on(socket, 'message', { signal: waiting })
  const sentMs = now()
  const sentAt = performance.now()
  socket.send(question.packet)
  let heard: 'silent' | 'foreign' = 'silent'
  try {
    for await (const message of replies) {
      const elapsedMs = performance.now() - sentAt
      const reply = readReply(packetOf(message), question)
      if (reply.kind !== 'foreign') return judge(reply, sentMs, elapsedMs)
      heard = 'foreign'
    }
  } catch (error) {
    if (!waiting.aborted) throw error
  }
  return { kind: heard }
}

function judge(
  reply: Exclude<Reply, { kind: 'foreign' }>,
  sentMs: number,
  elapsedMs: number,
): ServerAnswer {
  if (reply.kind !== 'time') return reply
  const { receivedMs, transmittedMs, stratum } = reply
  const arrivedMs = sentMs + elapsedMs
  return {
    kind: 'time',
    offsetMs: (receivedMs - sentMs + (transmittedMs - arrivedMs)) / 2,
    delayMs: Math.max(0, elapsedMs - (transmittedMs - receivedMs)),
    serverMs: transmittedMs,
    stratum,
  }
}

/** What a socket's `message` event brings; Node does not say its type. */
const packetOf = ([packet]: readonly unknown[]): Buffer =>
  Buffer.isBuffer(packet) ? packet : Buffer.alloc(0)
