/**
 * When each action is handled: not before its time, in order, once; and who signed it, as far as is known by then. Not for
 * what is done with it (agent.ts).
 *
 * DEV NOTE. A handling that fails is the host's failure (a store that cannot be read), not the action's: it comes again with
 * a back-off until the action may be forgotten. Anyone can strip signatures from an envelope and hand the rest on first, so
 * a stronger one may follow at any moment until the handling ends. Bounded: 4 at once, one timer an action that waits, and as
 * many actions as the documents of the mesh.
 */
import { reasonOf } from '../core/errors.ts'
import type { DocumentId } from '../core/ids.ts'
import type { Clock, Logger } from '../core/ports.ts'
import type { VerifiedAction } from '../core/verified.ts'
import { FIRST_RETRY_MS, LONGEST_RETRY_MS } from './insist.ts'
import type { Tasks } from './tasks.ts'

/**
 * An action is journaled before its turn among the host's children, and what is journaled never runs again: after a crash
 * those that only waited are `interrupted` too, so few may wait there. More than one, so that a long one holds up no short one.
 */
const RUNNING_LIMIT = 4

export interface ScheduleInit {
  readonly clock: Clock
  readonly logger: Logger
  readonly tasks: Tasks
  /** Rejects when the host failed, and is then called again. */
  readonly handle: (verified: VerifiedAction) => Promise<void>
}

export interface Schedule {
  /** Another envelope of a known action changes nothing but who signed it: the ladder accepts only a stronger one. */
  add(verified: VerifiedAction): void
  /** The same action with everybody who is known by now to have signed it; for as long as it is handled. */
  strongest(verified: VerifiedAction): VerifiedAction
  /** Nothing begins after this. */
  close(): void
}

interface Entry {
  readonly verified: VerifiedAction
  readonly retryMs: number
}

export function createSchedule({ clock, logger, tasks, handle }: ScheduleInit): Schedule {
  /** With the call that calls off what it waits for. */
  const known = new Map<DocumentId, () => void>()
  /** The strongest envelope of each action that is not handled yet. */
  const unhandled = new Map<DocumentId, VerifiedAction>()
  const due: Entry[] = []
  let running = 0
  let isClosed = false

  function wait(entry: Entry, ms: number): void {
    const cancel = clock.after(Math.max(0, ms), () => {
      due.push(entry)
      startNext()
    })
    known.set(entry.verified.envelope.documentId, cancel)
  }

  function startNext(): void {
    const next = running < RUNNING_LIMIT && !isClosed ? due.shift() : undefined
    if (next === undefined) return
    running += 1
    tasks.track(
      attempt(next).finally(() => {
        running -= 1
        startNext()
      }),
    )
  }

  async function attempt(entry: Entry): Promise<void> {
    const { verified, retryMs } = entry
    const action = verified.envelope.documentId
    try {
      await handle(verified)
    } catch (error) {
      const isOver = forgettableIn(verified) <= 0
      const event = isOver ? 'action-given-up' : 'action-waits'
      logger.log(event, { action, reason: reasonOf(error), retryMs })
      if (isClosed) return
      if (!isOver) {
        wait({ verified, retryMs: Math.min(LONGEST_RETRY_MS, retryMs * 2) }, retryMs)
        return
      }
    }
    unhandled.delete(action)
    // Its id is kept until nobody can bring it again.
    if (isClosed) return
    known.set(
      action,
      clock.after(forgettableIn(verified), () => known.delete(action)),
    )
  }

  const forgettableIn = ({ expiresAtMs }: VerifiedAction): number =>
    Math.max(0, (expiresAtMs ?? 0) - clock.now())

  return {
    strongest: (verified) => unhandled.get(verified.envelope.documentId) ?? verified,
    add(verified) {
      const action = verified.envelope.documentId
      if (isClosed) return
      const isKnown = known.has(action)
      if (!isKnown || unhandled.has(action)) unhandled.set(action, verified)
      if (!isKnown)
        wait({ verified, retryMs: FIRST_RETRY_MS }, verified.action.validfrom - clock.now())
    },
    close() {
      isClosed = true
      for (const cancel of known.values()) cancel()
    },
  }
}
