/** The command line of `log`. */
import type { FlagValues, ModuleFlag } from '../contract.ts'
import { booleanFlag, isSet, listFlag, listOf, textOf, valueFlag } from '../support/flag-values.ts'
import { windowFlags, windowFromFlags } from '../support/time-window.ts'
import { FORMAT_NAMES, SOURCE_NAMES } from './sources.ts'

export const flags: readonly ModuleFlag[] = [
  {
    name: 'rule',
    kind: 'file',
    repeatable: true,
    placeholder: 'FILE',
    key: 'rules',
    help: 'a Sigma rule, read on this host and sent in the action; - for standard input',
  },
  listFlag(['regex', 'regexes'], 'REGEX', 'count the lines that match; !REGEX: that do not'),
  listFlag(
    ['source', 'sources'],
    'SOURCE',
    `where to look: ${SOURCE_NAMES.join(', ')}; default: where the rule says`,
  ),
  listFlag(['path', 'paths'], 'PATH', 'a log by its path, and what rotation has made of it'),
  valueFlag('format', 'FORMAT', `what is at -path: ${FORMAT_NAMES.join(', ')} (default lines)`),
  ...windowFlags,
  listFlag(
    ['field', 'fields'],
    'NAME',
    'return the values of this field too: user, src_ip, c-ip, exe, ...',
  ),
  booleanFlag('lines', 'return matching lines, which most hosts refuse'),
]

/** Flags to parameters as they stand in an action file. @throws ParameterError */
export function fromFlags(values: FlagValues): unknown {
  return {
    rules: listOf(values, 'rule'),
    regexes: listOf(values, 'regex'),
    sources: listOf(values, 'source'),
    paths: listOf(values, 'path'),
    format: textOf(values, 'format') ?? null,
    ...windowFromFlags(values),
    fields: listOf(values, 'field'),
    lines: isSet(values, 'lines') ?? false,
  }
}
