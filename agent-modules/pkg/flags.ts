/** The command line of `pkg`, as MIG spells it, with bounds on versions. */
import { ParameterError, type FlagValues, type ModuleFlag } from '../contract.ts'
import { isSet, listOf, textOf } from '../support/flag-values.ts'

export const flags: readonly ModuleFlag[] = [
  {
    name: 'name',
    kind: 'value',
    repeatable: true,
    placeholder: 'REGEX',
    key: 'pkgmatch.matches',
    help: "the package's name matches; of several, one is enough",
  },
  {
    name: 'version',
    kind: 'value',
    repeatable: false,
    placeholder: 'REGEX',
    key: 'vermatch',
    help: 'its version matches; !REGEX: does not match',
  },
  {
    name: 'vercompare',
    kind: 'value',
    repeatable: true,
    placeholder: 'BOUND',
    help: 'its version is <1.2-3, <=, =, >= or > by the rules of its package manager; all must hold',
  },
  {
    name: 'returninstalled',
    kind: 'boolean',
    repeatable: false,
    help: 'return when each package was installed, where that is known',
  },
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
