/** The flags of `mig` itself: how one is described, and how a command reads what was given. */
import type { FlagShape } from './grammar.ts'

/** A flag as its command declares it: name, help and grammar in one place. */
export interface FlagSpec {
  readonly name: string
  /** What stands for the value in help; absent for booleans. */
  readonly placeholder?: string
  readonly repeatable?: boolean
  readonly help: string
}

export const shapeOf = ({ name, placeholder, repeatable }: FlagSpec): FlagShape => ({
  name,
  kind: placeholder === undefined ? 'boolean' : 'value',
  repeatable: repeatable ?? false,
})

/** What was given, by the flag's name as it is typed. */
export interface Flags {
  text(name: string): string | undefined
  list(name: string): readonly string[]
  isSet(name: string): boolean
}

/** @param options commander's, under its own camel-cased names */
export function readOptions(options: Readonly<Record<string, unknown>>): Flags {
  const find = (name: string): unknown => options[camelCase(name)]
  const list = (name: string): readonly string[] => {
    const value = find(name)
    const all: readonly unknown[] = Array.isArray(value) ? value : [value]
    return all.filter((each) => typeof each === 'string')
  }
  return { text: (name) => list(name).at(-1), list, isSet: (name) => find(name) === true }
}

const camelCase = (name: string): string =>
  name.replace(/-(.)/gu, (_, letter: string) => letter.toUpperCase())

/** Flags that every command takes, before or after its name. */
export const PROGRAM_FLAGS: readonly FlagSpec[] = [
  {
    name: 'home',
    placeholder: 'DIR',
    help: 'the home to work in (or MIG_HOME; default: the XDG directory)',
  },
  { name: 'json', help: 'print data as NDJSON, one typed object a line' },
  { name: 'v', help: 'say more on stderr' },
  { name: 'debug', help: "show the node's log and stack traces" },
  { name: 'h', help: 'show help' },
  { name: 'help', help: 'show help' },
]

/** Flags of everything that questions agents; MIG calls them global: they go before the flags of a module. */
export const HUNT_FLAGS: readonly FlagSpec[] = [
  {
    name: 't',
    placeholder: 'TARGET',
    help: 'which agents: a WHERE condition, a macro, all, or local for this host alone',
  },
  {
    name: 'e',
    placeholder: 'DURATION',
    help: 'how long agents may begin to run it: 90s, 5m, 2h (default 5m)',
  },
  { name: 'n', placeholder: 'NAME', help: 'name of the action (default: the command itself)' },
  { name: 'show', placeholder: 'WHICH', help: 'found, notfound or all (default found)' },
  {
    name: 'target-found',
    placeholder: 'ID',
    help: 'only agents that found something in that action',
  },
  {
    name: 'target-notfound',
    placeholder: 'ID',
    help: 'only agents that found nothing in that action',
  },
  { name: 'p', help: 'print the unsigned action and end' },
  {
    name: 's',
    help: 'sign, print the signed action and end; a second person signs it with: mig sign',
  },
  { name: 'dry-run', help: 'say who would be questioned and what weight it needs; send nothing' },
  { name: 'exit-match', help: 'exit with 10 when something was found' },
  { name: 'z', help: 'not needed: parameters travel compressed already where that helps' },
]
