/** `mig MODULE ...`: one question to one module, from flags. */
import { type FlagValues, type Module, ParameterError } from '../../agent-modules/contract.ts'
import { refusalAsTyped } from '../../agent-modules/support/typed-flag.ts'
import { parseDraft } from '../../node/core/draft.ts'
import { MeshError } from '../../node/core/errors.ts'
import { ask } from '../ask.ts'
import { checkTogether } from '../check-operations.ts'
import { type Call, type Cli, flagInvalid } from '../cli.ts'
import { readText } from '../document-file.ts'
import { readHuntOptions } from '../hunt-options.ts'
import { hintFor } from '../shared-flags.ts'

/** MIG cuts the name of an action that nobody named. */
const NAME_LIMIT = 100
/** Of a file that a flag names: several times what a signed action can carry, for `-t local`. */
const FLAG_FILE_LIMIT = 1024 * 1024

export interface ModuleCall {
  readonly module: Module
  /** Flags of the module. */
  readonly values: FlagValues
  /** Flags of mig. */
  readonly call: Call
  /** As typed, from the module's name on. */
  readonly words: readonly string[]
}

/** @throws MeshError FLAG_INVALID, FILE_UNREADABLE, TOO_LARGE, PARAMETERS_INVALID, ACTION_INVALID, and what asking throws */
export async function askModule(
  { module, values, call, words }: ModuleCall,
  cli: Cli,
): Promise<number> {
  const options = readHuntOptions(call.flags)
  const target = options.target ?? (options.earlier === undefined ? undefined : 'all')
  if (target === undefined) {
    const reason = 'is required: a condition such as "name LIKE \'%db%\'", all, or local'
    throw flagInvalid('-t', `${reason}${hintFor(module, '-t')}`)
  }
  const parameters = await parametersOf(module, values, cli)
  const draft = parseDraft({
    syntaxversion: 3,
    name: options.name ?? nameOf(words),
    target,
    operations: [{ module: module.name, parameters }],
  })
  await checkTogether(draft.operations)
  return ask(draft, options, cli)
}

/** The same flags with the texts of files in place of their paths. @throws MeshError FILE_UNREADABLE, TOO_LARGE */
async function readFiles(module: Module, values: FlagValues, { io }: Cli): Promise<FlagValues> {
  const read = new Map(values)
  for (const { name, kind } of module.flags) {
    const paths = values.get(name)
    if (kind !== 'file' || paths === undefined) continue
    const texts = paths.map((path) => readText(path, { io, limit: FLAG_FILE_LIMIT }))
    read.set(name, await Promise.all(texts))
  }
  return read
}

/** Refused ones are named by the flags, with what was typed behind them. @throws MeshError PARAMETERS_INVALID */
async function parametersOf(module: Module, typed: FlagValues, cli: Cli): Promise<unknown> {
  const texts = await readFiles(module, typed, cli)
  try {
    const parameters = module.fromFlags(texts)
    await checkAsTyped(module, parameters, typed)
    return parameters
  } catch (error) {
    if (!(error instanceof ParameterError)) throw error
    const { path } = error
    const reason = `${error.reason}${hintFor(module, path)}`
    throw new MeshError(
      { code: 'PARAMETERS_INVALID', module: module.name, path, reason },
      { cause: error },
    )
  }
}

async function checkAsTyped(module: Module, parameters: unknown, typed: FlagValues): Promise<void> {
  try {
    module.check(parameters)
    await module.vet(parameters)
  } catch (error) {
    throw error instanceof ParameterError ? refusalAsTyped(error, module.flags, typed) : error
  }
}

function nameOf(words: readonly string[]): string {
  const name = words.join(' ')
  return name.length > NAME_LIMIT ? `${name.slice(0, NAME_LIMIT)}...` : name
}
