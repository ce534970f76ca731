/** The command line of `pkg`, as MIG spells it, with bounds on versions. */
import { ParameterError, type FlagValues, type ModuleFlag } from '../contract.ts'
import { booleanFlag, isSet, listFlag, listOf, textOf, valueFlag } from '../support/flag-values.ts'

export const flags: readonly ModuleFlag[] = [
  listFlag(
    ['name', 'pkgmatch.matches'],
    'REGEX',
    "the package's name matches; of several, one is enough",
  ),
  valueFlag(['version', 'vermatch'], 'REGEX', 'its version matches; !REGEX: does not match'),
  listFlag(
    'vercompare',
    'BOUND',
    'its version is <1.2-3, <=, =, >= or > by the rules of its package manager; all must hold',
  ),
  booleanFlag('returninstalled', 'return when each package was installed, where that is known'),
]

/** Flags to parameters as they stand in an action file. @throws ParameterError */
export function fromFlags(values: FlagValues): unknown {
  if (!values.has('name')) throw new ParameterError('-name', 'is required; "." is every package')
  return {
    pkgmatch: { matches: listOf(values, 'name') },
    vermatch: textOf(values, 'version') ?? '',
    ...(values.has('vercompare') ? { vercompare: listOf(values, 'vercompare') } : {}),
    ...(isSet(values, 'returninstalled') === true ? { returninstalled: true } : {}),
  }
}
