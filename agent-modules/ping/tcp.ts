/** A try by TCP: whether a connection is accepted. It is reset at once, nothing is sent. */
import { once } from 'node:events'
import { Socket } from 'node:net'
import { outcomeOf, type Destination, type Outcome, type TryOptions } from './try.ts'

export async function tryTcp(
  { address, port }: Destination,
  { timeoutMs, signal }: TryOptions,
): Promise<Outcome> {
  const socket = new Socket()
  // Events that come after the one waited for concern nobody.
  socket.on('error', () => undefined)
  const timeout = AbortSignal.timeout(timeoutMs)
  const began = performance.now()
  try {
    const connected = once(socket, 'connect', { signal: AbortSignal.any([signal, timeout]) })
    socket.connect({ host: address, port })
    await connected
    return { kind: 'answered', latencyMs: performance.now() - began }
  } catch (error) {
    return timeout.aborted ? { kind: 'timeout' } : outcomeOf(error)
  } finally {
    socket.resetAndDestroy()
  }
}
