/** Sends what a crash kept from being sent: a hunt is on disk before its action leaves, so a restart finds it and goes on. */
import { reasonOf } from '../core/errors.ts'
import type { DocumentId } from '../core/ids.ts'
import type { Clock, Logger } from '../core/ports.ts'
import { publish, type PublisherPorts } from './publisher.ts'
import type { ResultShelf } from './result-shelf.ts'

export interface UnsentPorts {
  readonly clock: Pick<Clock, 'now'>
  readonly logger: Logger
  readonly shelf: Pick<ResultShelf, 'hunts'>
  readonly publisher: PublisherPorts
  /** Accepted documents are on disk, and go out by offers and sync. */
  isAccepted(action: DocumentId): boolean
}

/** Publishes hunts that still live and whose action this node never accepted. Never rejects. */
export async function sendUnsent(ports: UnsentPorts): Promise<void> {
  const { clock, logger, shelf, publisher } = ports
  for (const { action, expireafter, envelope } of shelf.hunts()) {
    if (expireafter <= clock.now() || ports.isAccepted(action)) continue
    try {
      await publish(envelope, publisher)
      logger.log('hunt-sent-late', { action })
    } catch (error) {
      // Its signer was revoked meanwhile, or the disk is full: it stays as it is, with everybody silent.
      logger.log('hunt-not-sent', { action, reason: reasonOf(error) })
    }
  }
}
