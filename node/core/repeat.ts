/** A chore done again every so often, one at a time; a failure is told, and the chore's turn comes again. */
import { reasonOf } from './errors.ts'
import type { Clock, Logger } from './ports.ts'

export interface RepeatInit {
  /** Constant name, for the log. */
  readonly chore: string
  readonly everyMs: number
  /** Default: at once. */
  readonly firstAfterMs?: number
  readonly clock: Pick<Clock, 'after'>
  readonly logger: Logger
}

/** Returns how to stop: nothing begins after that. */
export function repeat(
  { chore, everyMs, firstAfterMs = 0, clock, logger }: RepeatInit,
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
  if (firstAfterMs > 0) cancel = clock.after(firstAfterMs, () => void again())
  else void again()
  return () => {
    isStopped = true
    cancel()
  }
}
