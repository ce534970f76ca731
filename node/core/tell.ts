/** Tells listeners one after another; one that fails is logged and keeps nothing from the rest. */
import { reasonOf } from './errors.ts'
import type { Logger } from './ports.ts'

export function tell<Args extends readonly unknown[]>(
  listeners: Iterable<(...args: Args) => void>,
  args: Args,
  logger: Logger,
): void {
  for (const listener of listeners) {
    try {
      listener(...args)
    } catch (error) {
      logger.log('listener-failed', { reason: reasonOf(error) })
    }
  }
}
