/** Whether an action means this host, decided once and kept. Not for what follows from it (agent.ts). */
import { CLOCK_SKEW_MS, LIFETIME_LIMIT_MS } from '../core/action.ts'
import { type ActionState, decodeState, encodeState } from '../core/action-state.ts'
import type { DocumentId } from '../core/ids.ts'
import type { Clock, Facts, Ledger, Records } from '../core/ports.ts'
import { evaluate } from '../core/target/evaluate.ts'
import type { VerifiedAction } from '../core/verified.ts'

export interface DecidePorts {
  readonly clock: Pick<Clock, 'now'>
  readonly facts: Facts
  readonly states: Records
  readonly ledger: Ledger
}

/** Evaluates the target against the facts of this moment; both are on disk before anything follows from them. */
export async function decide(verified: VerifiedAction, ports: DecidePorts): Promise<boolean> {
  const id = verified.envelope.documentId
  const facts = await ports.facts.read()
  const at = ports.clock.now()
  const outcome = evaluate(verified.target, facts, at)
  const isMeant = 'truth' in outcome && outcome.truth === true
  const event = isMeant ? 'meant' : 'not-meant'
  await Promise.all([
    writeState(ports.states, id, { phase: event, at, facts }),
    ports.ledger.append({ event, action: id }),
  ])
  return isMeant
}

export async function readState(states: Records, id: DocumentId): Promise<ActionState | undefined> {
  const bytes = await states.get(id)
  return bytes === undefined ? undefined : decodeState(bytes)
}

export const writeState = (states: Records, id: DocumentId, state: ActionState): Promise<void> =>
  states.put(id, encodeState(state))

/** Nothing can ask for these any more: the action has expired since, whatever it said and whatever the clocks. */
export async function dropOldStates(states: Records, clock: Pick<Clock, 'now'>): Promise<void> {
  const oldestMs = clock.now() - LIFETIME_LIMIT_MS - 3 * CLOCK_SKEW_MS
  for await (const [key, bytes] of states.entries()) {
    const state = decodeState(bytes)
    if (state === undefined || state.at < oldestMs) await states.delete(key)
  }
}
