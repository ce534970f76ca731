/** Addresses that say who must be there, so that a dial proves it. Not for finding any (neighbours.ts, peer-book.ts). */
import type { PeerId as Libp2pPeerId } from '@libp2p/interface'
import { peerIdFromString } from '@libp2p/peer-id'
import { type Multiaddr, multiaddr } from '@multiformats/multiaddr'
import { MeshError, reasonOf } from '../core/errors.ts'
import type { PeerId } from '../core/ids.ts'
import type { MeshLibp2p } from './libp2p.ts'

/** A dial waits for each in turn. */
const RELAYS_TRIED = 4

/** Whom an address leads to. A relayed one names its relay before that. @throws where it names nobody at its end */
export const peerOf = (address: string): Libp2pPeerId =>
  peerIdFromString(address.slice(address.lastIndexOf('/') + 1))

/** Refuses what could never be dialled. @throws MeshError CONFIG_INVALID */
export function requireDialable(addresses: readonly string[]): void {
  for (const address of addresses) {
    try {
      multiaddr(address)
      peerOf(address)
    } catch (cause) {
      const reason = `${address}: must be a multiaddr that ends in /p2p/PEERID (${reasonOf(cause)})`
      throw new MeshError(
        { code: 'CONFIG_INVALID', file: 'config', path: 'bootstrap', reason },
        { cause },
      )
    }
  }
}

/** Addresses with their peer id. */
export const reachable = (addresses: readonly Multiaddr[], peer: PeerId): string[] =>
  addresses
    .map(String)
    .map((each) => (each.endsWith(`/p2p/${peer}`) ? each : `${each}/p2p/${peer}`))

/** Ways to a peer that listens through a relay, wherever nobody has said so yet: bootstrap peers relay. libp2p tries them last. */
export const relaysTo = (peer: PeerId, bootstrap: readonly string[]): readonly string[] =>
  bootstrap
    .filter((each) => !each.endsWith(`/p2p/${peer}`))
    .slice(0, RELAYS_TRIED)
    .map((each) => `${each}/p2p-circuit`)

/** Tells when this node's own addresses have changed; libp2p tells of every change to itself, protocols included. Returns how to stop. */
export function watchAddresses(node: MeshLibp2p, listener: () => void): () => void {
  const addresses = (): string => node.getMultiaddrs().map(String).toSorted().join(' ')
  let before = addresses()
  const compare = (): void => {
    const now = addresses()
    if (now === before) return
    before = now
    listener()
  }
  node.addEventListener('self:peer:update', compare)
  return () => {
    node.removeEventListener('self:peer:update', compare)
  }
}
