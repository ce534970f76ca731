/** One run of `yara`: opens the engine, scans files, then processes, and tells what was left out. */
import { ParameterError, type RunContext } from '../contract.ts'
import type { Machine } from '../support/machine.ts'
import { Pace } from '../support/pace.ts'
import { softErrorsOf } from '../support/soft-errors.ts'
import type { Finding, Statistics } from './answer.ts'
import { RuleError, type Engine, type EngineName } from './engine.ts'
import { scanFiles } from './files.ts'
import { openEngine, type EngineOptions } from './open-engine.ts'
import type { Parameters } from './parameters.ts'
import { requireMemory, scanProcesses } from './processes.ts'
import { Scanning } from './scanning.ts'
import { countRules, secrecyOf } from './secrecy.ts'

/** Where the scan takes place, and by which engine: absent, the best that this machine has. */
export interface Host {
  readonly machine: Machine
  readonly engine?: EngineName | undefined
}

/** Compiles the rules. @throws ParameterError with line and column */
export async function vet({ yara }: Parameters, only?: EngineName): Promise<void> {
  const engine = await openChecked(yara, { only })
  await engine[Symbol.asyncDispose]()
}

export async function* runOn(
  host: Host,
  { yara, files, processes }: Parameters,
  context: RunContext<Statistics>,
): AsyncGenerator<Finding, void> {
  const startedMs = performance.now()
  const { signal } = context
  signal.throwIfAborted()
  if (processes !== undefined) requireMemory(host.machine)
  await using engine = await openChecked(yara, { only: host.engine, signal })
  const errors = softErrorsOf(context)
  const { namedRules } = secrecyOf(countRules(yara))
  const pace = new Pace()
  const scanning = new Scanning({ startedMs, engine, namedRules, errors, pace, signal })
  try {
    if (files !== undefined) yield* scanFiles(files, scanning, context)
    if (processes !== undefined) yield* scanProcesses(processes, scanning, host.machine)
  } finally {
    if (signal.aborted) errors.notice('stopped before everything was scanned')
    errors.close()
    context.reportStatistics(scanning.statistics())
  }
}

async function openChecked(source: string, options: EngineOptions): Promise<Engine> {
  try {
    return await openEngine(source, options)
  } catch (error) {
    options.signal?.throwIfAborted()
    if (!(error instanceof RuleError)) throw error
    throw new ParameterError('yara', error.message)
  }
}
