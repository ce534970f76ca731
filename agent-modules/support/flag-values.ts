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

/** A flag's name, or that and the parameter it fills where that is called otherwise. */
type Naming = string | readonly [name: string, key: string]

const named = (naming: Naming): Pick<ModuleFlag, 'name' | 'key'> =>
  typeof naming === 'string' ? { name: naming } : { name: naming[0], key: naming[1] }

/** A flag with an argument, of which the last counts. */
export const valueFlag = (naming: Naming, placeholder: string, help: string): ModuleFlag => ({
  ...named(naming),
  kind: 'value',
  repeatable: false,
  placeholder,
  help,
})

/** A flag that may be given several times, an argument each. */
export const listFlag = (naming: Naming, placeholder: string, help: string): ModuleFlag => ({
  ...valueFlag(naming, placeholder, help),
  repeatable: true,
})

/** A flag without an argument. */
export const booleanFlag = (naming: Naming, help: string): ModuleFlag => ({
  ...named(naming),
  kind: 'boolean',
  repeatable: false,
  help,
})

/** Flags without an argument, from their names and help; they set what is of the same name below `key`, and -matchany what -matchall sets. */
export const booleanFlags = (
  helps: Readonly<Record<string, string>>,
  key: string,
): readonly ModuleFlag[] =>
  Object.entries(helps).map(([name, help]) =>
    booleanFlag([name, `${key}.${name === 'matchany' ? 'matchall' : name}`], help),
  )
