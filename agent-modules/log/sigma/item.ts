/** One line of a selection, `CommandLine|contains|all: [...]`, compiled to a test of events. */
import { isInNetwork, parseNetwork } from '../../support/ip-address.ts'
import { Pattern } from '../../support/pattern.ts'
import { PatternError } from '../../support/re2-program.ts'
import type { LogEvent, Text } from '../event.ts'
import { globPattern, parseGlob, plainTest, type TextTest } from './glob.ts'
import { COMPARISONS, parseModifiers, type Modifiers } from './modifiers.ts'
import { RuleError } from './rule-error.ts'
import { isList, type Yaml } from './yaml.ts'

export type EventTest = (event: LogEvent) => boolean

/** What a rule may hold in all: bounds memory, and the time that one event takes. */
export interface Allowance {
  values: number
  patterns: number
}

export interface Item {
  /** As written; empty for keywords, which are held against the whole event. */
  readonly field: string
  readonly test: EventTest
}

interface Values extends Modifiers {
  readonly texts: readonly string[]
  readonly place: string
  readonly allowance: Allowance
}

const NUMBER_FORM = /^-?\d{1,15}(?:\.\d{1,15})?$/

/** @throws RuleError for a modifier or value that is not read here. */
export function compileItem(
  key: string,
  value: Yaml,
  { place, allowance }: { readonly place: string; readonly allowance: Allowance },
): Item {
  const [field = '', ...names] = key.split('|')
  const modifiers = parseModifiers(names, place)
  const list = listOf(value, place)
  allowance.values -= list.length
  if (allowance.values < 0) throw new RuleError(place, 'the rule has too many values')
  const texts = list.filter((each) => each !== null)
  const values = { ...modifiers, texts, place, allowance }
  const hasNull = texts.length < list.length
  return {
    field,
    test: field === '' ? keywords(values, hasNull) : fieldTest(field, values, hasNull),
  }
}

/** Keywords are looked for anywhere in the event. */
function keywords(values: Values, hasNull: boolean): EventTest {
  const { operator, place } = values
  if (hasNull) throw new RuleError(place, 'null needs a field')
  if (operator !== 'equals' && operator !== 'contains' && operator !== 're')
    throw new RuleError(place, `"${operator}" needs a field`)
  const holds = linked(values, operator === 're' ? 're' : 'contains')
  return (event) => holds([event.text])
}

/** Null is a value too: that the event has no such field. */
function fieldTest(field: string, values: Values, hasNull: boolean): EventTest {
  const name = field.toLowerCase()
  const { operator, isAll, texts, place } = values
  if (operator === 'exists') return existence(name, values, hasNull)
  if (hasNull && (operator !== 'equals' || isAll))
    throw new RuleError(place, 'null can only stand alone or among other values')
  if (texts.length === 0) return (event) => event.values(name).length === 0
  const holds = linked(values, operator)
  return (event) => {
    const found = event.values(name)
    return found.length === 0 ? hasNull : holds(found)
  }
}

function existence(name: string, { texts, place }: Values, hasNull: boolean): EventTest {
  const [wanted, ...more] = texts
  if (hasNull || more.length > 0 || (wanted !== 'true' && wanted !== 'false'))
    throw new RuleError(place, '"exists" takes true or false')
  return (event) => event.values(name).length > 0 === (wanted === 'true')
}

/** A field may have many values: each test is met by any of them. */
function linked(
  values: Values,
  operator: Exclude<Modifiers['operator'], 'exists'>,
): (found: readonly Text[]) => boolean {
  const tests = testsOf(values, operator)
  const isMet = (test: TextTest, found: readonly Text[]): boolean => found.some(test)
  return values.isAll
    ? (found) => tests.every((test) => isMet(test, found))
    : (found) => tests.some((test) => isMet(test, found))
}

function testsOf(
  values: Values,
  operator: Exclude<Modifiers['operator'], 'exists'>,
): readonly TextTest[] {
  const { texts, place, flags } = values
  switch (operator) {
    case 'cidr':
      return texts.map((text) => networkTest(text, place))
    case 'lt':
    case 'lte':
    case 'gt':
    case 'gte':
      return texts.map((text) => comparison(operator, text, place))
    case 're':
      return patternTests(
        texts.map((text) => (flags === '' ? text : `(?${flags})${text}`)),
        values,
      )
    case 'equals':
    case 'contains':
    case 'startswith':
    case 'endswith': {
      const globs = texts.map((text) => parseGlob(text, operator))
      const plain = globs.map((glob) => plainTest(glob, values.isCased))
      const others = globs.filter((_, at) => plain[at] === undefined)
      const sources = others.map((glob) => globPattern(glob, values.isCased))
      return [...plain.filter((test) => test !== undefined), ...patternTests(sources, values)]
    }
  }
}

function networkTest(text: string, place: string): TextTest {
  const network = parseNetwork(text)
  if (network === undefined) throw new RuleError(place, `${JSON.stringify(text)} is no network`)
  return ({ raw }) => isInNetwork(raw, network)
}

function comparison(operator: keyof typeof COMPARISONS, text: string, place: string): TextTest {
  if (!NUMBER_FORM.test(text)) throw new RuleError(place, `${JSON.stringify(text)} is no number`)
  const compare = COMPARISONS[operator]
  return ({ raw }) => NUMBER_FORM.test(raw) && compare(Number(raw), Number(text))
}

/** Alternatives become one automaton: an event is read once, and memory does not grow with their number. */
function patternTests(sources: readonly string[], values: Values): readonly TextTest[] {
  const { isAll, place, allowance } = values
  const each = sources.map((source) => compiled(source, place))
  const patterns =
    isAll || each.length < 2
      ? each
      : [compiled(sources.map((one) => `(?:${one})`).join('|'), place)]
  allowance.patterns -= patterns.length
  if (allowance.patterns < 0)
    throw new RuleError(place, 'the rule has too many regular expressions and inner wildcards')
  return patterns.map((pattern) => (text) => pattern.test(text.raw))
}

function compiled(source: string, place: string): Pattern {
  try {
    return new Pattern(source)
  } catch (error) {
    if (!(error instanceof PatternError)) throw error
    throw new RuleError(place, `not in RE2 syntax: ${error.message}`, { cause: error })
  }
}

/** A value alone is a list of one. */
function listOf(value: Yaml, place: string): readonly (string | null)[] {
  const list = isList(value) ? value : [value]
  if (list.length === 0) throw new RuleError(place, 'has no values')
  return list.map((each, at) => {
    if (each === null || typeof each === 'string') return each
    throw new RuleError(`${place}[${at}]`, 'must be a text, a number or null')
  })
}
