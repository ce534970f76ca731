/** From words typed to the command meant: finds it, splits its flags from a module's, asks for nothing else. */
import type { Module, ModuleFlag } from '../agent-modules/contract.ts'
import { MeshError } from '../node/core/errors.ts'
import { flagInvalid, type Call, type Run } from './cli.ts'
import { COMMANDS, type CommandSpec, findCommand } from './commands/table.ts'
import { HUNT_FLAGS, PROGRAM_FLAGS, shapeOf } from './flags.ts'
import {
  type FlagShape,
  type GivenFlag,
  groupByName,
  mergeFlags,
  type Reading,
  type ReadOptions,
  readFlags,
  toCommander,
} from './grammar.ts'
import { plainText } from './render/plain-text.ts'
import { helpOf, helpOfAll, parseWords } from './program.ts'
import { hintFor, sharedFlags } from './shared-flags.ts'

export type Route =
  | { readonly kind: 'help'; readonly text: string }
  | { readonly kind: 'version' }
  | { readonly kind: 'run'; readonly call: Call; load(): Promise<Run> }

const PROGRAM_SHAPES = PROGRAM_FLAGS.map(shapeOf)
/** Only before a command: the version, and MIG's `mig -i FILE`. */
const FIRST_SHAPES = [
  ...PROGRAM_SHAPES,
  shapeOf({ name: 'version', help: '' }),
  shapeOf({ name: 'V', help: '' }),
  shapeOf({ name: 'i', placeholder: 'FILE', help: '' }),
]

/** @throws MeshError FLAG_INVALID, MODULE_UNKNOWN */
export async function route(argv: readonly string[]): Promise<Route> {
  const first = readFlags(argv, {
    owner: 'mig',
    shapes: FIRST_SHAPES,
    stopAt: startsWithFile(argv) ? 'unknown-flag' : 'word',
  })
  const has = (name: string): boolean =>
    first.given.some((flag) => flag.name === name && flag.value === 'true')
  if (has('version') || has('V')) return { kind: 'version' }
  const file = first.given.find(({ name }) => name === 'i')
  if (file !== undefined) return routeFile(file.value, first)
  const [word, ...words] = first.rest
  if (word === undefined || word === 'help') return { kind: 'help', text: await helpFor(words) }
  const command = findCommand(word)
  if (has('h') || has('help')) return { kind: 'help', text: await helpFor([word]) }
  return command === undefined
    ? routeModule(await requireModule(word), { given: first.given, words })
    : routeCommand(command, { given: first.given, words })
}

/** MIG: `-i` has to be the first argument. */
const startsWithFile = (argv: readonly string[]): boolean => /^--?i(?:=|$)/u.test(argv[0] ?? '')

function routeFile(
  file: string,
  first: { given: readonly GivenFlag[]; positionals: readonly string[]; rest: readonly string[] },
): Route {
  const launch = findCommand('launch')
  if (launch === undefined || first.positionals.length > 0) {
    throw flagInvalid(
      '-i',
      `takes one file and no command; got ${JSON.stringify(first.positionals[0] ?? '')} too`,
    )
  }
  const given = first.given.filter(({ name }) => name !== 'i')
  return routeCommand(launch, { given, words: ['-i', file, ...first.rest] })
}

interface Typed {
  /** Program flags before the command. */
  readonly given: readonly GivenFlag[]
  /** Everything after it. */
  readonly words: readonly string[]
}

function routeCommand(spec: CommandSpec, { given, words }: Typed): Route {
  const shapes = [...spec.flags.map(shapeOf), ...PROGRAM_SHAPES]
  const reading = readFlags(words, { owner: `mig ${spec.name}`, shapes })
  const all = mergeFlags(given, reading.given, shapes)
  // A file of that name is `./help`.
  const isAsked = reading.positionals.join(' ') === 'help'
  if (isAsked || isHelp(all)) return { kind: 'help', text: helpOf(spec) }
  const call = parseWords(spec, [...toCommander(all, shapes), '--', ...reading.positionals])
  return { kind: 'run', call, load: () => spec.load() }
}

