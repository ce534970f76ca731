/** The parameters of `log`. Not for compiling rules (question.ts), which costs more than every peer should spend on an action. */
import { z } from 'zod'
import { parseInvertible } from '../support/pattern-filter.ts'
import { absolutePath, flag, listOf, optional, parsed } from '../support/search-parameters.ts'
import { windowParameters } from '../support/time-window.ts'
import { FORMAT_NAMES, FORMATS, SOURCE_NAMES } from './sources.ts'

const RULES_LIMIT = 32
/** The longest of the public rules are a quarter of it. */
const RULE_LENGTH_LIMIT = 32 * 1024
const REGEXES_LIMIT = 32
const PATHS_LIMIT = 64
const FIELDS_LIMIT = 32

const fields = z.strictObject({
  /** Sigma rules, each the YAML text of one. */
  rules: listOf(z.string().min(1).max(RULE_LENGTH_LIMIT), RULES_LIMIT),
  /** A leading `!`: lines that do not match. */
  regexes: listOf(parsed(z.string().min(1).max(8192), parseInvertible), REGEXES_LIMIT),
  /** Where to look instead of where a rule's own `logsource` says. */
  sources: listOf(z.enum(SOURCE_NAMES), SOURCE_NAMES.length),
  paths: listOf(absolutePath, PATHS_LIMIT),
  /** What the files at `paths` are. */
  format: optional(z.enum(FORMAT_NAMES), 'lines'),
  ...windowParameters,
  /** Fields whose values are returned, beside those that a rule names itself. */
  fields: listOf(z.string().min(1).max(64), FIELDS_LIMIT),
  /** The matching lines themselves, and values of any field. */
  lines: flag,
})

const TIMELESS = 'paths of the format lines have no times: say format syslog, audit or web'
const haveTimes = ({ paths, format }: z.infer<typeof fields>): boolean =>
  paths.length === 0 || FORMATS[format].hasTimes

export const parameters = fields
  .refine(({ rules, regexes }) => rules.length + regexes.length > 0, {
    error: 'ask for something: a rule or a regex',
  })
  .refine(
    ({ regexes, sources, paths }) => regexes.length === 0 || sources.length + paths.length > 0,
    {
      error: 'say where a regex is to be looked for: a source or a path',
      path: ['regexes'],
    },
  )
  .refine((asked) => !asked.since || haveTimes(asked), { error: TIMELESS, path: ['since'] })
  .refine((asked) => !asked.until || haveTimes(asked), { error: TIMELESS, path: ['until'] })
export type Parameters = z.infer<typeof parameters>

/** Of a rule as of an expression an answer tells one thing, however many values they list: how many events it holds for. */
export const probes = ({ rules, regexes }: Parameters): number => rules.length + regexes.length

export const asksLines = ({ lines }: Parameters): boolean => lines
