/** A bootstrap peer: introduces, relays, keeps unexpired documents, joins every topic, and runs nothing. */
import { openPeer, type Peer } from '../node/assembly/peer.ts'
import { TOPICS } from '../node/core/facet.ts'
import type { Logger } from '../node/core/ports.ts'
import type { Home } from '../node/host/home.ts'

/** A hub of a star of dial-only agents. */
const MAX_CONNECTIONS = 4096

/** Opens a bootstrap peer in its home and begins to dial its fellows. */
export async function openBootstrapNode(home: Home, logger: Logger): Promise<Peer> {
  const peer = await openPeer({
    home,
    logger,
    topics: TOPICS,
    maxConnections: MAX_CONNECTIONS,
    relay: true,
    topUp: false,
    describe: () => Promise.resolve(undefined),
  })
  peer.start()
  return peer
}
