/** What stands behind a field name in a Sigma rule, `CommandLine|contains|all`, and which of it is read here. */
import { RuleError } from './rule-error.ts'

export const COMPARISONS = {
  lt: (value: number, bound: number) => value < bound,
  lte: (value: number, bound: number) => value <= bound,
  gt: (value: number, bound: number) => value > bound,
  gte: (value: number, bound: number) => value >= bound,
} as const

const OPERATORS = [
  'contains',
  'startswith',
  'endswith',
  're',
  'cidr',
  'exists',
  'lt',
  'lte',
  'gt',
  'gte',
] as const
type Operator = (typeof OPERATORS)[number] | 'equals'

const TEXT_OPERATORS: ReadonlySet<Operator> = new Set([
  'equals',
  'contains',
  'startswith',
  'endswith',
])
const PATTERN_FLAGS: ReadonlySet<string> = new Set(['i', 'm', 's'])

export interface Modifiers {
  readonly operator: Operator
  /** Values are linked with AND instead of OR. */
  readonly isAll: boolean
  readonly isCased: boolean
  /** Of `re`: i, m, s. */
  readonly flags: string
}

/** @throws RuleError for any other modifier, and for those that say nothing together. */
export function parseModifiers(names: readonly string[], place: string): Modifiers {
  let modifiers: Modifiers = { operator: 'equals', isAll: false, isCased: false, flags: '' }
  for (const name of names) modifiers = withModifier(modifiers, name, place)
  if (modifiers.isCased && !TEXT_OPERATORS.has(modifiers.operator))
    throw new RuleError(place, `"cased" says nothing together with "${modifiers.operator}"`)
  return modifiers
}

function withModifier(modifiers: Modifiers, name: string, place: string): Modifiers {
  if (name === 'all') return { ...modifiers, isAll: true }
  if (name === 'cased') return { ...modifiers, isCased: true }
  if (PATTERN_FLAGS.has(name) && modifiers.operator === 're')
    return { ...modifiers, flags: modifiers.flags + name }
  const operator = OPERATORS.find((known) => known === name)
  if (operator === undefined)
    throw new RuleError(place, `the modifier ${JSON.stringify(name)} is not read here`)
  if (modifiers.operator !== 'equals')
    throw new RuleError(place, `"${modifiers.operator}" and "${operator}" contradict each other`)
  return { ...modifiers, operator }
}
