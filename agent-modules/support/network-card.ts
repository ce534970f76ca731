/** A network card with its addresses, as each platform's reader gives it; and what Node itself knows of them where the platform's tool is missing. */
import { networkInterfaces } from 'node:os'
import { formatMac } from './hardware-address.ts'
import { withoutZone } from './ip-address.ts'

export interface CardAddress {
  /** Without a zone. */
  readonly address: string
  readonly prefix: number
}

export interface NetworkCard {
  readonly name: string
  /** Undefined where it has none, as loopback. */
  readonly mac: string | undefined
  readonly addresses: readonly CardAddress[]
}

/** The cards that are up and have addresses: Node is told of no others. */
export const cardsKnownToNode = (): readonly NetworkCard[] =>
  Object.entries(networkInterfaces()).map(([name, entries = []]) => ({
    name,
    mac: formatMac(entries[0]?.mac ?? ''),
    addresses: entries.map(({ address, cidr }) => ({
      address: withoutZone(address),
      prefix: Number(cidr?.split('/')[1] ?? 0),
    })),
  }))
