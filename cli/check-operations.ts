/** Checks an action file's operations against this product's modules, before anybody is asked. */
import { ParameterError } from '../agent-modules/contract.ts'
import { findModule, REGISTRY } from '../agent-modules/registry.ts'
import type { Operation } from '../node/core/action.ts'
import { MeshError } from '../node/core/errors.ts'

/** @throws MeshError MODULE_UNKNOWN, PARAMETERS_INVALID with the field */
export function checkOperations(operations: readonly Operation[]): void {
  operations.forEach(({ module: name, parameters }, index) => {
    const module = findModule(name)
    if (module === undefined) {
      throw new MeshError({
        code: 'MODULE_UNKNOWN',
        module: name,
        known: REGISTRY.map((each) => each.name),
      })
    }
    try {
      module.check(parameters)
    } catch (error) {
      if (!(error instanceof ParameterError)) throw error
      const path = `operations[${index}].parameters${error.path === '' ? '' : `.${error.path}`}`
      throw new MeshError(
        { code: 'PARAMETERS_INVALID', module: name, path, reason: error.reason },
        { cause: error },
      )
    }
  })
}
