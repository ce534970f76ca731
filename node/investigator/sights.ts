/** Agents as their presence records show them, and which of them a target means. */
import type { AgentSight } from '../core/investigator-api.ts'
import type { Presence } from '../core/presence.ts'
import { evaluate } from '../core/target/evaluate.ts'
import type { Target } from '../core/target/parse.ts'

/** Everybody who has told facts. */
export const sightsOf = (presences: readonly Presence[]): readonly AgentSight[] =>
  presences.flatMap(({ peer, at, record }) =>
    record === undefined ? [] : [{ peer, seenAtMs: at, record }],
  )

/** Those of them that the target means by their last known facts. */
export const meant = (
  target: Target,
  sights: readonly AgentSight[],
  nowMs: number,
): readonly AgentSight[] =>
  sights.filter(({ record }) => {
    const outcome = evaluate(target, record, nowMs)
    return 'truth' in outcome && outcome.truth === true
  })
