/**
 * Runs the user's own GnuPG, the only program that an edge other than the runner starts: by argv, never a shell. Keys stay
 * in its keyring or on the smartcard; gpg-agent asks for passphrases. Not for judging signatures (verify.ts).
 */
import { spawn } from 'node:child_process'
import type { Readable } from 'node:stream'
import { MeshError, reasonOf } from '../core/errors.ts'

/** Listings and exports of a big keyring; anything beyond is not what was asked for. */
const OUTPUT_LIMIT = 16 * 1024 * 1024
/** Where gpg tells programs what happened, line by line (GnuPG's doc/DETAILS). */
const STATUS_FD = 3

export interface GpgOptions {
  /** GnuPG's home when it is not the user's default one. */
  readonly home?: string | undefined
  /** The executable; `gpg` from the path by default. */
  readonly program?: string | undefined
}

export interface GpgRun extends GpgOptions {
  readonly input?: Uint8Array
  readonly signal?: AbortSignal | undefined
}

export interface GpgAnswer {
  /** `null` when a signal ended it. */
  readonly exitCode: number | null
  readonly stdout: Buffer
  /** Status lines without their `[GNUPG:]`: `SIG_CREATED D 22 ...`. */
  readonly status: readonly string[]
  readonly stderr: string
}

/**
 * Runs gpg once, without terminal or questions.
 * @throws the signal's reason when aborted; MeshError SIGNING_FAILED when gpg is absent or floods us
 */
export async function runGpg(args: readonly string[], run: GpgRun = {}): Promise<GpgAnswer> {
  run.signal?.throwIfAborted()
  const home = run.home === undefined ? [] : ['--homedir', run.home]
  const fixed = ['--batch', '--no-tty', '--status-fd', String(STATUS_FD), ...home]
  const child = spawn(run.program ?? 'gpg', [...fixed, ...args], {
    stdio: ['pipe', 'pipe', 'pipe', 'pipe'],
    // Messages in English, so that a reason reads the same everywhere; UTF-8 user ids stay as they are.
    env: { ...process.env, LC_ALL: 'C.UTF-8', LANGUAGE: 'en' },
    ...(run.signal === undefined ? {} : { signal: run.signal }),
  })
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', resolve)
  }).catch((cause: unknown) => {
    run.signal?.throwIfAborted()
    throw failure(`gpg does not start (${reasonOf(cause)}); install GnuPG or use a key file`, cause)
  })
  // gpg may stop before it has read its input; how it ended says what happened, a broken pipe does not.
  child.stdin.on('error', () => undefined)
  child.stdin.end(run.input)
  const [, , , statusPipe] = child.stdio
  const [exitCode, stdout, stderr, status] = await Promise.all([
    ended,
    collect(child.stdout),
    collect(child.stderr),
    collect(statusPipe as Readable),
  ])
  return { exitCode, stdout, stderr: stderr.toString(), status: statusLines(status.toString()) }
}

/** The last thing that gpg said to people. */
export const lastLine = (stderr: string): string =>
  stderr
    .trim()
    .split('\n')
    .at(-1)
    ?.replace(/^gpg: /, '') ?? ''

async function collect(stream: Readable): Promise<Buffer> {
  const chunks: Buffer[] = []
  let size = 0
  // Leaving the loop destroys the pipe, and gpg ends by SIGPIPE.
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size > OUTPUT_LIMIT) throw failure(`gpg printed more than ${OUTPUT_LIMIT} bytes`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

const statusLines = (text: string): readonly string[] =>
  text
    .split('\n')
    .filter((line) => line.startsWith('[GNUPG:] '))
    .map((line) => line.slice('[GNUPG:] '.length))

const failure = (reason: string, cause?: unknown): MeshError =>
  new MeshError({ code: 'SIGNING_FAILED', key: 'gpg', reason }, { cause })
