/**
 * The agent: takes in accepted documents, decides whether they mean this host, runs them, and answers.
 *
 * DEV NOTE. An action's way: accepted (on disk) -> due -> caught up with the mesh -> target evaluated, decision and facts on
 * disk -> journal -> run -> answer signed, sealed, in the outbox -> courier. Every arrow is crash-safe: after a restart the
 * re-read store brings each action back, its state says where it stood, and the journal says whether it ever ran. Bounded:
 * 32 actions run at once (their operations queue in the runner), one timer an action that waits.
 */
import type { Operation } from '../core/action.ts'
import { type ActionState, decodeState, encodeState } from '../core/action-state.ts'
import type { DocumentId } from '../core/ids.ts'
import type { Clock, Facts, Journal, Ledger, Logger, Records, Runner } from '../core/ports.ts'
import type { RefusalReason } from '../core/result.ts'
import { evaluate } from '../core/target/evaluate.ts'
import { SECOND_MS } from '../core/time.ts'
import type { Trust } from '../core/trust.ts'
import type { VerifiedAction, VerifiedControl, VerifiedDocument } from '../core/verified.ts'
import type { Answering } from './answer.ts'
import { execute, type Outcome } from './execute.ts'
import { createTasks } from './tasks.ts'

/** A run longer than this says so first, so that its investigator waits. */
const STARTED_AFTER_MS = SECOND_MS
const RUNNING_LIMIT = 32

export interface AgentPorts {
  readonly clock: Clock
  readonly logger: Logger
  readonly trust: Trust
  readonly journal: Journal
  readonly ledger: Ledger
  readonly runner: Runner
  readonly facts: Facts
  readonly states: Records
  readonly answering: Answering
  /** The outbox holds a final answer: it must not be overtaken by another. */
  isAnswered(id: DocumentId): boolean
  /** Resolves when this node knows what its neighbours know: a revocation must not come after the run. */
  caughtUp(): Promise<void>
  refusalOf(
    operations: readonly Operation[],
  ): { readonly reason: RefusalReason; readonly detail: string } | undefined
}

export interface Agent {
  /** A document was accepted. */
  accept(document: VerifiedDocument): void
  /** A document accepted in an earlier life came back from the store. */
  restore(document: VerifiedDocument): void
  /** Resolves when nothing runs any more. Runs under way are stopped and answered `interrupted` after the restart. */
  close(): Promise<void>
}

export function createAgent(ports: AgentPorts): Agent {
  const { clock, logger, ledger } = ports
  const stops = new Map<DocumentId, AbortController>()
  const known = new Set<DocumentId>()
  const tasks = createTasks(logger)
  const waiting: VerifiedAction[] = []
  let running = 0
  let isClosed = false
  const closing = Promise.withResolvers<undefined>()

  async function handle(verified: VerifiedAction): Promise<void> {
    const id = verified.envelope.documentId
    const state = await readState(ports.states, id)
    if (state?.phase === 'answered' || state?.phase === 'not-meant') return
    await Promise.race([ports.caughtUp(), closing.promise])
    if (isClosed) return
    if (ports.isAnswered(id)) {
      // The answer was on disk when the process died, before this was written down.
      await writeState(ports.states, id, { phase: 'answered', at: clock.now(), status: 'success' })
      return
    }
    if (state?.phase !== 'meant' && !(await decide(verified, ports))) return
    await run(verified, id)
  }

  async function run(verified: VerifiedAction, id: DocumentId): Promise<void> {
    const stop = new AbortController()
    stops.set(id, stop)
    const saysStarted = clock.after(STARTED_AFTER_MS, () => {
      tasks.track(ports.answering.started(verified))
    })
    try {
      const outcome = await execute(verified, stop.signal, ports)
      // A run that closing cut short is answered after the restart, when the journal finds it.
      if (isClosed) return
      await finish(verified, outcome, ports)
    } finally {
      saysStarted()
      stops.delete(id)
    }
  }

  function startNext(): void {
    const next = running < RUNNING_LIMIT && !isClosed ? waiting.shift() : undefined
    if (next === undefined) return
    running += 1
    tasks.track(
      handle(next).finally(() => {
        running -= 1
        startNext()
      }),
    )
  }

  function schedule(verified: VerifiedAction): void {
    const id = verified.envelope.documentId
    if (known.has(id)) return
    known.add(id)
    clock.after(Math.max(0, (verified.expiresAtMs ?? 0) - clock.now()), () => known.delete(id))
    clock.after(Math.max(0, verified.action.validfrom - clock.now()), () => {
      waiting.push(verified)
      startNext()
    })
  }

  function steer({ control }: VerifiedControl): void {
    if (control.kind === 'cancel') stops.get(control.action)?.abort(new Error('cancelled'))
  }

  function restore(document: VerifiedDocument): void {
    if (document.kind === 'action') schedule(document)
    else steer(document)
  }

  return {
    restore,
    accept(document) {
      tasks.track(ledger.append(entryOf(document)))
      restore(document)
    },
    async close() {
      isClosed = true
      closing.resolve(undefined)
      for (const stop of stops.values()) stop.abort(new Error('closing'))
      await tasks.done()
    },
  }
}

/** Evaluates the target once, against the facts of this moment; both are on disk before anything follows from them. */
async function decide(verified: VerifiedAction, ports: AgentPorts): Promise<boolean> {
  const id = verified.envelope.documentId
  const facts = await ports.facts.read()
  const at = ports.clock.now()
  const outcome = evaluate(verified.target, facts, at)
  const isMeant = 'truth' in outcome && outcome.truth === true
  await writeState(ports.states, id, { phase: isMeant ? 'meant' : 'not-meant', at, facts })
  await ports.ledger.append({ event: isMeant ? 'meant' : 'not-meant', action: id })
  return isMeant
}

/** The answer is on disk, then written down as given, and only then leaves. */
async function finish(
  verified: VerifiedAction,
  outcome: Outcome,
  { answering, clock, ledger, logger, states }: AgentPorts,
): Promise<void> {
  const id = verified.envelope.documentId
  const { status } = outcome
  await ledger.append({ event: 'ran', action: id, status, ...modulesRun(outcome) })
  await answering.final(verified, outcome)
  await writeState(states, id, { phase: 'answered', at: clock.now(), status })
  answering.dispatch(verified)
  logger.log('action-answered', { action: id, status })
}

async function readState(states: Records, id: DocumentId): Promise<ActionState | undefined> {
  const bytes = await states.get(id)
  return bytes === undefined ? undefined : decodeState(bytes)
}

const writeState = (states: Records, id: DocumentId, state: ActionState): Promise<void> =>
  states.put(id, encodeState(state))

/** The owner of a host sees everything, parameters included. */
function entryOf(document: VerifiedDocument): Readonly<Record<string, unknown>> {
  const common = { people: [...document.people], signers: document.signers }
  if (document.kind === 'control') {
    const { kind, ...control } = document.control
    return { event: kind, ...common, ...control }
  }
  const { name, target, operations, replyto } = document.action
  return {
    event: 'accepted',
    action: document.envelope.documentId,
    ...common,
    name,
    target,
    operations,
    replyto: replyto.map(({ peer }) => peer),
  }
}

const modulesRun = (outcome: Outcome): { modules: readonly string[] } => ({
  modules: outcome.results.map(
    ({ module, status, foundanything }) => `${module}:${status}${foundanything ? ':found' : ''}`,
  ),
})
