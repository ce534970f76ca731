/** Background work of one role: watched, so that a failure is told and a close can wait for the rest. */
import { reasonOf } from '../core/errors.ts'
import type { Logger } from '../core/ports.ts'

export interface Tasks {
  /** A failure is logged; nobody else waits for it. */
  track(task: Promise<unknown>): void
  /** Resolves when nothing is under way. */
  done(): Promise<void>
}

export function createTasks(logger: Logger): Tasks {
  const running = new Set<Promise<void>>()
  return {
    track(task) {
      const guarded = task.then(
        () => undefined,
        (error: unknown) => {
          logger.log('agent-task-failed', { reason: reasonOf(error) })
        },
      )
      running.add(guarded)
      void guarded.then(() => running.delete(guarded))
    },
    async done() {
      while (running.size > 0) await Promise.all(running)
    },
  }
}
