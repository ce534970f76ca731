/** Agents as their presence records show them, and which of them a target means. */
import type { AgentSight } from '../core/investigator-api.ts'
import { type Presence, PRESENCE_PERIOD_MS } from '../core/presence.ts'
import { evaluate } from '../core/target/evaluate.ts'
import type { Target } from '../core/target/parse.ts'
import { MINUTE_MS } from '../core/time.ts'

/** Everybody who has told facts. */
export const sightsOf = (presences: readonly Presence[]): readonly AgentSight[] =>
  presences.flatMap(({ peer, at, record }) =>
    record === undefined ? [] : [{ peer, seenAtMs: at, record }],
  )

/** A record younger than this is an agent's that is here: it leaves a new one every 15 minutes. */
const HERE_MS = PRESENCE_PERIOD_MS + 5 * MINUTE_MS

/** Those of them that the target means by their last known facts. Whoever is here beats now, as it will say itself. */
export const meant = (
  target: Target,
  sights: readonly AgentSight[],
  nowMs: number,
): readonly AgentSight[] =>
  sights.filter(({ record, seenAtMs }) => {
    const isHere = seenAtMs > nowMs - HERE_MS
    const outcome = evaluate(target, isHere ? { ...record, heartbeattime: nowMs } : record, nowMs)
    return 'truth' in outcome && outcome.truth === true
  })
