/** One action seen from the investigator's side: who was expected, how each of them ended. Pure; not for collecting (investigator/collector.ts). */
import { z } from 'zod'
import { documentId, type PeerId, peerId } from './ids.ts'
import type { Answer } from './result.ts'
import { SECOND_MS } from './time.ts'

/** Beyond `answerwithin`, a target that said nothing for this long is silent. */
const SILENCE_MARGIN_MS = 5 * SECOND_MS

/** What is kept about a hunt beside its envelope and its answers. Times in ms since the epoch. */
export const huntRecord = z.strictObject({
  action: documentId,
  name: z.string(),
  target: z.string(),
  launchedAtMs: z.number(),
  /** When agents may begin; absent in records of earlier versions. */
  validfrom: z.number().optional(),
  expireafter: z.number(),
  answerwithin: z.number(),
  /** Agents that the target meant by their last known facts when the hunt began. */
  expected: z.array(z.strictObject({ peer: peerId, name: z.string() })),
  envelope: z.string(),
})
export type HuntRecord = z.infer<typeof huntRecord>

/** How a target stands. All but `waiting` and `running` are where it ends, until a later answer says otherwise. */
export type TargetState =
  'waiting' | 'running' | 'answered' | 'refused' | 'failed' | 'timed-out' | 'cancelled' | 'silent'

export interface TargetStanding {
  readonly peer: PeerId
  readonly name: string
  readonly state: TargetState
  readonly found: boolean
  /** Why, in the agent's words. */
  readonly detail: string
}

export interface Tally {
  readonly targets: readonly TargetStanding[]
  readonly counts: Readonly<Record<TargetState, number>>
  readonly found: number
  /** Agents that answered whole, and said beside it what they could not look at, or what limit they met. */
  readonly remarked: number
}

/** Every known target's standing at `nowMs`, agents that answered unexpectedly included. */
export function tally(hunt: HuntRecord, answers: readonly Answer[], nowMs: number): Tally {
  const byAgent = new Map(answers.map((answer) => [answer.agent, answer]))
  const names = new Map(hunt.expected.map(({ peer, name }) => [peer, name]))
  for (const { agent, name } of answers) names.set(agent, name)
  const targets = [...names].map(([peer, name]) =>
    standing({ peer, name }, byAgent.get(peer), isOverdue(hunt, nowMs)),
  )
  const counts = { ...NONE }
  for (const { state } of targets) counts[state] += 1
  return {
    targets,
    counts,
    found: targets.filter((each) => each.found).length,
    remarked: answers.filter(isRemarked).length,
  }
}

/** Nobody is waited for any more. */
export const isSettled = (now: Tally): boolean =>
  now.counts.waiting === 0 && now.counts.running === 0

/** When the next target may turn silent, ms since the epoch. */
export const silenceAtMs = (hunt: HuntRecord): number =>
  Math.max(hunt.launchedAtMs, hunt.validfrom ?? 0) + hunt.answerwithin + SILENCE_MARGIN_MS

const isRemarked = ({ status, results }: Answer): boolean =>
  status === 'success' && results.some(({ errors }) => errors.length > 0)

const isOverdue = (hunt: HuntRecord, nowMs: number): boolean => nowMs >= silenceAtMs(hunt)

function standing(
  who: { peer: PeerId; name: string },
  answer: Answer | undefined,
  isLate: boolean,
): TargetStanding {
  if (answer === undefined)
    return { ...who, state: isLate ? 'silent' : 'waiting', found: false, detail: '' }
  const found = answer.results.some((each) => each.foundanything)
  const detail = [
    answer.reason,
    answer.detail,
    ...answer.results.filter((each) => !each.success).flatMap((each) => each.errors.slice(0, 1)),
  ]
    .filter((part) => part !== undefined)
    .join(': ')
  return { ...who, state: stateOf(answer), found, detail }
}

function stateOf(answer: Answer): TargetState {
  switch (answer.status) {
    case 'started':
      return 'running'
    case 'success':
      return 'answered'
    case 'refused':
      return 'refused'
    case 'timeout':
      return 'timed-out'
    case 'cancelled':
      return 'cancelled'
    case 'failed':
    case 'interrupted':
    case 'expired':
      return 'failed'
  }
}

const NONE: Record<TargetState, number> = {
  waiting: 0,
  running: 0,
  answered: 0,
  refused: 0,
  failed: 0,
  'timed-out': 0,
  cancelled: 0,
  silent: 0,
}
