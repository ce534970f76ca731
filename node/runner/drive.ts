/** Runs one module and tells what happens, message by message; the same in a child and in this process. Bounds nothing. */
import { z } from 'zod'
import { ParameterError, UnsupportedError } from '../../agent-modules/contract.ts'
import type { Module } from '../../agent-modules/contract.ts'
import { hasCode, reasonOf } from '../core/errors.ts'
import type { RunAnswer, RunRequest } from './channel.ts'
import type { Registry } from './registry.ts'

export interface DriveInit {
  readonly registry: Registry
  readonly request: RunRequest
  readonly signal: AbortSignal
  /** Told everything, in order; the last message is `done` or `failed`. Returns what it takes on its way in bytes, 0 where it takes none. */
  readonly emit: (answer: RunAnswer) => number
}

/** Why nothing can be run under this name. */
export const unknownModule = (name: string): string => `no module is called ${JSON.stringify(name)}`

/** Resolves when the module has ended, whatever it did. */
export async function driveModule(init: DriveInit): Promise<void> {
  const { registry, request, emit } = init
  try {
    const module = await registry.findModule(request.module)
    if (module === undefined) throw new Error(unknownModule(request.module))
    module.check(request.parameters)
    await module.vet(request.parameters)
    await emitFindings(module, init)
    emit({ kind: 'done' })
  } catch (error) {
    emit({ kind: 'failed', ...failureOf(error) })
  }
}

async function emitFindings(module: Module, init: DriveInit): Promise<void> {
  const { request, signal, emit } = init
  const findings = module.run(request.parameters, {
    signal,
    startedAtMs: request.startedAtMs,
    reportError: (message) => {
      emit({ kind: 'error', message })
    },
    reportStatistics: (statistics) => {
      emit({ kind: 'statistics', statistics })
    },
  })
  const { room } = request
  let [count, bytes] = [0, 0]
  for await (const finding of findings) {
    if (count >= room.findings || bytes >= room.bytes) {
      emit({ kind: 'error', message: `only the first ${count} findings are told; there are more` })
      return
    }
    count += 1
    bytes += emit({ kind: 'finding', finding })
    signal.throwIfAborted()
  }
}

type Failure = Pick<Extract<RunAnswer, { kind: 'failed' }>, 'status' | 'reason'>

function failureOf(error: unknown): Failure {
  if (error instanceof UnsupportedError) return { status: 'unsupported', reason: reasonOf(error) }
  if (error instanceof ParameterError) {
    return { status: 'failed', reason: `parameters: ${reasonOf(error)}` }
  }
  // What the schema refused may be the very data that must not leave, so it is not named.
  if (error instanceof z.ZodError) return { status: 'failed', reason: UNDECLARED }
  if (hasCode(error, 'TOO_LARGE')) return { status: 'killed', reason: reasonOf(error) }
  if (isOutOfMemory(error)) return { status: 'killed', reason: 'ran out of memory' }
  return { status: 'failed', reason: reasonOf(error) }
}

/** The words for output that the module's own schemas refuse. */
export const UNDECLARED = 'the module answered something that its schema does not declare'

/** V8's and Node's words for memory that the system refused (RLIMIT_DATA); neither has a code for all of them. */
const isOutOfMemory = (error: unknown): boolean =>
  error instanceof RangeError && /allocation failed|out of memory/i.test(error.message)
