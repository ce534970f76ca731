/** The command line of `yara`, as MIG spells it, and for processes. */
import { ParameterError, type FlagValues, type ModuleFlag } from '../contract.ts'
import { listFlag, listOf, textOf, valueFlag } from '../support/flag-values.ts'

export const flags: readonly ModuleFlag[] = [
  {
    name: 'rules',
    kind: 'file',
    repeatable: false,
    placeholder: 'FILE',
    key: 'yara',
    help: 'YARA rules, read on this host and sent in the action; - for standard input',
  },
  valueFlag(
    ['files', 'filesearch'],
    'FLAGS',
    "scan what file finds by these flags, in one word: '-path /bin -size <1m'",
  ),
  listFlag(
    ['pname', 'processes.names'],
    'REGEX',
    'scan the memory of processes whose name or program matches; . for all',
  ),
  listFlag(['pid', 'processes.pids'], 'N', 'scan the memory of this process'),
]

/** Flags to parameters as they stand in an action file. @throws ParameterError */
export function fromFlags(values: FlagValues): unknown {
  const rules = textOf(values, 'rules')
  if (rules === undefined) throw new ParameterError('-rules', 'is required')
  const filesearch = textOf(values, 'files')
  return {
    yara: rules,
    ...(filesearch === undefined ? {} : { filesearch }),
    ...processes(values),
  }
}

function processes(values: FlagValues): { readonly processes?: object } {
  const names = listOf(values, 'pname')
  const pids = listOf(values, 'pid').map(pidOf)
  return names.length + pids.length === 0 ? {} : { processes: { names, pids } }
}

function pidOf(text: string): number {
  if (!/^[1-9][0-9]{0,6}$/.test(text))
    throw new ParameterError('-pid', 'must be the number of a process')
  return Number(text)
}
