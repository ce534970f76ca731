/** A try by UDP: whether something answers, or this host is told that the port is closed. */
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { outcomeOf, type Destination, type Outcome, type TryOptions } from './try.ts'

/** As MIG sends it. */
const QUESTION = 'Ping!Ping!Ping!'

export async function tryUdp(
  { address, family, port }: Destination,
  { timeoutMs, signal }: TryOptions,
): Promise<Outcome> {
  // Connected, so that the kernel tells of a closed port, and hands over only what comes from there.
  const socket = createSocket(family === 6 ? 'udp6' : 'udp4')
  socket.on('error', () => undefined)
  const timeout = AbortSignal.timeout(timeoutMs)
  const ending = { signal: AbortSignal.any([signal, timeout]) }
  try {
    socket.connect(port, address)
    await once(socket, 'connect', ending)
    const began = performance.now()
    const answered = once(socket, 'message', ending)
    socket.send(QUESTION)
    await answered
    return { kind: 'answered', latencyMs: performance.now() - began }
  } catch (error) {
    return timeout.aborted ? { kind: 'timeout' } : outcomeOf(error)
  } finally {
    socket.close()
  }
}
