/** Which connections are refused: with peers that were cut off, in both directions, and beyond a peer's share. */
import type { ConnectionGater, PeerId as Libp2pPeerId } from '@libp2p/interface'
import type { PeerId } from '../core/ids.ts'
import type { Clock } from '../core/ports.ts'

/** Connections one peer may have at once; more would multiply every bound that is one connection's. */
const CONNECTIONS_A_PEER = 4
/** Peers refused at once; the one refused longest is forgotten first. */
const CUT_OFF_LIMIT = 8192

export interface CutOff {
  readonly gater: ConnectionGater
  /** Refuses the peer from now on; what is open is the caller's to break off. */
  refuse(peer: PeerId, ms: number): void
}

export function createCutOff(
  clock: Pick<Clock, 'now'>,
  countConnections: (peer: Libp2pPeerId) => number,
): CutOff {
  const until = new Map<string, number>()
  const isRefused = (peer: { toString(): string }): boolean =>
    (until.get(peer.toString()) ?? 0) > clock.now()
  return {
    gater: {
      denyDialPeer: isRefused,
      denyInboundEncryptedConnection: isRefused,
      denyOutboundEncryptedConnection: isRefused,
      denyDialMultiaddr: () => false,
      denyInboundUpgradedConnection: (peer) => countConnections(peer) >= CONNECTIONS_A_PEER,
    },
    refuse(peer, ms) {
      until.delete(peer)
      until.set(peer, clock.now() + ms)
      const oldest = until.size > CUT_OFF_LIMIT ? until.keys().next().value : undefined
      if (oldest !== undefined) until.delete(oldest)
    },
  }
}
