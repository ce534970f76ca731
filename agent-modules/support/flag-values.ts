/** Flags of modules, and what is typed as values of parameters; what is typed wrong is refused with the flag's name. */
import { ParameterError, type FlagValues, type ModuleFlag } from '../contract.ts'

/** Every value of a repeatable flag. */
export const listOf = (values: FlagValues, name: string): readonly string[] => [
  ...(values.get(name) ?? []),
]

/** The last value typed. */
export const textOf = (values: FlagValues, name: string): string | undefined =>
  values.get(name)?.at(-1)

/** @throws ParameterError */
export function isSet(values: FlagValues, name: string): boolean | undefined {
  const value = textOf(values, name)
  if (value === undefined || value === 'true') return value === undefined ? undefined : true
  if (value === 'false') return false
  throw new ParameterError(`-${name}`, 'takes no value, or =true or =false')
}

/** @throws ParameterError */
export function wholeNumberOf(values: FlagValues, name: string): number | undefined {
  const text = textOf(values, name)
  if (text === undefined) return undefined
  if (!/^[0-9]{1,9}$/.test(text))
    throw new ParameterError(`-${name}`, 'must be a whole number, 0 or more')
  return Number(text)
}

/** -matchany is -matchall turned round, and -matchall what counts when neither is typed. @throws ParameterError when they contradict */
export function isMatchAll(values: FlagValues): boolean {
  const all = isSet(values, 'matchall')
  const any = isSet(values, 'matchany')
  if (all !== undefined && all === any)
    throw new ParameterError('-matchany', 'contradicts -matchall')
  return all ?? any !== true
}

/** Flags without an argument, from their names and help; they set what is of the same name below `key`, and -matchany what -matchall sets. */
export const booleanFlags = (
  helps: Readonly<Record<string, string>>,
  key: string,
): readonly ModuleFlag[] =>
  Object.entries(helps).map(([name, help]) => ({
    name,
    kind: 'boolean',
    repeatable: false,
    key: `${key}.${name === 'matchany' ? 'matchall' : name}`,
    help,
  }))
