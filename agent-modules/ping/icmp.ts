/** A try by ICMP, by the host's own `ping`: Node has no such sockets, and systems give them to few. */
import { UnsupportedError } from '../contract.ts'
import { unsupportedHere, type Machine } from '../support/machine.ts'
import type { Destination, Outcome, TryOptions } from './try.ts'

/** For the program to start, and to end by itself. */
const GRACE_MS = 2000
/** `time=0.045 ms`, `time<1ms`, `Zeit=12ms`, `temps=1,5 ms`. */
const TIME = /[=<]\s*([0-9]+(?:[.,][0-9]+)?) ?ms/
/** Said by a router between. */
const UNREACHABLE = /unreachable|prohibited|time to live exceeded|ttl expired/i

/** @throws UnsupportedError where there is no `ping` */
export async function tryIcmp(
  machine: Machine,
  { address, family }: Destination,
  { timeoutMs, signal }: TryOptions,
): Promise<Outcome> {
  const { name, args, silence } = commandFor(machine, family, timeoutMs)
  const options = { signal, timeoutMs: timeoutMs + GRACE_MS }
  const outcome = await machine.run(name, [...args, address], options)
  if (outcome.kind === 'missing') throw new UnsupportedError(`ping: there is no ${name} here`)
  if (outcome.kind === 'stopped') return { kind: 'timeout' }
  const text = outcome.stdout.toString('latin1')
  if (UNREACHABLE.test(text)) return { kind: 'unreachable' }
  const [, latency] = TIME.exec(text) ?? []
  if (outcome.code === 0 && latency !== undefined)
    return { kind: 'answered', latencyMs: Number(latency.replace(',', '.')) }
  // Of other failures it says why only on its standard error.
  return { kind: outcome.code === silence ? 'timeout' : 'failed' }
}

interface Command {
  readonly name: string
  readonly args: readonly string[]
  /** Its exit code when there was no answer. */
  readonly silence: number
}

/** One question; the address follows. */
function commandFor(machine: Machine, family: number, timeoutMs: number): Command {
  const ms = String(Math.ceil(timeoutMs))
  const seconds = String(Math.ceil(timeoutMs / 1000))
  if (machine.platform === 'linux')
    return { name: 'ping', args: ['-n', '-c', '1', '-W', seconds], silence: 1 }
  if (machine.platform === 'darwin')
    return family === 6
      ? { name: 'ping6', args: ['-n', '-c', '1'], silence: 2 }
      : { name: 'ping', args: ['-n', '-c', '1', '-W', ms], silence: 2 }
  if (machine.platform === 'win32') return { name: 'ping', args: ['-n', '1', '-w', ms], silence: 1 }
  return unsupportedHere('icmp ping', machine)
}
