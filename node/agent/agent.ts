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
import type { DocumentId, Fingerprint, PeerId } from '../core/ids.ts'
import type { Clock, Facts, Journal, Ledger, Logger, Records, Runner } from '../core/ports.ts'
import type { RefusalReason } from '../core/result.ts'
import { evaluate } from '../core/target/evaluate.ts'
import { SECOND_MS } from '../core/time.ts'
import type { Trust } from '../core/trust.ts'
import type { VerifiedAction, VerifiedDocument } from '../core/verified.ts'
import type { Answering } from './answer.ts'
import { execute, type Outcome } from './execute.ts'

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
    operation: Operation,
  ): { readonly reason: RefusalReason; readonly detail: string } | undefined
}

export interface Agent {
  /** A document was accepted, or came back from the store at start. */
  accept(document: VerifiedDocument): void
  /** Resolves when nothing runs any more. Runs under way are stopped and answered `interrupted` after the restart. */
  close(): Promise<void>
}

interface Cancellation {
  readonly byPeople: readonly string[]
}

export function createAgent(ports: AgentPorts): Agent {
  const { clock, logger, ledger } = ports
  const cancelled = new Map<DocumentId, Cancellation>()
  const stops = new Map<DocumentId, AbortController>()
  const known = new Set<DocumentId>()
  const tasks = new Set<Promise<void>>()
  const waiting: VerifiedAction[] = []
  let running = 0
  let isClosed = false

  async function handle(verified: VerifiedAction): Promise<void> {
    const id = verified.envelope.documentId
    await ports.caughtUp()
    if (isClosed) return
    const state = await readState(ports.states, id)
    if (state?.phase === 'answered' || state?.phase === 'not-meant') return
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
      track(ports.answering.started(verified))
    })
    try {
      const outcome = await execute(verified, stop.signal, {
        ...ports,
        isCancelled: (each) => cancelled.has(each),
      })
      // A run that closing cut short is answered after the restart, when the journal finds it.
      if (isClosed) return
      await finish(verified, outcome)
    } finally {
      saysStarted()
      stops.delete(id)
    }
  }

  async function finish(verified: VerifiedAction, outcome: Outcome): Promise<void> {
    const id = verified.envelope.documentId
    await ledger.append({
      event: 'ran',
      action: id,
      status: outcome.status,
      ...modulesRun(outcome),
    })
    await ports.answering.final(verified, outcome)
    await writeState(ports.states, id, {
      phase: 'answered',
      at: clock.now(),
      status: outcome.status,
    })
    ports.answering.dispatch(verified)
    logger.log('action-answered', { action: id, status: outcome.status })
  }

  function track(task: Promise<unknown>): void {
    const guarded = task.then(
      () => undefined,
      (error: unknown) => {
        logger.log('agent-task-failed', {
          reason: error instanceof Error ? error.message : String(error),
        })
      },
    )
    tasks.add(guarded)
    void guarded.then(() => tasks.delete(guarded))
  }

  function startNext(): void {
    const next = running < RUNNING_LIMIT && !isClosed ? waiting.shift() : undefined
    if (next === undefined) return
    running += 1
    track(
      handle(next).finally(() => {
        running -= 1
        startNext()
      }),
    )
  }

  function acceptAction(verified: VerifiedAction): void {
    const id = verified.envelope.documentId
    if (known.has(id)) return
    known.add(id)
    track(ledger.append({ event: 'accepted', action: id, ...describe(verified) }))
    clock.after(Math.max(0, verified.action.validfrom - clock.now()), () => {
      waiting.push(verified)
      startNext()
    })
  }

  return {
    accept(document) {
      if (document.kind === 'action') {
        acceptAction(document)
        return
      }
      const { control } = document
      track(
        ledger.append({
          event: control.kind,
          by: [...document.people],
          reason: 'reason' in control ? control.reason : '',
        }),
      )
      if (control.kind !== 'cancel') return
      cancelled.set(control.action, { byPeople: [...document.people] })
      stops.get(control.action)?.abort(new Error('cancelled'))
    },
    async close() {
      isClosed = true
      for (const stop of stops.values()) stop.abort(new Error('closing'))
      await Promise.all(tasks)
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

async function readState(states: Records, id: DocumentId): Promise<ActionState | undefined> {
  const bytes = await states.get(id)
  return bytes === undefined ? undefined : decodeState(bytes)
}

const writeState = (states: Records, id: DocumentId, state: ActionState): Promise<void> =>
  states.put(id, encodeState(state))

interface AcceptedEntry {
  readonly name: string
  readonly target: string
  readonly people: readonly string[]
  readonly signers: readonly Fingerprint[]
  readonly operations: readonly Operation[]
  readonly replyto: readonly PeerId[]
}

/** The owner of a host sees everything, parameters included. */
const describe = ({ action, people, signers }: VerifiedAction): AcceptedEntry => ({
  name: action.name,
  target: action.target,
  people: [...people],
  signers,
  operations: action.operations,
  replyto: action.replyto.map(({ peer }) => peer),
})

const modulesRun = (outcome: Outcome): { modules: readonly string[] } => ({
  modules: outcome.results.map(
    ({ module, status, foundanything }) => `${module}:${status}${foundanything ? ':found' : ''}`,
  ),
})
