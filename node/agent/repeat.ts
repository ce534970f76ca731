/** A chore done at once and again every so often, one at a time; a failure is told, and the chore's turn comes again. */
import { reasonOf } from '../core/errors.ts'
import type { Clock, Logger } from '../core/ports.ts'

export interface RepeatInit {
  /** Constant name, for the log. */
  readonly chore: string
  readonly everyMs: number
  readonly clock: Pick<Clock, 'after'>
  readonly logger: Logger
}

/** Returns how to stop: nothing begins after that. */
export function repeat(
  { chore, everyMs, clock, logger }: RepeatInit,
  task: () => Promise<void>,
): () => void {
  let isStopped = false
  let cancel = (): void => undefined
  const again = async (): Promise<void> => {
    try {
      await task()
    } catch (error) {
      logger.log('chore-failed', { chore, reason: reasonOf(error) })
    }
    if (!isStopped) cancel = clock.after(everyMs, () => void again())
  }
  void again()
  return () => {
    isStopped = true
    cancel()
  }
}
