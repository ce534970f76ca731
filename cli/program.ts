/** Commander's side of the command line: words checked, options gathered, help written. Flags reach it already in its own grammar. */
import { Argument, Command, CommanderError, Option } from 'commander'
import { MeshError } from '../node/core/errors.ts'
import type { CommandSpec } from './commands/table.ts'
import { type FlagSpec, type Flags, PROGRAM_FLAGS, readOptions } from './flags.ts'

/** Commander as a parser of one command; nothing in it ends the process or prints. */
export function parseWords(
  spec: CommandSpec,
  argv: readonly string[],
): { flags: Flags; args: readonly string[] } {
  const command = commandOf(spec)
  try {
    command.parse([...argv], { from: 'user' })
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error
    const reason = error.message.replace(/^error: /u, '')
    throw new MeshError(
      { code: 'FLAG_INVALID', flag: `mig ${spec.name}`, reason },
      { cause: error },
    )
  }
  return { flags: readOptions(command.opts()), args: command.args }
}

/** Help of one command: examples, then how it is called, then its flags. */
export const helpOf = (spec: CommandSpec): string =>
  `${examplesOf(spec)}${commandOf(spec).helpInformation()}`

export interface Listed {
  readonly name: string
  readonly summary: string
}

/** Help of everything. */
export function helpOfAll(commands: readonly CommandSpec[], modules: readonly Listed[]): string {
  const program = quiet(new Command('mig'))
    .usage('COMMAND | MODULE -t TARGET [flags of the module]')
    .description('Questions thousands of hosts at once, with no server.')
  for (const flag of PROGRAM_FLAGS) program.addOption(optionOf(flag))
  for (const { name, words, summary } of commands) {
    program.addCommand(new Command(name).usage(words).description(summary))
  }
  const width = Math.max(...modules.map(({ name }) => name.length))
  const list = modules.map(({ name, summary }) => `  ${name.padEnd(width)}  ${summary}`)
  const modulesHelp = `\nModules, one question each; mig MODULE help tells more:\n${list.join('\n')}\n`
  return `${START}${program.helpInformation()}${modulesHelp}`
}

const START = `Examples:
  # A mesh of your own on this host
  mig init lab --agents 3
  # This host alone: no mesh, no keys
  mig file -t local -path /etc -name '^passwd$'
  # Every Linux host
  mig file -t "environment->>'os'='linux'" -e 5m -path /etc/cron.d -content curl

`

function examplesOf({ examples }: CommandSpec): string {
  if (examples.length === 0) return ''
  const lines = examples.flatMap(({ title, command }) => [`  # ${title}`, `  mig ${command}`])
  return `Examples:\n${lines.join('\n')}\n\n`
}

function commandOf(spec: CommandSpec): Command {
  const command = quiet(new Command(`mig ${spec.name}`)).description(spec.summary)
  for (const word of spec.words.split(' ').filter((each) => each !== '')) {
    command.addArgument(new Argument(word))
  }
  for (const flag of [...spec.flags, ...PROGRAM_FLAGS]) command.addOption(optionOf(flag))
  return command
}

function quiet(command: Command): Command {
  return command
    .exitOverride()
    .configureOutput({ writeOut: () => undefined, writeErr: () => undefined })
    .helpOption(false)
    .helpCommand(false)
    .allowExcessArguments(false)
    .configureHelp({
      helpWidth: 100,
      // People type one dash; commander knows them by two.
      optionTerm: (option) => option.flags.replace(/^--/u, '-').replace('...', ''),
      subcommandTerm: (each) => each.name(),
    })
}

function optionOf({ name, placeholder, repeatable, help }: FlagSpec): Option {
  if (placeholder === undefined) return new Option(`--${name}`, help)
  const option = new Option(`--${name} <${placeholder}>`, help)
  option.variadic = repeatable ?? false
  return option
}
