/** Runs one verified action on this host, once, and says how it ended. Not for deciding whether it is meant (schedule.ts). */
import { CLOCK_SKEW_MS, type Operation } from '../core/action.ts'
import type { Clock, Journal, Runner } from '../core/ports.ts'
import type { AnswerStatus, OperationResult, RefusalReason } from '../core/result.ts'
import { SECOND_MS } from '../core/time.ts'
import { modulesOf, type Trust } from '../core/trust.ts'
import type { VerifiedAction } from '../core/verified.ts'

/** What an agent can say of an action that means it, before names and times are put on it. */
export interface Outcome {
  readonly status: Exclude<AnswerStatus, 'started'>
  readonly reason?: RefusalReason
  readonly detail?: string
  readonly startedAtMs?: number
  readonly results: readonly OperationResult[]
}

export interface ExecutePorts {
  readonly clock: Clock
  readonly trust: Trust
  readonly journal: Journal
  readonly runner: Runner
  /** Why the modules cannot be asked this, or `undefined`. */
  refusalOf(
    operations: readonly Operation[],
  ): { readonly reason: RefusalReason; readonly detail: string } | undefined
}

/** Decides, journals, runs. `stop` is aborted when the action is cancelled. Only `mesh/validate.ts` makes its first argument. */
export async function execute(
  verified: VerifiedAction,
  stop: AbortSignal,
  ports: ExecutePorts,
): Promise<Outcome> {
  const { clock, journal } = ports
  const id = verified.envelope.documentId
  if (journal.has(id)) return { status: 'interrupted', results: [] }
  const refused = refuse(verified, ports)
  if (refused !== undefined) return refused
  await journal.start(id)
  const startedAtMs = clock.now()
  const results = await Promise.all(
    verified.action.operations.map((operation) => runOne(operation, { verified, stop, ports })),
  )
  return { status: overall(results), startedAtMs, results }
}

/** Everything that keeps a meant action from running, cheapest first. */
function refuse(verified: VerifiedAction, ports: ExecutePorts): Outcome | undefined {
  const { action } = verified
  if (ports.trust.isCancelled(verified.envelope.documentId))
    return { status: 'cancelled', results: [] }
  if (ports.clock.now() >= action.expireafter + CLOCK_SKEW_MS)
    return { status: 'expired', results: [] }
  if (action.validfrom < ports.journal.lostBeforeMs) return refusal('history-lost')
  const lost = lostTrust(verified, ports.trust)
  if (lost !== undefined) return refusal('signer-revoked', lost)
  const problem = ports.refusalOf(action.operations)
  return problem === undefined ? undefined : refusal(problem.reason, problem.detail)
}

/** What the people who still count are short of, now. */
function lostTrust(verified: VerifiedAction, trust: Trust): string | undefined {
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
}

async function runOne(
  operation: Operation,
  { verified, stop, ports }: OneRun,
): Promise<OperationResult> {
  // Trust is asked again at the moment of spawn: earlier operations may have taken minutes.
  const lost = lostTrust(verified, ports.trust)
  if (lost !== undefined || stop.aborted) return stopped(operation, lost ?? 'cancelled')
  const remainingMs = verified.action.expireafter + CLOCK_SKEW_MS - ports.clock.now()
  const ceilingMs = ports.trust.policy.ceilings.operationseconds * SECOND_MS
  return ports.runner.run(operation, {
    signal: stop,
    timeoutMs: Math.max(1, Math.min(ceilingMs, remainingMs)),
  })
}

const stopped = ({ module }: Operation, why: string): OperationResult => ({
  module,
  status: 'cancelled',
  foundanything: false,
  success: false,
  elements: null,
  statistics: null,
  errors: [why],
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
