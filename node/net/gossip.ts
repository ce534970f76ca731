/** Topics over gossipsub: the fast path, never the guarantee (mesh/sync.ts). */
import { type GossipSub, TopicValidatorResult } from '@chainsafe/libp2p-gossipsub'
import { reasonOf } from '../core/errors.ts'
import type { Topic } from '../core/facet.ts'
import type { PeerId } from '../core/ids.ts'
import type { Logger, Network, TopicHandler } from '../core/ports.ts'
import type { MeshLibp2p } from './libp2p.ts'

export function openGossip(
  { services: { pubsub } }: MeshLibp2p,
  logger: Logger,
): Pick<Network, 'join' | 'subscribers' | 'pushesTo' | 'publish'> {
  return {
    join(topic, handler) {
      pubsub.topicValidators.set(topic, validator(handler))
      pubsub.subscribe(topic)
    },
    subscribers: (topic) => pubsub.getSubscribers(topic).map((peer) => peer.toString() as PeerId),
    pushesTo: (topic) => meshPeers(pubsub, topic),
    async publish(topic, bytes) {
      await pubsub.publish(topic, bytes).catch((error: unknown) => {
        // Offers and sync carry the document as well.
        logger.log('gossip-failed', { topic, reason: reasonOf(error) })
      })
    },
  }
}

const validator =
  (handler: TopicHandler) =>
  async (
    from: { toString(): string },
    message: { data: Uint8Array },
  ): Promise<TopicValidatorResult> => {
    const verdict = await handler(from.toString() as PeerId, message.data)
    switch (verdict.kind) {
      case 'accept':
        return TopicValidatorResult.Accept
      case 'ignore':
        return TopicValidatorResult.Ignore
      case 'reject':
        return TopicValidatorResult.Reject
    }
  }

/** The peers that gossip hands a topic's messages to. Its class tells, its published interface does not: none, where that ends. */
function meshPeers(pubsub: GossipSub, topic: Topic): readonly PeerId[] {
  return hasMesh(pubsub) ? pubsub.getMeshPeers(topic).map((peer) => peer as PeerId) : []
}

const hasMesh = (
  pubsub: GossipSub,
): pubsub is GossipSub & { getMeshPeers(topic: string): readonly string[] } =>
  'getMeshPeers' in pubsub && typeof pubsub.getMeshPeers === 'function'
