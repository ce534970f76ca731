/** Runners for meshes in one process, where a hundred agents with real children would test the machine, not the mesh. */
import type { Operation } from '../../node/core/action.ts'
import type { Runner } from '../../node/core/ports.ts'
import type { OperationResult } from '../../node/core/result.ts'

/** Any agent takes it, and it touches little. */
export const FILE_SEARCH = {
  module: 'file',
  parameters: { searches: { s1: { paths: ['/etc/hostname'], names: ['^hostname$'] } } },
} as const

export interface TestRunner extends Runner {
  /** Every call, in order, over all agents that share the runner. */
  readonly runs: readonly Operation[]
  close(): Promise<void>
}

/** Ends every run at once, having found nothing. */
export function quickRunner(): TestRunner {
  const runs: Operation[] = []
  return {
    runs,
    run(operation) {
      runs.push(operation)
      return Promise.resolve(emptyResult(operation))
    },
    close: () => Promise.resolve(),
  }
}

/** Runs until `release` is called, or until it is stopped, and then says so. */
export function slowRunner(): TestRunner & { release(): void } {
  const runs: Operation[] = []
  const released = Promise.withResolvers<undefined>()
  return {
    runs,
    release: () => {
      released.resolve(undefined)
    },
    async run(operation, { signal }) {
      runs.push(operation)
      const stopped = Promise.withResolvers<undefined>()
      signal.addEventListener('abort', () => {
        stopped.resolve(undefined)
      })
      await Promise.race([released.promise, stopped.promise])
      return signal.aborted
        ? { ...emptyResult(operation), status: 'cancelled', success: false, elements: null }
        : emptyResult(operation)
    },
    close: () => Promise.resolve(),
  }
}

/** What `file` says where it found nothing. */
export const emptyResult = ({ module }: Pick<Operation, 'module'>): OperationResult => ({
  module,
  status: 'success',
  foundanything: false,
  success: true,
  elements: { s1: [] },
  statistics: null,
  errors: [],
})
