/** Why parameters that came from a command line are refused, said of the flag that a person typed. Not for parameters from a file, where the key says more. */
import { ParameterError, type FlagValues, type ModuleFlag } from '../contract.ts'
import { quote } from './filter-error.ts'

/** What stands behind the key of a flag: which of its values, and what in there. */
const PLACE_FORM = /^(?:\[(?<index>[0-9]+)\])?\.?(?<within>.*)$/su

/** `searches.s1.paths[0]` becomes `-path "etc"`; what is wrong with no flag alone loses its place. */
export function refusalAsTyped(
  { path, reason }: ParameterError,
  flags: readonly ModuleFlag[],
  typed: FlagValues,
): ParameterError {
  const filling = flags.filter((flag) => isWithin(path, keyOf(flag)))
  const flag = filling.find(({ name }) => typed.has(name)) ?? filling[0]
  if (flag === undefined) return new ParameterError('', reason)
  const { index, within = '' } = PLACE_FORM.exec(path.slice(keyOf(flag).length))?.groups ?? {}
  const value = valueOf(flag, { values: typed.get(flag.name) ?? [], index })
  const isShown = value === undefined || reason.includes(quote(value))
  return new ParameterError(
    `-${flag.name}${isShown ? '' : ` ${quote(value)}`}`,
    within === '' ? reason : `${within}: ${reason}`,
  )
}

export const keyOf = ({ name, key = name }: ModuleFlag): string => key

const isWithin = (path: string, key: string): boolean =>
  path === key || path.startsWith(`${key}.`) || path.startsWith(`${key}[`)

/** The one that is refused; undefined when it is not one alone. */
function valueOf(
  { kind, repeatable }: ModuleFlag,
  { values, index }: { values: readonly string[]; index: string | undefined },
): string | undefined {
  if (kind === 'boolean') return undefined
  if (!repeatable) return values.at(-1)
  return index === undefined ? undefined : values[Number(index)]
}
