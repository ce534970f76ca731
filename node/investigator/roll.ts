/** Who of a hunt is still out, kept answer by answer: to ask costs the same however many have answered. Not for counts (core/hunt.ts). */
import { CLOCK_SKEW_MS } from '../core/action.ts'
import { type HuntRecord, silenceAtMs } from '../core/hunt.ts'
import type { PeerId } from '../core/ids.ts'
import type { Answer } from '../core/result.ts'
import { SECOND_MS } from '../core/time.ts'

/** An agent that said `started` is waited for this much longer than its action lives. */
const LAST_ANSWERS_MS = 10 * SECOND_MS

export interface Roll {
  /** False for one that changes nothing: the first final answer of an agent stands, as on the shelf. */
  note(answer: Answer): boolean
  /** The standing answer of each agent so far. */
  answers(): readonly Answer[]
  /** When to look again, should nothing come; `undefined`: nobody is waited for any more. */
  waitsUntilMs(nowMs: number): number | undefined
}

/** `isPatient`: waits for silent agents too, until the action has expired. */
export function createRoll(hunt: HuntRecord, isPatient: boolean): Roll {
  const standing = new Map<PeerId, Answer>()
  const unheard = new Set(hunt.expected.map(({ peer }) => peer))
  const running = new Set<PeerId>()
  const silentAtMs = silenceAtMs(hunt)
  const lastMs = hunt.expireafter + CLOCK_SKEW_MS + LAST_ANSWERS_MS
  return {
    note(answer) {
      const { agent, status } = answer
      const before = standing.get(agent)
      const isNews = before === undefined || (before.status === 'started' && status !== 'started')
      if (!isNews) return false
      standing.set(agent, answer)
      unheard.delete(agent)
      if (status === 'started') running.add(agent)
      else running.delete(agent)
      return true
    },
    answers: () => [...standing.values()],
    waitsUntilMs(nowMs) {
      // Nobody was known when it began: whoever answers within the usual time still counts.
      const mayAnswer = unheard.size > 0 || hunt.expected.length === 0
      if (mayAnswer && nowMs < silentAtMs) return silentAtMs
      const isOut = running.size > 0 || (isPatient && unheard.size > 0)
      return isOut && nowMs < lastMs ? lastMs : undefined
    },
  }
}
