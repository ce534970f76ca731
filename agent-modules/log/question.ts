/** What an action asks of logs, compiled: its rules and expressions, each with the places where it is to be looked for. Not for reading logs (run.ts). */
import { ParameterError } from '../contract.ts'
import { parseInvertible, type PatternFilter } from '../support/pattern-filter.ts'
import type { TimeRange } from '../support/time-filter.ts'
import { windowOf } from '../support/time-window.ts'
import type { LogEvent } from './event.ts'
import type { Format } from './formats/format.ts'
import { journalFormat } from './formats/journal.ts'
import { refuseSource, subjectOf, type Subject } from './logsource.ts'
import type { Parameters } from './parameters.ts'
import { RuleError } from './sigma/rule-error.ts'
import { parseRule, type NamedField, type SigmaRule } from './sigma/rule.ts'
import { FILE_SOURCES, FORMATS, type SourceName } from './sources.ts'

/** What a format says of its fields; the journal has no lines of its own. */
export type Vocabulary = Pick<Format, 'fields' | 'metadata'>

interface ProbeBase {
  /** A rule's title, or an expression as written. */
  readonly label: string
  /** Where its own `logsource` sends it, or what the parameters say. */
  readonly sources: readonly SourceName[]
  readonly atPaths: boolean
  /** Fields whose values are returned, as written. */
  readonly shown: readonly string[]
}
export interface RuleProbe extends ProbeBase {
  readonly kind: 'rule'
  matches(event: LogEvent): boolean
}
export interface RegexProbe extends ProbeBase {
  readonly kind: 'regex'
  readonly filter: PatternFilter
}
export type Probe = RuleProbe | RegexProbe

export interface Question {
  readonly probes: readonly Probe[]
  readonly window: TimeRange
  readonly hasWindow: boolean
  readonly asksLines: boolean
}

/** @throws ParameterError with the place in the rule that is not read here. */
export async function compileQuestion(asked: Parameters, nowMs: number): Promise<Question> {
  const window = windowOf(asked, nowMs)
  const probes: Probe[] = []
  for (const [at, text] of asked.rules.entries()) {
    const probe = await placed(`rules[${at}]`, async () =>
      compileProbe(await parseRule(text), asked),
    )
    if (probes.some(({ label }) => label === probe.label))
      throw new ParameterError(`rules[${at}].title`, 'another rule has the same')
    probes.push(probe)
  }
  for (const text of new Set(asked.regexes))
    probes.push(await placed('', () => regexProbe(text, asked)))
  return {
    probes,
    window,
    hasWindow: window.afterMs > -Infinity || window.beforeMs < Infinity,
    asksLines: asked.lines,
  }
}

/** What is wrong within `at`, said with where that is. */
async function placed<T>(at: string, compile: () => T | Promise<T>): Promise<T> {
  try {
    return await compile()
  } catch (error) {
    if (!(error instanceof RuleError)) throw error
    const place = [at, error.place].filter((part) => part !== '').join('.')
    throw new ParameterError(place, error.reason)
  }
}

function regexProbe(text: string, asked: Parameters): RegexProbe {
  const { sources, paths, fields } = asked
  requireShown(namedBy(asked), asked, sources)
  const filter = parseInvertible(text)
  return { kind: 'regex', label: text, sources, atPaths: paths.length > 0, shown: fields, filter }
}

const namedBy = ({ fields }: Parameters): readonly NamedField[] =>
  fields.map((name, at) => ({ name, place: `fields[${at}]` }))

function compileProbe(rule: SigmaRule, asked: Parameters): RuleProbe {
  const subject = subjectOf(rule.logsource)
  const isPlaced = asked.sources.length + asked.paths.length > 0
  const sources = isPlaced ? asked.sources : (subject ?? refuseSource(rule.logsource)).sources
  requireKnown(rule.tested, vocabularies(asked, sources), subject)
  requireShown(namedBy(asked), asked, sources)
  requireShown(rule.shown, asked, sources)
  return {
    kind: 'rule',
    label: rule.title,
    sources,
    atPaths: asked.paths.length > 0,
    shown: [...new Set([...rule.shown.map(({ name }) => name), ...asked.fields])],
    matches: (event) => subject?.about?.(event) !== false && rule.matches(event),
  }
}

const vocabularyOf = (source: SourceName): Vocabulary =>
  source === 'journal' ? journalFormat : FORMATS[FILE_SOURCES[source].format]

const vocabularies = (
  { paths, format }: Parameters,
  sources: readonly SourceName[],
): readonly Vocabulary[] => [
  ...sources.map(vocabularyOf),
  ...(paths.length > 0 ? [FORMATS[format]] : []),
]

/** A field that no event has would make a rule hold never, or always. */
function requireKnown(
  tested: readonly NamedField[],
  places: readonly Vocabulary[],
  subject: Subject | undefined,
): void {
  const known = [...places, ...(subject === undefined ? [] : [subject])].map(({ fields }) => fields)
  for (const { name, place } of tested)
    for (const fields of known)
      if (fields?.has(name.toLowerCase()) === false)
        throw new RuleError(place, `no field here is called so; there are ${listed(fields)}`)
}

/** Values of other fields than metadata are raw content. */
function requireShown(
  shown: readonly NamedField[],
  asked: Parameters,
  sources: readonly SourceName[],
): void {
  const known = new Set(
    vocabularies(asked, sources).flatMap(({ metadata }) => [...metadata.keys()]),
  )
  for (const { name, place } of shown)
    if (!asked.lines && !known.has(name.toLowerCase()))
      throw new RuleError(
        place,
        `${JSON.stringify(name)} is raw content, which needs "lines" (-lines); metadata are ${listed(known)}`,
      )
}

const listed = (names: ReadonlySet<string>): string =>
  names.size === 0 ? 'none, as long as no format is said' : [...names].join(', ')