/**
 * Flags of mig come first. From the first flag of the module on, a name that both have is the module's; one that only mig
 * has (`-show found`, at the end) is still mig's.
 */
function routeModule(module: Module, { given, words }: Typed): Route {
  const shapes = [...HUNT_FLAGS, ...PROGRAM_FLAGS].map(shapeOf)
  const own = readFor(module, words, { owner: 'mig', shapes, stopAt: 'unknown-flag' })
  const isTheirs = ({ name }: { name: string }): boolean =>
    module.flags.some((flag) => flag.name === name)
  const late = readFor(module, own.rest, {
    owner: `mig ${module.name}`,
    shapes: [...module.flags.map(moduleShape), ...shapes.filter((shape) => !isTheirs(shape))],
  })
  const before = mergeFlags(given, own.given, shapes)
  const after = late.given.filter((flag) => !isTheirs(flag))
  const all = mergeFlags(before, after, shapes)
  const [stray] = [...own.positionals, ...late.positionals]
  if (isHelp(all) || stray === 'help') return { kind: 'help', text: moduleHelp(module) }
  if (stray !== undefined) {
    const hint = sharedFlags(module) ?? `mig ${module.name} help lists its flags`
    const reason = `is no flag, and ${module.name} takes no words; ${hint}`
    throw flagInvalid(JSON.stringify(stray), reason)
  }
  const call = parseWords(specOf(module), toCommander(all, shapes))
  const values = groupByName(late.given.filter(isTheirs))
  return {
    kind: 'run',
    call,
    load: async () => {
      const { askModule } = await import('./commands/module.ts')
      return (each, cli) =>
        askModule({ module, values, call: each, words: [module.name, ...words] }, cli)
    },
  }
}

/** @throws MeshError FLAG_INVALID */
function readFor(module: Module, words: readonly string[], options: ReadOptions): Reading {
  try {
    return readFlags(words, options)
  } catch (error) {
    if (!(error instanceof MeshError) || error.detail.code !== 'FLAG_INVALID') throw error
    const { flag, reason } = error.detail
    throw flagInvalid(flag, `${reason}${hintFor(module, flag)}`)
  }
}

/** A file is typed as its path. */
const moduleShape = ({ name, kind, repeatable }: ModuleFlag): FlagShape => ({
  name,
  kind: kind === 'boolean' ? 'boolean' : 'value',
  repeatable,
})

const isHelp = (given: readonly GivenFlag[]): boolean =>
  given.some(({ name, value }) => (name === 'h' || name === 'help') && value === 'true')

const specOf = ({ name, summary, examples }: Module): CommandSpec => ({
  name,
  words: '',
  summary,
  examples,
  flags: HUNT_FLAGS,
  load: () => Promise.reject(new Error('a module is not loaded by its command')),
})

async function requireModule(name: string): Promise<Module> {
  const { findModule, MODULE_NAMES } = await import('../agent-modules/registry.ts')
  const module = await findModule(name)
  if (module !== undefined) return module
  throw new MeshError({
    code: 'MODULE_UNKNOWN',
    module: name,
    known: MODULE_NAMES,
  })
}

async function helpFor([word]: readonly string[]): Promise<string> {
  const { loadModules } = await import('../agent-modules/registry.ts')
  if (word === undefined) return helpOfAll(COMMANDS, await loadModules())
  const command = findCommand(word)
  return command === undefined ? moduleHelp(await requireModule(word)) : helpOf(command)
}

function moduleHelp(module: Module): string {
  const flags = module.flags.map(({ name, placeholder, help }) => {
    const term = placeholder === undefined ? `-${name}` : `-${name} <${placeholder}>`
    return [term, help] as const
  })
  const width = Math.max(0, ...flags.map(([term]) => term.length))
  const list = flags.map(([term, help]) => `  ${term.padEnd(width)}  ${help}`).join('\n')
  const shared = sharedFlags(module)
  const order = `after those of mig${shared === undefined ? '' : `; ${shared}`}`
  return `${helpOf(specOf(module))}\nFlags of ${module.name}, ${order}:\n${list}\n\n${plainText(module.description)}\n`
}
