/** Every module this product has, and what they may be asked together. */
import { type Module, ParameterError } from './contract.ts'
import { example } from './example/index.ts'
import { file } from './file/index.ts'

export const REGISTRY: readonly Module[] = [example, file]

/** The module of this name, which is case-sensitive. */
export function findModule(name: string): Module | undefined {
  return REGISTRY.find((module) => module.name === name)
}

/** Mozilla's own actions ask at most 5 of these; a regular expression of many alternatives counts as one, and tells one bit. */
const PROBES_LIMIT = 32

/**
 * Every pattern that an answer tells the fate of is one bit of what a host holds, and enough bits spell out a password: so
 * they are counted over all operations of an action. @throws ParameterError also where a module refuses its parameters
 */
export function requireFewProbes(
  operations: readonly { readonly module: string; readonly parameters: unknown }[],
): void {
  const probes = operations.reduce(
    (sum, { module, parameters }) => sum + (findModule(module)?.probes(parameters) ?? 0),
    0,
  )
  if (probes <= PROBES_LIMIT) return
  throw new ParameterError(
    '',
    `one action may ask for at most ${PROBES_LIMIT} contents and byte strings in all, so that nobody spells out what a file holds; this one asks for ${probes}`,
  )
}
