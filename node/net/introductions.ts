/** Signed addresses of listening peers, to hand on and to take in (libp2p peer records, RFC 0003). Not for asking for them (mesh/peer-exchange.ts). */
import { peerIdFromString } from '@libp2p/peer-id'
import { fromBase64, toBase64 } from '../core/bytes.ts'
import type { Neighbour, Network } from '../core/ports.ts'
import { reachable } from './addresses.ts'
import type { MeshLibp2p } from './libp2p.ts'
import type { PeerBook } from './peer-book.ts'

export async function peerRecords(
  node: MeshLibp2p,
  neighbours: readonly Neighbour[],
  limit: number,
): ReturnType<Network['peerRecords']> {
  const listening = neighbours.filter((each) => each.listening).slice(0, limit)
  const records = await Promise.all(
    listening.map(async ({ peer }) => {
      const known = await node.peerStore.get(peerIdFromString(peer)).catch(() => undefined)
      const record = known?.peerRecordEnvelope
      return record === undefined ? [] : [{ peer, record: toBase64(record) }]
    }),
  )
  return records.flat()
}

export async function learnPeers(
  node: MeshLibp2p,
  book: PeerBook,
  records: Parameters<Network['learnPeers']>[0],
): Promise<void> {
  for (const { peer, record } of records) {
    const bytes = fromBase64(record)
    if (bytes === undefined || peer === node.peerId.toString()) continue
    const expectedPeer = peerIdFromString(peer)
    // A record that its peer did not sign is left out.
    const isGood = await node.peerStore
      .consumePeerRecord(bytes, { expectedPeer })
      .catch(() => false)
    if (!isGood) continue
    const known = await node.peerStore.get(expectedPeer)
    const addresses = known.addresses.map((each) => each.multiaddr)
    await book.hear(peer, reachable(addresses, peer))
  }
}
