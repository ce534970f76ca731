/**
 * The agent: takes in accepted documents, decides whether they mean this host, runs them, and answers.
 *
 * DEV NOTE. An action's way: accepted (the disk still writes it) -> due -> caught up with the mesh -> target evaluated,
 * decision and facts on disk -> journal -> run -> answer signed, sealed, in the outbox -> courier. Every arrow is crash-safe:
 * after a restart the re-read store, or sync, brings each action back, its state says where it stood, and the journal says
 * whether it ever ran. Before the run a failing disk sends an action back to its schedule; after it, every step is tried
 * until it succeeds, in its place among the few (schedule.ts) whose outcomes may be held in memory. A cancellation, or a
 * revocation after which the signers weigh too little, stops operations that run or wait for their turn. Who signed is asked for at
 * each step: more may have since. Bounded: what runs by schedule.ts, cancellations by core/trust.ts.
 */
import type { Operation } from '../core/action.ts'
import type { DocumentId } from '../core/ids.ts'
import type { Clock, Facts, Journal, Ledger, Logger, Records, Runner } from '../core/ports.ts'
import { repeat } from '../core/repeat.ts'
import type { RefusalReason } from '../core/result.ts'
import { MINUTE_MS, SECOND_MS } from '../core/time.ts'
import type { Trust } from '../core/trust.ts'
import type { VerifiedAction, VerifiedControl, VerifiedDocument } from '../core/verified.ts'
import type { Answering } from './answer.ts'
import { decide, dropOldStates, readState, writeState } from './decide.ts'
import { execute, lostTrust, type Outcome } from './execute.ts'
import type { Insist } from './insist.ts'
import { createKills } from './kills.ts'
import { acceptedEntry, ranEntry } from './ledger-entry.ts'
import { createSchedule } from './schedule.ts'
import { createTasks } from './tasks.ts'

/** A run longer than this says so first, so that its investigator waits. */
const STARTED_AFTER_MS = SECOND_MS
const SWEEP_PERIOD_MS = 60 * MINUTE_MS

export interface AgentPorts {
  readonly clock: Clock
  readonly logger: Logger
  readonly trust: Trust
  readonly journal: Journal
  /** Loses no entry (insist.ts). */
  readonly ledger: Ledger
  readonly runner: Runner
  readonly facts: Facts
  readonly states: Records
  /** Of operations killed here (kills.ts). */
  readonly killed: Records
  readonly answering: Answering
  /** Gives up when the node closes, which is before the agent does. */
  readonly insist: Insist
  /** The outbox holds a final answer: it must not be overtaken by another. */
  isAnswered(id: DocumentId): boolean
  /** Resolves when this node knows what its neighbours know: a revocation must not come after the run. */
  caughtUp(): Promise<void>
  refusalOf(
    operations: readonly Operation[],
  ): Promise<{ readonly reason: RefusalReason; readonly detail: string } | undefined>
}

export interface Agent {
  /** A document was accepted. */
  accept(document: VerifiedDocument): void
  /** A document accepted in an earlier life came back from the store. */
  restore(document: VerifiedDocument): void
  /** Resolves when nothing runs any more. Runs under way are stopped and answered `interrupted` after the restart. */
  close(): Promise<void>
}

interface Run {
  readonly verified: VerifiedAction
  readonly stop: AbortController
}

export function createAgent(ports: AgentPorts): Agent {
  const { clock, logger, ledger, states, trust } = ports
  const runs = new Map<DocumentId, Run>()
  const tasks = createTasks(logger)
  const schedule = createSchedule({ clock, logger, tasks, handle })
  let isClosed = false
  const closing = Promise.withResolvers<undefined>()
  const kills = createKills({ clock, records: ports.killed, insist: ports.insist })
  const stopSweeping = repeat(
    { chore: 'states', everyMs: SWEEP_PERIOD_MS, clock, logger },
    async () => {
      await dropOldStates(states, clock)
      await kills.sweep()
    },
  )

  async function handle(verified: VerifiedAction): Promise<void> {
    const id = verified.envelope.documentId
    const state = await readState(states, id)
    if (state?.phase === 'answered' || state?.phase === 'not-meant') return
    if (!(await mayAct())) return
    if (ports.isAnswered(id)) {
      // The answer was on disk when the process died, before this was written down.
      await writeState(states, id, { phase: 'answered', at: clock.now() })
      return
    }
    // What ran was meant: facts that changed since must not hide that.
    const isMeant = state?.phase === 'meant' || ports.journal.has(id)
    if (!isMeant && !(await decide(verified, ports))) return
    // Decided while closing: nobody would stop it, nor take its outcome. The restart runs it.
    if (!isClosed) await run(verified, id)
  }

  /** Waits until this node knows what its neighbours know; false: it closes. */
  async function mayAct(): Promise<boolean> {
    await Promise.race([ports.caughtUp(), closing.promise])
    return !isClosed
  }

  async function run(verified: VerifiedAction, id: DocumentId): Promise<void> {
    const stop = new AbortController()
    runs.set(id, { verified, stop })
    let started: Promise<void> | undefined
    const cancelStarted = clock.after(STARTED_AFTER_MS, () => {
      started = ports.answering.started(schedule.strongest(verified))
      tasks.track(started)
    })
    const outcome = await execute(schedule.strongest(verified), stop.signal, { ...ports, kills })
    runs.delete(id)
    cancelStarted()
    // A promise of an answer must not come after it; whether it could be made at all is logged.
    await started?.catch(() => undefined)
    // A run that closing cut short is answered after the restart, when the journal finds it.
    if (!isClosed) await finish(() => schedule.strongest(verified), outcome, ports)
  }

  function steer({ control }: VerifiedControl): void {
    if (control.kind === 'cancel')
      runs.get(control.action)?.stop.abort(new Error(cancelWords(control.reason)))
    if (control.kind === 'revoke') stopUntrusted()
  }

  function stopUntrusted(): void {
    for (const { verified, stop } of runs.values()) {
      const lost = lostTrust(schedule.strongest(verified), trust)
      if (lost !== undefined) stop.abort(new Error(`a signer was revoked: ${lost}`))
    }
  }

  function restore(document: VerifiedDocument): void {
    if (document.kind === 'action') schedule.add(document)
    else steer(document)
  }

  return {
    restore,
    accept(document) {
      tasks.track(ledger.append(acceptedEntry(document)))
      restore(document)
    },
    async close() {
      isClosed = true
      stopSweeping()
      schedule.close()
      closing.resolve(undefined)
      for (const { stop } of runs.values()) stop.abort(new Error('closing'))
      await tasks.done()
    },
  }
}

const cancelWords = (reason: string): string =>
  `cancelled by its investigators${reason === '' ? '' : `: ${reason}`}`

/** The answer is on disk, then written down as given, and only then leaves. */
async function finish(
  strongest: () => VerifiedAction,
  outcome: Outcome,
  { answering, clock, ledger, logger, states, insist }: AgentPorts,
): Promise<void> {
  const id = strongest().envelope.documentId
  // Beside each other: the ledger keeps the order in which its entries are given to it.
  const [, status] = await Promise.all([
    ledger.append(ranEntry(id, outcome)),
    insist('answer', () => answering.final(strongest(), outcome)),
  ])
  await insist('state', () => writeState(states, id, { phase: 'answered', at: clock.now() }))
  answering.dispatch(strongest())
  logger.log('action-answered', { action: id, status })
}
