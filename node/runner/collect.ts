/** Gathers what a run says into the result of the operation, bounded; every finding passes the module's schema once more. */
import type { Module } from '../../agent-modules/contract.ts'
import type { Operation } from '../core/action.ts'
import { ERROR_LENGTH_LIMIT, ERRORS_LIMIT } from '../core/result.ts'
import type { OperationResult, OperationStatus } from '../core/result.ts'
import type { RunAnswer } from './channel.ts'
import { UNDECLARED } from './drive.ts'
import type { RunLimits } from './limits.ts'

/** How a run ended, and the line that explains it; success needs none. */
export interface Ending {
  readonly status: OperationStatus
  readonly reason: string
}

export interface Collector {
  /** One message and its size in bytes; an ending when it was the last one, or one too many. */
  take(answer: RunAnswer, bytes: number): Ending | undefined
  /** The operation's result under this ending. Never throws. */
  result(ending: Ending): OperationResult
}

export interface CollectInit {
  readonly operation: Operation
  readonly module: Module
  readonly limits: Pick<RunLimits, 'outputBytes' | 'findings'>
}

/** Ends that are not the module's doing: what it had found by then stands. */
const STOPS: ReadonlySet<OperationStatus> = new Set(['timeout', 'cancelled', 'killed'])
const SUCCESS: Ending = { status: 'success', reason: '' }
const BROKEN: Ending = { status: 'failed', reason: UNDECLARED }

export function openCollector(init: CollectInit): Collector {
  const { module, limits, operation } = init
  const gathered: Gathered = { findings: [], errors: openErrorList(), statistics: undefined }
  let total = 0
  return {
    take: (answer, bytes) => {
      total += bytes
      if (total > limits.outputBytes) return exceeded(`${limits.outputBytes} bytes of output`)
      const ending = keep(answer, module, gathered)
      const isTooMany = gathered.findings.length > limits.findings
      return isTooMany ? exceeded(`${limits.findings} findings`) : ending
    },
    result: (ending) => {
      const { findings, errors } = gathered
      const spoken = { errors: errors.list(), statistics: asJson(gathered.statistics) ?? null }
      if (ending.status === 'success') {
        const answer = arranged(module, findings, operation)
        if (answer === undefined) return unfinished(operation, BROKEN, spoken)
        return { module: operation.module, status: 'success', success: true, ...answer, ...spoken }
      }
      const isStopped = STOPS.has(ending.status) && findings.length > 0
      const before = isStopped ? arranged(module, findings, operation) : undefined
      return { ...unfinished(operation, ending, spoken), ...before }
    },
  }
}

interface Gathered {
  readonly findings: unknown[]
  readonly errors: ErrorList
  statistics: unknown
}

function keep(answer: RunAnswer, module: Module, gathered: Gathered): Ending | undefined {
  switch (answer.kind) {
    case 'ready':
      return undefined
    case 'finding': {
      const finding = module.finding.safeParse(answer.finding)
      if (!finding.success) return BROKEN
      gathered.findings.push(finding.data)
      return undefined
    }
    case 'statistics': {
      const statistics = module.statistics.safeParse(answer.statistics)
      if (!statistics.success) return BROKEN
      gathered.statistics = statistics.data
      return undefined
    }
    case 'error':
      gathered.errors.add(answer.message)
      return undefined
    case 'done':
      return SUCCESS
    case 'failed':
      return { status: answer.status, reason: answer.reason }
  }
}

type Json = OperationResult['elements']
type Spoken = Pick<OperationResult, 'errors' | 'statistics'>

/** The result of a run that did not reach its end, the reason first among the errors; without elements. */
export function unfinished(
  operation: Operation,
  ending: Ending,
  spoken: Spoken = { errors: [], statistics: null },
): OperationResult {
  return {
    module: operation.module,
    status: ending.status,
    foundanything: false,
    success: false,
    elements: null,
    statistics: spoken.statistics,
    errors: [shorten(ending.reason), ...spoken.errors].slice(0, ERRORS_LIMIT),
  }
}

const exceeded = (limit: string): Ending => ({
  status: 'killed',
  reason: `more than the ${limit} that a run may give`,
})

/** `undefined` when the module cannot make its declared elements of its own findings. */
function arranged(
  module: Module,
  findings: readonly unknown[],
  operation: Operation,
): Pick<OperationResult, 'elements' | 'foundanything'> | undefined {
  try {
    const elements = asJson(module.arrange(findings, operation.parameters))
    if (elements === undefined) return undefined
    return { elements, foundanything: module.haveHit(findings, operation.parameters) }
  } catch {
    // The guest's own code, on findings it declared: its failure is the operation's, not the host's.
    return undefined
  }
}

/** As it will travel; `undefined` for what JSON cannot say, or says only deeper than the stack. */
function asJson(value: unknown): Json | undefined {
  try {
    if (isJson(value)) return value
    // Fields that are absent but present with `undefined`, as optional fields of schemas are, do not travel.
    const travelled: unknown = JSON.parse(JSON.stringify(value))
    return isJson(travelled) ? travelled : undefined
  } catch {
    return undefined
  }
}

/** zod's own check of JSON takes 0.8 s for 100,000 findings, in the process that must answer its neighbours. */
function isJson(value: unknown): value is Json {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return true
  if (typeof value === 'number') return Number.isFinite(value)
  if (Array.isArray(value)) return value.every(isJson)
  return isPlainObject(value) && Object.values(value).every(isJson)
}

const isPlainObject = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !('toJSON' in value)

interface ErrorList {
  add(message: string): void
  list(): string[]
}

/** Error lines within result.ts's bounds; the last line counts those that found no room. */
function openErrorList(): ErrorList {
  // One place is for the reason, one for the count.
  const room = ERRORS_LIMIT - 2
  const kept: string[] = []
  let dropped = 0
  return {
    add: (message) => {
      if (kept.length < room) kept.push(shorten(message))
      else dropped += 1
    },
    list: () => (dropped === 0 ? kept : [...kept, `and ${dropped} more errors, not kept`]),
  }
}

const shorten = (message: string): string =>
  message.length <= ERROR_LENGTH_LIMIT ? message : `${message.slice(0, ERROR_LENGTH_LIMIT - 1)}…`
