/**
 * Introductions: a node asks its neighbours for the signed addresses of listening peers, so that losing the bootstrap
 * peers loses nobody.
 *
 * DEV NOTE. `/mig/peers/1`: one question, one answer of at most 32 libp2p peer records (RFC 0003), which the edge verifies
 * before it believes or dials. Asked on meeting a neighbour and every ten minutes. What goes wrong: a peer that names
 * strangers; the private network keeps them out, and the redial loop is bounded.
 */
import { reasonOf } from '../core/errors.ts'
import type { PeerId } from '../core/ids.ts'
import type { Clock, Logger, Network } from '../core/ports.ts'
import { repeat } from '../core/repeat.ts'
import { MINUTE_MS, SECOND_MS } from '../core/time.ts'
import {
  decodeFrame,
  encodeFrame,
  PEERS_ANSWER_LIMIT,
  peersReply,
  peersRequest,
  PROTOCOLS,
} from '../core/wire.ts'
import { ask } from './ask.ts'
import type { PeerScore } from './score.ts'
import { servePenalised } from './serve.ts'

const ASK_PERIOD_MS = 10 * MINUTE_MS
const TIMEOUT_MS = 10 * SECOND_MS

export interface PeerExchangePorts {
  readonly network: Network
  readonly clock: Clock
  readonly logger: Logger
  readonly score: PeerScore
}

/** Starts asking and answering; returns how to stop. */
export function startPeerExchange({
  network,
  clock,
  logger,
  score,
}: PeerExchangePorts): () => void {
  async function learnFrom(peer: PeerId): Promise<void> {
    const signal = AbortSignal.timeout(TIMEOUT_MS)
    const question = {
      protocol: PROTOCOLS.peers,
      message: { type: 'peers' },
      reply: peersReply,
      signal,
    }
    const { records } = await ask(peer, question, network)
    await network.learnPeers(records)
  }

  const askQuietly = (peer: PeerId): Promise<void> =>
    learnFrom(peer).catch((error: unknown) => {
      // Others will be asked; nobody depends on this answer.
      logger.log('peer-exchange-failed', { peer, reason: reasonOf(error) })
    })

  network.handle(
    PROTOCOLS.peers,
    servePenalised(score, async (stream) => {
      const frame = await stream.read()
      if (frame === undefined) return
      decodeFrame(peersRequest, frame)
      const records = await network.peerRecords(PEERS_ANSWER_LIMIT)
      await stream.write(encodeFrame({ records }))
      await stream.close()
    }),
  )
  const stopMeeting = network.onNeighbour(({ peer, listening }) => {
    if (listening) void askQuietly(peer)
  })
  const every = { everyMs: ASK_PERIOD_MS, firstAfterMs: ASK_PERIOD_MS, clock, logger }
  const stopRepeating = repeat({ chore: 'peer-exchange', ...every }, async () => {
    const listening = network.neighbours().filter((each) => each.listening)
    await Promise.all(listening.map(({ peer }) => askQuietly(peer)))
  })
  return () => {
    stopRepeating()
    stopMeeting()
  }
}
