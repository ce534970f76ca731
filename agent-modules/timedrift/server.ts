/** A time server as people write it: `HOST`, `HOST:PORT`, `[IPv6]:PORT`. */
import { isIPv6 } from 'node:net'
import { hostName } from '../support/resolve-host.ts'

const NTP_PORT = 123

export interface Server {
  /** As written. */
  readonly name: string
  readonly host: string
  readonly port: number
}

/** Undefined when it is none. */
export function parseServer(name: string): Server | undefined {
  const [, bracketed, bare, digits] =
    /^(?:\[([^\]]*)\]|([^:]*))(?::([0-9]{1,5}))?$/.exec(name) ?? []
  const host = isIPv6(name) ? name : (bracketed ?? bare ?? '')
  const port = digits === undefined ? NTP_PORT : Number(digits)
  const isServer = hostName.safeParse(host).success && port >= 1 && port <= 65_535
  return isServer ? { name, host, port } : undefined
}
