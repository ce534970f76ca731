/** Runs one verified action on this host, once, and says how it ended. Not for deciding whether it is meant (decide.ts). */
import { CLOCK_SKEW_MS, type Operation } from '../core/action.ts'
import { reasonOf } from '../core/errors.ts'
import type { Clock, Journal, Runner } from '../core/ports.ts'
import {
  type AnswerStatus,
  ERROR_LENGTH_LIMIT,
  type OperationResult,
  type RefusalReason,
} from '../core/result.ts'
import { SECOND_MS } from '../core/time.ts'
import { modulesOf, type Trust } from '../core/trust.ts'
import type { VerifiedAction } from '../core/verified.ts'
import { createAnswerBudget } from './answer-budget.ts'
import type { Kills } from './kills.ts'

/** What an agent can say of an action that means it, before names and times are put on it. */
export interface Outcome {
  readonly status: Exclude<AnswerStatus, 'started'>
  readonly reason?: RefusalReason
  readonly detail?: string
  /** When the first operation began, if any did. */
  readonly startedAtMs?: number
  readonly results: readonly OperationResult[]
}

export interface ExecutePorts {
  readonly clock: Clock
  readonly trust: Trust
  readonly journal: Journal
  readonly runner: Runner
  readonly kills: Pick<Kills, 'refusalOf' | 'remember'>
  /** Why the modules cannot be asked this, or `undefined`. */
  refusalOf(
    operations: readonly Operation[],
  ): Promise<{ readonly reason: RefusalReason; readonly detail: string } | undefined>
}

/**
 * Decides, journals, runs. `stop` is aborted, its reason an Error that says why, when the action is cancelled or its signers
 * no longer weigh enough: then nothing starts any more, and what runs ends. Only `mesh/validate.ts` makes the first argument.
 * Never rejects: what the host could not do is a failed outcome, since a second try could be a second run.
 */
export async function execute(
  verified: VerifiedAction,
  stop: AbortSignal,
  ports: ExecutePorts,
): Promise<Outcome> {
  const { clock, journal } = ports
  const id = verified.envelope.documentId
  if (journal.has(id)) return { status: 'interrupted', results: [] }
  try {
    const refused = await refuse(verified, ports)
    if (refused !== undefined) return refused
    await journal.start(id)
  } catch (error) {
    return { status: 'failed', detail: `this host failed: ${reasonOf(error)}`, results: [] }
  }
  const beginnings: number[] = []
  const onBegin = (): void => void beginnings.push(clock.now())
  const fit = createAnswerBudget()
  const results = await Promise.all(
    verified.action.operations.map((operation) =>
      runOne(operation, { verified, stop, ports, onBegin, fit }),
    ),
  )
  await ports.kills.remember(verified.action.operations, results)
  const status = overall(results)
  const detail = status === 'cancelled' && stop.aborted ? { detail: reasonOf(stop.reason) } : {}
  const [startedAtMs] = beginnings
  return { status, ...detail, ...(startedAtMs === undefined ? {} : { startedAtMs }), results }
}

/** Everything that keeps a meant action from running, cheapest first. */
async function refuse(verified: VerifiedAction, ports: ExecutePorts): Promise<Outcome | undefined> {
  const { action } = verified
  if (ports.trust.isCancelled(verified.envelope.documentId))
    return { status: 'cancelled', results: [] }
  if (ports.clock.now() >= action.expireafter + CLOCK_SKEW_MS)
    return { status: 'expired', results: [] }
  if (action.validfrom < ports.journal.lostBeforeMs) return refusal('history-lost')
  const lost = lostTrust(verified, ports.trust)
  if (lost !== undefined) return refusal('signer-revoked', lost)
  const problem = await ports.refusalOf(action.operations)
  if (problem !== undefined) return refusal(problem.reason, problem.detail)
  const killed = await ports.kills.refusalOf(action)
  return killed === undefined ? undefined : refusal('killed-before', killed)
}

/** What the people who still count are short of, now; `undefined` while they weigh enough. */
export function lostTrust(verified: VerifiedAction, trust: Trust): string | undefined {
  const short = trust.shortfall(modulesOf(verified.action), trust.peopleOf(verified.signers))
  return short === undefined ? undefined : `${short.module} has weight ${String(short.weight)}`
}

const refusal = (reason: RefusalReason, detail = ''): Outcome => ({
  status: 'refused',
  reason,
  detail,
  results: [],
})

interface OneRun {
  readonly verified: VerifiedAction
  readonly stop: AbortSignal
  readonly ports: ExecutePorts
  readonly onBegin: () => void
  readonly fit: (result: OperationResult) => OperationResult
}

/** Never rejects. The operation may wait for its turn in the runner for long; `stop` and its action's end reach it there. */
async function runOne(
  operation: Operation,
  { verified, stop, ports, onBegin, fit }: OneRun,
): Promise<OperationResult> {
  // It may have come while the journal was written.
  if (stop.aborted) return unrun(operation, 'cancelled', reasonOf(stop.reason))
  try {
    const result = await ports.runner.run(operation, {
      signal: stop,
      timeoutMs: ports.trust.policy.ceilings.operationseconds * SECOND_MS,
      untilMs: verified.action.expireafter + CLOCK_SKEW_MS,
      onBegin,
    })
    return fit(result)
  } catch (error) {
    // The runner itself failed, not the module; the other operations go on.
    return unrun(operation, 'failed', `this host failed: ${reasonOf(error)}`)
  }
}

const unrun = (
  { module }: Operation,
  status: 'cancelled' | 'failed',
  why: string,
): OperationResult => ({
  module,
  status,
  foundanything: false,
  success: false,
  elements: null,
  statistics: null,
  errors: [why.slice(0, ERROR_LENGTH_LIMIT)],
})

/** As in MIG, the first operation that did not succeed names the whole. */
function overall(results: readonly OperationResult[]): Outcome['status'] {
  const bad = results.find(({ status }) => status !== 'success')
  switch (bad?.status) {
    case undefined:
    case 'success':
      return 'success'
    case 'timeout':
      return 'timeout'
    case 'cancelled':
      return 'cancelled'
    case 'failed':
    case 'killed':
    case 'unsupported':
      return 'failed'
  }
}
