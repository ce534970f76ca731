/** Runs one operation in this process, for `-t local`: the same result as a child's, without its bounds on memory and priority. */
import { availableParallelism } from 'node:os'
import type { Operation } from '../core/action.ts'
import type { Clock, RunOptions } from '../core/ports.ts'
import type { OperationResult } from '../core/result.ts'
import { openCollector, unfinished } from './collect.ts'
import type { Ending } from './collect.ts'
import { driveModule, unknownModule } from './drive.ts'
import { defaultLimits } from './limits.ts'
import { loadRegistry, PRODUCT_REGISTRY } from './registry.ts'

export interface HereOptions extends Pick<RunOptions, 'signal' | 'timeoutMs'> {
  readonly clock: Clock
  /** Address of a module registry, for tests; default: the product's own modules. */
  readonly registry?: string
}

/** Never rejects for what the module does. A module that blocks this process cannot be stopped from within it. */
export async function runHere(
  operation: Operation,
  options: HereOptions,
): Promise<OperationResult> {
  const registry = await loadRegistry(options.registry ?? PRODUCT_REGISTRY)
  const module = await registry.findModule(operation.module)
  if (module === undefined) {
    return unfinished(operation, { status: 'failed', reason: unknownModule(operation.module) })
  }
  // The person who waits is the bound on output here: everything may be shown.
  const limits = { ...defaultLimits(availableParallelism()), outputBytes: Infinity }
  const collector = openCollector({ operation, module, limits })
  const { promise, resolve } = Promise.withResolvers<Ending>()
  const deadline = watchDeadline(options, resolve)
  const room = { findings: limits.findings, bytes: Infinity }
  const request = { ...operation, startedAtMs: options.clock.now(), room }
  void driveModule({
    registry,
    request,
    signal: deadline.signal,
    emit: (answer) => {
      const ending = collector.take(answer, 0)
      if (ending !== undefined) resolve(ending)
      return 0
    },
  })
  const ending = await promise
  deadline.stop()
  return collector.result(ending)
}

interface Deadline {
  /** Aborted when the module must stop. */
  readonly signal: AbortSignal
  /** Ends the watch, and the module if it still runs. */
  stop(): void
}

function watchDeadline(options: HereOptions, end: (ending: Ending) => void): Deadline {
  const { signal, timeoutMs, clock } = options
  const stopping = new AbortController()
  const cancel = (): void => {
    end({ status: 'cancelled', reason: 'cancelled' })
    stopping.abort()
  }
  const stopClock = clock.after(timeoutMs, () => {
    end({ status: 'timeout', reason: `took longer than ${timeoutMs} ms` })
    stopping.abort()
  })
  if (signal.aborted) cancel()
  signal.addEventListener('abort', cancel, { once: true })
  return {
    signal: stopping.signal,
    stop: () => {
      stopClock()
      signal.removeEventListener('abort', cancel)
      stopping.abort()
    },
  }
}
