/** One call of `mig` from words to exit code. Not for the process around it (main.ts): tests call this. */
import { homedir } from 'node:os'
import { join } from 'node:path'
import { MeshError, reasonOf } from '../node/core/errors.ts'
import { VERSION } from '../node/host/version.ts'
import { createCli } from './cli.ts'
import { printable, printableJson } from '../node/core/printable.ts'
import { COMMANDS } from './commands/table.ts'
import { EXIT, exitCodeOf, hintOf, interruptedCode } from './exit.ts'
import { type Io, painter } from './io.ts'
import { route } from './route.ts'

/** @param signal aborted by Ctrl-C (reason: the exit code that says so) */
export async function run(argv: readonly string[], io: Io, signal: AbortSignal): Promise<number> {
  try {
    const routed = await route(argv)
    switch (routed.kind) {
      case 'help':
        io.stdout.write(routed.text)
        return EXIT.ok
      case 'version':
        io.stdout.write(`${VERSION}\n`)
        return EXIT.ok
      case 'run': {
        const { flags } = routed.call
        const home = homeOf(flags.text('home'), io.env)
        const cli = createCli({ io, signal, home, flags })
        return await (
          await routed.load()
        )(routed.call, cli)
      }
    }
  } catch (error) {
    if (signal.aborted) return interruptedCode(signal)
    report(error, argv, io)
    return exitCodeOf(error)
  }
}

/** Flag, then MIG_HOME, then the XDG directory. */
function homeOf(flag: string | undefined, env: Io['env']): string {
  const config = env['XDG_CONFIG_HOME'] ?? join(env['HOME'] ?? homedir(), '.config')
  return flag ?? env['MIG_HOME'] ?? join(config, 'mig')
}

/** One line and a hint; a stack only with --debug. */
function report(error: unknown, argv: readonly string[], io: Io): void {
  const isAsked = (flag: string): boolean =>
    argv.some((word) => word === `-${flag}` || word === `--${flag}`)
  const paint = painter(io.stderr, io.env)
  const isExpected = error instanceof MeshError
  const hint = isExpected
    ? hintOf(
        error.detail,
        COMMANDS.map(({ name }) => name),
      )
    : 'this is a fault of mig; --debug shows where'
  const code = isExpected ? error.code : 'INTERNAL'
  if (isAsked('json')) {
    const line = {
      type: 'error',
      code,
      message: reasonOf(error),
      ...(hint === undefined ? {} : { hint }),
    }
    io.stdout.write(`${printableJson(line)}\n`)
  }
  io.stderr.write(`${paint('red', 'mig:')} ${printable(reasonOf(error))}\n`)
  if (hint !== undefined) io.stderr.write(`     ${hint}\n`)
  if (isAsked('debug') && error instanceof Error) io.stderr.write(`${error.stack ?? ''}\n`)
}
