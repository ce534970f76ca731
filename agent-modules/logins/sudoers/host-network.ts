/** Addresses and networks in lists of hosts, as sudo compares them with those of this machine. */
import { isDeepStrictEqual } from 'node:util'
import {
  isInNetwork,
  parseAddress,
  parseNetwork,
  type IpAddress,
} from '../../support/ip-address.ts'
import type { CardAddress } from '../../support/network-card.ts'

export interface HostNetwork {
  readonly address: IpAddress
  /** Undefined: each card's own. `odd`: sudo takes it, and compares it as its version does. */
  readonly mask: IpAddress | 'odd' | undefined
}

/** sudo asks no card that leads nowhere. */
const LOOPBACK = ['127.0.0.0/8', '::1'].flatMap((text) => parseNetwork(text) ?? [])

/** `192.0.2.1`, `192.0.2.0/24`, `192.0.2.0/255.255.255.0`, and IPv6; undefined for a name. */
export function parseHostNetwork(text: string): HostNetwork | undefined {
  const [written = '', mask] = text.split('/', 2)
  const address = parseAddress(written)
  if (address === undefined) return undefined
  if (mask === undefined) return { address, mask }
  if (/^[1-9]\d{0,2}$/.test(mask)) return { address, mask: maskOf(Number(mask), address.length) }
  const dotted = address.length === 4 && mask.includes('.') ? parseAddress(mask) : undefined
  return { address, mask: dotted ?? 'odd' }
}

/** Also when it is the network that an address of this machine is in. */
export function isOnNetwork(
  own: CardAddress,
  { address, mask }: { readonly address: IpAddress; readonly mask: IpAddress | undefined },
): boolean {
  const bytes = parseAddress(own.address)
  if (bytes?.length !== address.length) return false
  if (LOOPBACK.some((network) => isInNetwork(own.address, network))) return false
  if (mask !== undefined) return isDeepStrictEqual(masked(bytes, mask), masked(address, mask))
  return [bytes, masked(bytes, maskOf(own.prefix, bytes.length))].some((each) =>
    isDeepStrictEqual(each, address),
  )
}

const maskOf = (prefix: number, length: number): IpAddress =>
  Uint8Array.from({ length }, (_, at) => {
    const bits = Math.min(8, Math.max(0, prefix - 8 * at))
    return 256 - 2 ** (8 - bits)
  })

const masked = (address: IpAddress, mask: IpAddress): IpAddress =>
  Uint8Array.from(address, (byte, at) => byte & (mask[at] ?? 0))
