/** A time server made for a test, on this host alone: as far off, and as truthful, as it is told to be. */
import { createSocket } from 'node:dgram'
import { once } from 'node:events'

export interface TimeServerInit {
  /** Its clock, in milliseconds since 1970. */
  readonly now: () => number
  /** What it sends instead of its true reply; none: it is silent. */
  readonly replies?: (reply: Buffer) => readonly Buffer[]
}

export interface TimeServer extends AsyncDisposable {
  readonly name: string
  /** The questions so far. */
  readonly questions: readonly Buffer[]
}

export async function createTimeServer(init: TimeServerInit): Promise<TimeServer> {
  const socket = createSocket('udp4')
  const questions: Buffer[] = []
  socket.on('message', (question, from) => {
    questions.push(question)
    const reply = replyTo(question, init.now())
    for (const each of init.replies?.(reply) ?? [reply]) socket.send(each, from.port, from.address)
  })
  socket.bind(0, '127.0.0.1')
  await once(socket, 'listening')
  return {
    name: `127.0.0.1:${socket.address().port}`,
    questions,
    [Symbol.asyncDispose]: async () => {
      socket.close()
      await once(socket, 'close')
    },
  }
}

/** Of a server of stratum 2 that is in time (RFC 5905, figure 8). */
function replyTo(question: Buffer, nowMs: number): Buffer {
  const reply = Buffer.alloc(48)
  reply[0] = (4 << 3) | 4
  reply[1] = 2
  question.copy(reply, 24, 40, 48)
  writeTime(reply, 32, nowMs)
  writeTime(reply, 40, nowMs)
  return reply
}

/** Seconds since 1900, of 2036 begun anew, and their fraction. */
function writeTime(packet: Buffer, at: number, ms: number): void {
  packet.writeUInt32BE((Math.floor(ms / 1000) + 2_208_988_800) % 2 ** 32, at)
  packet.writeUInt32BE(Math.floor((((ms % 1000) + 1000) % 1000) * (2 ** 32 / 1000)), at + 4)
}
