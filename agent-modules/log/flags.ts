/** The command line of `log`. */
import type { FlagValues, ModuleFlag } from '../contract.ts'
import { isSet, listOf, textOf } from '../support/flag-values.ts'
import type { Parameters } from './parameters.ts'
import { FORMAT_NAMES, SOURCE_NAMES } from './sources.ts'

const VALUE_FLAGS = {
  regex: ['regexes', 'REGEX', 'count the lines that match; !REGEX: that do not', true],
  source: [
    'sources',
    'SOURCE',
    `where to look: ${SOURCE_NAMES.join(', ')}; default: where the rule says`,
    true,
  ],
  path: ['paths', 'PATH', 'a log by its path, and what rotation has made of it', true],
  format: [
    'format',
    'FORMAT',
    `what is at -path: ${FORMAT_NAMES.join(', ')} (default lines)`,
    false,
  ],
  since: ['since', 'TIME', '<2d the last 2 days (d h m); after:2026-01-02', false],
  until: ['until', 'TIME', '>2d more than 2 days ago; before:2026-01-02T03:04:05Z', false],
  field: [
    'fields',
    'NAME',
    'return the values of this field too: user, src_ip, c-ip, exe, ...',
    true,
  ],
} as const satisfies Record<string, readonly [keyof Parameters, string, string, boolean]>

export const flags: readonly ModuleFlag[] = [
  {
    name: 'rule',
    kind: 'file',
    repeatable: true,
    placeholder: 'FILE',
    key: 'rules',
    help: 'a Sigma rule, read on this host and sent in the action; - for standard input',
  },
  ...Object.entries(VALUE_FLAGS).map(
    ([name, [key, placeholder, help, repeatable]]): ModuleFlag => ({
      name,
      kind: 'value',
      repeatable,
      placeholder,
      key,
      help,
    }),
  ),
  {
    name: 'lines',
    kind: 'boolean',
    repeatable: false,
    help: 'return matching lines, which most hosts refuse',
  },
]

/** Flags to parameters as they stand in an action file. @throws ParameterError */
export function fromFlags(values: FlagValues): unknown {
  return {
    rules: listOf(values, 'rule'),
    regexes: listOf(values, 'regex'),
    sources: listOf(values, 'source'),
    paths: listOf(values, 'path'),
    format: textOf(values, 'format') ?? null,
    since: textOf(values, 'since') ?? null,
    until: textOf(values, 'until') ?? null,
    fields: listOf(values, 'field'),
    lines: isSet(values, 'lines') ?? false,
  }
}
