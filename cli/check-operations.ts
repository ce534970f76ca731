/** Checks an action's operations against this product's modules, before anybody is asked. */
import { ParameterError } from '../agent-modules/contract.ts'
import { findModule, MODULE_NAMES, requireFewProbes } from '../agent-modules/registry.ts'
import type { Operation } from '../node/core/action.ts'
import { MeshError } from '../node/core/errors.ts'

/** @throws MeshError MODULE_UNKNOWN, PARAMETERS_INVALID with the field, ACTION_INVALID when they ask too much together */
export async function checkOperations(operations: readonly Operation[]): Promise<void> {
  for (const [index, operation] of operations.entries())
    await checkOne(operation, `operations[${index}].parameters`)
  await checkTogether(operations)
}

/** For operations that are good one by one. @throws MeshError ACTION_INVALID when they ask too much together */
export async function checkTogether(operations: readonly Operation[]): Promise<void> {
  try {
    await requireFewProbes(operations)
  } catch (error) {
    if (!(error instanceof ParameterError)) throw error
    const detail = { code: 'ACTION_INVALID', path: 'operations', reason: error.reason } as const
    throw new MeshError(detail, { cause: error })
  }
}

async function checkOne({ module: name, parameters }: Operation, place: string): Promise<void> {
  const module = await findModule(name)
  if (module === undefined)
    throw new MeshError({ code: 'MODULE_UNKNOWN', module: name, known: MODULE_NAMES })
  try {
    module.check(parameters)
    await module.vet(parameters)
  } catch (error) {
    if (!(error instanceof ParameterError)) throw error
    const path = error.path === '' ? place : `${place}.${error.path}`
    throw new MeshError(
      { code: 'PARAMETERS_INVALID', module: name, path, reason: error.reason },
      { cause: error },
    )
  }
}
