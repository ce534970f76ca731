/** Checks an action's operations against this product's modules, before anybody is asked. */
import { ParameterError } from '../agent-modules/contract.ts'
import { findModule, REGISTRY, requireFewProbes } from '../agent-modules/registry.ts'
import type { Operation } from '../node/core/action.ts'
import { MeshError } from '../node/core/errors.ts'

/** @throws MeshError MODULE_UNKNOWN, PARAMETERS_INVALID with the field, ACTION_INVALID when they ask too much together */
export function checkOperations(operations: readonly Operation[]): void {
  operations.forEach((operation, index) => {
    checkOne(operation, `operations[${index}].parameters`)
  })
  checkTogether(operations)
}

/** For operations that are good one by one. @throws MeshError ACTION_INVALID when they ask too much together */
export function checkTogether(operations: readonly Operation[]): void {
  try {
    requireFewProbes(operations)
  } catch (error) {
    if (!(error instanceof ParameterError)) throw error
    const detail = { code: 'ACTION_INVALID', path: 'operations', reason: error.reason } as const
    throw new MeshError(detail, { cause: error })
  }
}

function checkOne({ module: name, parameters }: Operation, place: string): void {
  const module = findModule(name)
  if (module === undefined) {
    const known = REGISTRY.map((each) => each.name)
    throw new MeshError({ code: 'MODULE_UNKNOWN', module: name, known })
  }
  try {
    module.check(parameters)
  } catch (error) {
    if (!(error instanceof ParameterError)) throw error
    const path = error.path === '' ? place : `${place}.${error.path}`
    throw new MeshError(
      { code: 'PARAMETERS_INVALID', module: name, path, reason: error.reason },
      { cause: error },
    )
  }
}
