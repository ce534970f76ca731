/** Waits for something to become true: the only way a test waits. */
import { setTimeout as sleep } from 'node:timers/promises'

const POLL_MS = 20
const TIMEOUT_MS = 25_000

/** Resolves when `condition` holds. @throws when the signal is aborted first, 25 s by default */
export async function until(
  condition: () => boolean | Promise<boolean>,
  signal: AbortSignal = AbortSignal.timeout(TIMEOUT_MS),
): Promise<void> {
  while (!(await condition())) {
    if (signal.aborted)
      throw new Error(`never became true: ${condition.toString()}`, { cause: signal.reason })
    await sleep(POLL_MS)
  }
}
