/** The command line of `log`. */
import type { FlagValues, ModuleFlag } from '../contract.ts'
import { isSet, listOf, textOf } from '../support/flag-values.ts'
import { FORMAT_NAMES, SOURCE_NAMES } from './sources.ts'

const VALUE_FLAGS = {
  regex: ['REGEX', 'count the lines that match; !REGEX: that do not', true],
  source: [
    'SOURCE',
    `where to look: ${SOURCE_NAMES.join(', ')}; default: where the rule says`,
    true,
  ],
  path: ['PATH', 'a log by its path, and what rotation has made of it', true],
  format: ['FORMAT', `what is at -path: ${FORMAT_NAMES.join(', ')} (default lines)`, false],
  since: ['TIME', '<2d the last 2 days (d h m); after:2026-01-02', false],
  until: ['TIME', '>2d more than 2 days ago; before:2026-01-02T03:04:05Z', false],
  field: ['NAME', 'return the values of this field too: user, src_ip, c-ip, exe, ...', true],
} as const satisfies Record<string, readonly [string, string, boolean]>

export const flags: readonly ModuleFlag[] = [
  {
    name: 'rule',
    kind: 'file',
    repeatable: true,
    placeholder: 'FILE',
    help: 'a Sigma rule, read on this host and sent in the action; - for standard input',
  },
  ...Object.entries(VALUE_FLAGS).map(([name, [placeholder, help, repeatable]]): ModuleFlag => ({
    name,
    kind: 'value',
    repeatable,
    placeholder,
    help,
  })),
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
