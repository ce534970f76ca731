/** A Sigma rule, read from its YAML and compiled to one test of events. What is not read here is refused by name, never passed over. */
import type { LogEvent } from '../event.ts'
import { evaluate, parseCondition } from './condition.ts'
import { compileItem, type Allowance, type EventTest } from './item.ts'
import { RuleError } from './rule-error.ts'
import { isList, parseYaml, type Yaml, type YamlMap } from './yaml.ts'

export interface LogSource {
  readonly category: string | undefined
  readonly product: string | undefined
  readonly service: string | undefined
}

/** A field that a rule names, and where. */
export interface NamedField {
  readonly name: string
  readonly place: string
}

export interface SigmaRule {
  readonly title: string
  readonly logsource: LogSource
  /** That its selections look at. */
  readonly tested: readonly NamedField[]
  /** That it wants shown (`fields`). */
  readonly shown: readonly NamedField[]
  matches(event: LogEvent): boolean
}

const TITLE_LIMIT = 256
const SELECTIONS_LIMIT = 64
const SHOWN_LIMIT = 32
const VALUES_LIMIT = 2048
/** An automaton takes up to 2 MiB. */
const PATTERNS_LIMIT = 32

/** Keys that change what a rule means. All others say things about it, and stay unread. */
const REFUSED_KEYS: Readonly<Record<string, string>> = {
  correlation: 'correlations of events are not read here',
  filter: 'filters for other rules are not read here',
  action: 'collections of rules are not read here: write each as a rule of its own',
}

/** @throws RuleError */
export async function parseRule(text: string): Promise<SigmaRule> {
  const rule = mapAt(await parseYaml(text), '')
  for (const [key, why] of Object.entries(REFUSED_KEYS))
    if (rule.has(key)) throw new RuleError(key, why)
  const taxonomy = optionalText(rule, 'taxonomy', '')
  if (taxonomy !== undefined && taxonomy !== 'sigma')
    throw new RuleError('taxonomy', `${JSON.stringify(taxonomy)} is not known here`)
  const tested: NamedField[] = []
  const matches = compileDetection(mapAt(rule.get('detection'), 'detection'), tested)
  return {
    title: titleOf(rule),
    logsource: logsourceOf(rule),
    tested,
    shown: shownFields(rule.get('fields')),
    matches,
  }
}

function titleOf(rule: YamlMap): string {
  const title = optionalText(rule, 'title', '')
  if (title === undefined || title === '' || title.length > TITLE_LIMIT)
    throw new RuleError('title', `must be a text of 1 to ${TITLE_LIMIT} characters`)
  return title
}

function logsourceOf(rule: YamlMap): LogSource {
  const logsource = mapAt(rule.get('logsource'), 'logsource')
  const read = (key: string): string | undefined =>
    optionalText(logsource, key, 'logsource.')?.toLowerCase()
  return { category: read('category'), product: read('product'), service: read('service') }
}

function shownFields(list: Yaml | undefined): readonly NamedField[] {
  if (list === undefined || list === null) return []
  if (!isList(list) || list.length > SHOWN_LIMIT)
    throw new RuleError('fields', `must be a list of at most ${SHOWN_LIMIT} names`)
  return list.map((name, at) => {
    const place = `fields[${at}]`
    if (typeof name !== 'string') throw new RuleError(place, 'must be a text')
    return { name, place }
  })
}

function compileDetection(detection: YamlMap, tested: NamedField[]): EventTest {
  if (detection.has('timeframe'))
    throw new RuleError('detection.timeframe', 'events are not counted over time here')
  const allowance = { values: VALUES_LIMIT, patterns: PATTERNS_LIMIT }
  const selections = new Map<string, EventTest>()
  for (const [name, value] of detection) {
    if (name === 'condition') continue
    const place = `detection.${name}`
    selections.set(name, compileSelection(value, { place, allowance, tested }))
  }
  if (selections.size > SELECTIONS_LIMIT)
    throw new RuleError('detection', 'has too many selections')
  const conditions = conditionsOf(detection.get('condition')).map((text) =>
    parseCondition(text, [...selections.keys()]),
  )
  return (event) => {
    const holds = (name: string): boolean => selections.get(name)?.(event) === true
    return conditions.some((condition) => evaluate(condition, holds))
  }
}

/** A list of conditions holds when one of them does. */
function conditionsOf(value: Yaml | undefined): readonly string[] {
  const list = isList(value) ? value : [value]
  return list.map((condition) => {
    if (typeof condition === 'string') return condition
    throw new RuleError('detection.condition', 'must be a text, or a list of texts')
  })
}

interface SelectionInit {
  readonly place: string
  readonly allowance: Allowance
  readonly tested: NamedField[]
}

/** A map: all of it; a list: one of its maps or keywords. */
function compileSelection(value: Yaml, init: SelectionInit): EventTest {
  if (!isList(value)) return compileMap(value, init)
  if (value.length === 0) throw new RuleError(init.place, 'is empty')
  const words = value.filter((each) => typeof each === 'string')
  const tests = value.flatMap((each, at) =>
    typeof each === 'string' ? [] : [compileMap(each, { ...init, place: `${init.place}[${at}]` })],
  )
  if (words.length > 0) tests.push(compileItem('', words, init).test)
  return (event) => tests.some((test) => test(event))
}

function compileMap(value: Yaml, init: SelectionInit): EventTest {
  if (typeof value === 'string') return compileItem('', value, init).test
  const tests: EventTest[] = []
  for (const [key, values] of mapAt(value, init.place)) {
    const place = `${init.place}.${key}`
    const { field, test } = compileItem(key, values, { place, allowance: init.allowance })
    if (field !== '') init.tested.push({ name: field, place })
    tests.push(test)
  }
  if (tests.length === 0) throw new RuleError(init.place, 'is empty')
  return (event) => tests.every((test) => test(event))
}

function mapAt(value: Yaml | undefined, place: string): YamlMap {
  if (value instanceof Map) return value
  throw new RuleError(
    place,
    value === undefined ? 'is missing' : 'must be a map of keys and values',
  )
}

function optionalText(map: YamlMap, key: string, above: string): string | undefined {
  const value = map.get(key)
  if (value === undefined || value === null) return undefined
  if (typeof value === 'string') return value
  throw new RuleError(`${above}${key}`, 'must be a text')
}
