/** What the readers of cards, one for each platform, are given. */
import type { Machine } from '../support/machine.ts'
import type { NetworkCard } from '../support/network-card.ts'
import type { SoftErrors } from '../support/soft-errors.ts'
import type { Card } from './card.ts'

export interface HostInit {
  readonly machine: Machine
  readonly signal: AbortSignal
  readonly errors: SoftErrors
}

export const cidrsOf = ({ addresses }: Pick<NetworkCard, 'addresses'>): string[] =>
  addresses.map(({ address, prefix }) => `${address}/${prefix}`)

/** A card of which only Node's word is known: it is up, or Node would not know it. */
export const cardOf = (known: NetworkCard): Card => ({
  name: known.name,
  mac: known.mac,
  state: 'up',
  enabled: true,
  promiscuous: false,
  addresses: cidrsOf(known),
})
