/** What every command gets: where to write, which home, how to be stopped. */
import { MeshError } from '../node/core/errors.ts'
import { printableJson } from '../node/core/printable.ts'
import { type Io, painter, type Paint } from './io.ts'
import type { Flags } from './flags.ts'

export interface Cli {
  readonly io: Io
  /** Aborted by Ctrl-C and SIGTERM. */
  readonly signal: AbortSignal
  readonly isJson: boolean
  readonly isDebug: boolean
  readonly isVerbose: boolean
  /** The home's directory, whether or not there is one. */
  readonly home: string
  /** Data, one line. */
  out(line: string): void
  /** Data as one typed object, in --json. */
  json(type: string, data: Readonly<Record<string, unknown>>): void
  /** Prose for people. */
  say(line: string): void
  readonly paint: Paint
  readonly paintData: Paint
}

/** One call of a command. */
export interface Call {
  readonly flags: Flags
  readonly args: readonly string[]
}

/** Runs a command; resolves with the exit code. */
export type Run = (call: Call, cli: Cli) => Promise<number>

export interface CliInit extends Pick<Cli, 'io' | 'signal' | 'home'> {
  readonly flags: Flags
}

export function createCli({ io, signal, home, flags }: CliInit): Cli {
  return {
    io,
    signal,
    home,
    isJson: flags.isSet('json'),
    isDebug: flags.isSet('debug'),
    isVerbose: flags.isSet('v'),
    out: (line) => {
      io.stdout.write(`${line}\n`)
    },
    json: (type, data) => {
      io.stdout.write(`${printableJson({ type, ...data })}\n`)
    },
    say: (line) => {
      io.stderr.write(`${line}\n`)
    },
    paint: painter(io.stderr, io.env),
    paintData: painter(io.stdout, io.env),
  }
}

/** Bad use of a flag. */
export const flagInvalid = (flag: string, reason: string): MeshError =>
  new MeshError({ code: 'FLAG_INVALID', flag, reason })
