/** Steps that must not be lost to a failing host: a full disk is tried again until it has room. Not for what can never succeed. */
import { reasonOf } from '../core/errors.ts'
import type { Clock, Ledger, Logger } from '../core/ports.ts'
import { MINUTE_MS, SECOND_MS } from '../core/time.ts'

export const FIRST_RETRY_MS = SECOND_MS / 2
export const LONGEST_RETRY_MS = MINUTE_MS

/** Tries `step`, named `what` in the log, until it succeeds. Rejects only while the node closes: then a restart recovers. */
export type Insist = <T>(what: string, step: () => Promise<T>) => Promise<T>

export interface InsistPorts {
  readonly clock: Pick<Clock, 'sleep'>
  readonly logger: Logger
  /** The node closes: every step still has one try. */
  readonly closing: AbortSignal
}

export function createInsist({ clock, logger, closing }: InsistPorts): Insist {
  return async (what, step) => {
    for (let retryMs = FIRST_RETRY_MS; ; retryMs = Math.min(LONGEST_RETRY_MS, retryMs * 2)) {
      try {
        return await step()
      } catch (error) {
        if (closing.aborted) throw error
        logger.log('step-failed', { what, reason: reasonOf(error), retryMs })
      }
      await clock.sleep(retryMs, closing)
    }
  }
}

/** A ledger that loses no entry and keeps their order. What waits is a few entries for every document that the mesh may hold. */
export function insistOnLedger(ledger: Ledger, insist: Insist): Ledger {
  let last: Promise<unknown> = Promise.resolve()
  return {
    append(entry) {
      const written = last.then(() => insist('ledger', () => ledger.append(entry)))
      last = written.catch(() => undefined)
      return written
    },
  }
}
