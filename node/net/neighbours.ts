/**
 * Who is a neighbour: connected, and identified. Not for making connections (redial.ts).
 *
 * DEV NOTE. The roles hear of a neighbour once, and once when it has gone. A connection whose peer does not say who it is in
 * time is ended: it would take up its place, and keep the redial loop from trying again.
 */
import type { Connection, IdentifyResult } from '@libp2p/interface'
import type { PeerId } from '../core/ids.ts'
import type { Clock, Logger, Neighbour, Network } from '../core/ports.ts'
import { tell } from '../core/tell.ts'
import { SECOND_MS } from '../core/time.ts'
import { reachable } from './addresses.ts'
import type { MeshLibp2p } from './libp2p.ts'
import type { PeerBook } from './peer-book.ts'

const IDENTIFY_LIMIT_MS = 15 * SECOND_MS

export interface NeighboursPorts {
  readonly book: PeerBook
  readonly clock: Pick<Clock, 'after'>
  readonly logger: Logger
  /** How long a peer may take to say who it is; default 15 s. */
  readonly identifyLimitMs?: number
}

type Neighbours = Pick<Network, 'neighbours' | 'onNeighbour' | 'onGone'>

export function watchNeighbours(node: MeshLibp2p, ports: NeighboursPorts): Neighbours {
  const neighbours = new Map<PeerId, Neighbour>()
  const onMeet = new Set<(neighbour: Neighbour) => void>()
  const onLose = new Set<(peer: PeerId) => void>()

  const endUnidentified = (connection: Connection): void => {
    const peer = connection.remotePeer.toString() as PeerId
    ports.clock.after(ports.identifyLimitMs ?? IDENTIFY_LIMIT_MS, () => {
      if (connection.status !== 'open' || neighbours.has(peer)) return
      ports.logger.log('peer-unidentified', { peer })
      connection.abort(new Error('not identified in time'))
    })
  }

  node.addEventListener('connection:open', ({ detail }) => {
    endUnidentified(detail)
  })
  node.addEventListener('peer:identify', ({ detail }: CustomEvent<IdentifyResult>) => {
    const peer = detail.peerId.toString() as PeerId
    const addresses = reachable(detail.listenAddrs, peer)
    const neighbour = { peer, listening: addresses.length > 0 }
    if (neighbour.listening) void ports.book.meet(peer, addresses)
    if (node.getConnections(detail.peerId).length === 0) return
    const isNew = !neighbours.has(peer)
    neighbours.set(peer, neighbour)
    if (isNew) tell(onMeet, [neighbour], ports.logger)
  })
  node.addEventListener('peer:disconnect', ({ detail }) => {
    const peer = detail.toString() as PeerId
    if (neighbours.delete(peer)) tell(onLose, [peer], ports.logger)
  })
  node.addEventListener('peer:discovery', ({ detail }) => {
    const peer = detail.id.toString() as PeerId
    void ports.book.hear(peer, reachable(detail.multiaddrs, peer))
  })
  return {
    neighbours: () => [...neighbours.values()],
    onNeighbour(listener) {
      onMeet.add(listener)
      for (const neighbour of neighbours.values()) listener(neighbour)
      return () => onMeet.delete(listener)
    },
    onGone(listener) {
      onLose.add(listener)
      return () => onLose.delete(listener)
    },
  }
}
