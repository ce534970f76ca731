/** Host names that people ask about, and what this host resolves them to. */
import { lookup } from 'node:dns/promises'
import { z } from 'zod'
import { isInNetwork, parseNetwork } from './ip-address.ts'

/** A name or an address: none that a program could take for an option. Shorter than a name may be, so that its port and address fit beside it. */
export const hostName = z
  .string()
  .regex(/^[A-Za-z0-9_:][A-Za-z0-9._:%-]{0,189}$/, 'must be a host name or an address')

/** Resolvers wait for each of several servers in turn. */
const TIMEOUT_MS = 5000

export interface ResolvedHost {
  readonly address: string
  readonly family: number
}

/** What many hosts would answer at once, when all hosts ask: multicast, broadcast, and no address at all (RFC 5771, RFC 4291). */
const FOR_MANY = ['0.0.0.0/8', '224.0.0.0/4', '255.255.255.255', '::', 'ff00::/8'].flatMap(
  (text) => parseNetwork(text) ?? [],
)
const isForMany = (address: string): boolean =>
  FOR_MANY.some((network) => isInNetwork(address, network))

/** Undefined when it is not found in time, stands for many hosts, or called off: a resolver itself cannot be called off. */
export async function resolveHost(
  name: string,
  signal: AbortSignal,
): Promise<ResolvedHost | undefined> {
  const ended = Promise.withResolvers<undefined>()
  const end = (): void => {
    ended.resolve(undefined)
  }
  const timer = setTimeout(end, TIMEOUT_MS)
  signal.addEventListener('abort', end, { once: true })
  try {
    if (signal.aborted) return undefined
    const found = await Promise.race([lookup(name), ended.promise])
    return found === undefined || isForMany(found.address) ? undefined : found
  } catch {
    // What the resolver says differs from host to host, and means this.
    return undefined
  } finally {
    clearTimeout(timer)
    signal.removeEventListener('abort', end)
  }
}
