/** Starts a program of this host: by a full path, with an argv, never through a shell, bounded in time and output. */
import { spawn, type ChildProcessByStdio } from 'node:child_process'
import { accessSync, constants } from 'node:fs'
import type { Readable, Writable } from 'node:stream'
import { isRootsFile, isRootsFolder } from './roots-own.ts'

/**
 * Where hosts keep their own programs; PATH is never asked, since who sets it would choose what runs. Homebrew gives the last two to an ordinary
 * user: root takes from any of them only what nobody else can change.
 */
const FOLDERS = ['/usr/bin', '/bin', '/usr/sbin', '/sbin', '/opt/homebrew/bin', '/usr/local/bin']
const WINDOWS_FOLDERS = ['C:\\Windows\\System32', 'C:\\Windows\\System32\\WindowsPowerShell\\v1.0']
const DEFAULT_TIMEOUT_MS = 30_000
/** Enough for the longest list a host's tool prints. */
const OUTPUT_LIMIT = 32 * 1024 * 1024

export interface ProgramOptions {
  readonly signal: AbortSignal
  readonly timeoutMs?: number
  readonly outputLimit?: number
  /** Written to its standard input, which is closed after it. */
  readonly input?: string | Buffer
}

export type ProgramOutcome =
  | { readonly kind: 'ended'; readonly code: number; readonly stdout: Buffer }
  /** No such program in the host's own folders, or, with a reason, none that may be run. */
  | { readonly kind: 'missing'; readonly reason?: string }
  /** It was ended: it took too long, or said too much, or the run was called off. */
  | { readonly kind: 'stopped'; readonly reason: string; readonly stdout: Buffer }

/** The full path of a host's own program, that we may run. */
export function findProgram(
  name: string,
  folders: readonly string[] = FOLDERS,
): string | undefined {
  return placesOf(name, folders).find(mayRun)
}

/** Why it is not run, though it is there. */
export function refusedProgram(
  name: string,
  folders: readonly string[] = FOLDERS,
): string | undefined {
  const [place] = placesOf(name, folders)
  return place === undefined ? undefined : `not run as root, because others can change ${place}`
}

/** What PATH says to programs: they, too, start only what nobody else can change. */
export const searchPath = (folders: readonly string[] = FOLDERS): string =>
  folders.filter((folder) => !isRoot() || isTrue(isRootsFolder, folder)).join(':')

function placesOf(name: string, folders: readonly string[]): readonly string[] {
  const places =
    process.platform === 'win32'
      ? WINDOWS_FOLDERS.map((folder) => `${folder}\\${name}.exe`)
      : folders.map((folder) => `${folder}/${name}`)
  return places.filter(isExecutable)
}

const isRoot = (): boolean => process.getuid?.() === 0

const mayRun = (place: string): boolean => !isRoot() || isTrue(isRootsFile, place)

function isTrue(test: (place: string) => boolean, place: string): boolean {
  try {
    return test(place)
  } catch {
    // Not there, or gone meanwhile.
    return false
  }
}

function isExecutable(place: string): boolean {
  try {
    accessSync(place, constants.X_OK)
    return true
  } catch {
    return false
  }
}

/** Runs `name ARGS` to its end, in English, with an empty environment. Never rejects. */
export async function runProgram(
  name: string,
  args: readonly string[],
  options: ProgramOptions,
): Promise<ProgramOutcome> {
  const place = findProgram(name)
  if (place === undefined) {
    const reason = refusedProgram(name)
    return reason === undefined ? { kind: 'missing' } : { kind: 'missing', reason }
  }
  if (options.signal.aborted)
    return { kind: 'stopped', reason: 'called off', stdout: Buffer.alloc(0) }
  const child = spawn(place, args, {
    cwd: process.platform === 'win32' ? 'C:\\' : '/',
    env: { LC_ALL: 'C', TZ: 'UTC', PATH: searchPath() },
    windowsHide: true,
    stdio: ['pipe', 'pipe', 'ignore'],
  })
  // It may end without reading what it is given.
  child.stdin.on('error', () => undefined)
  child.stdin.end(options.input)
  const bounds = bound(child, options)
  return new Promise((resolve) => {
    const end = (outcome: ProgramOutcome): void => {
      bounds.lift()
      resolve(outcome)
    }
    child.once('error', () => {
      end({ kind: 'missing' })
    })
    child.once('close', (code) => {
      const stdout = bounds.output()
      const reason = bounds.broken()
      if (reason === undefined && code !== null) end({ kind: 'ended', code, stdout })
      else end({ kind: 'stopped', reason: reason ?? 'it was killed', stdout })
    })
  })
}

interface Bounds {
  output(): Buffer
  /** Which of them ended it. */
  broken(): string | undefined
  lift(): void
}

/** Ends the child when it takes too long, says too much, or the run is called off. */
function bound(
  child: ChildProcessByStdio<Writable, Readable, null>,
  { signal, timeoutMs = DEFAULT_TIMEOUT_MS, outputLimit = OUTPUT_LIMIT }: ProgramOptions,
): Bounds {
  const chunks: Buffer[] = []
  let size = 0
  let reason: string | undefined
  const stop = (why: string): void => {
    reason ??= why
    child.kill('SIGKILL')
    // What it started may hold the pipe open.
    child.stdout.destroy()
  }
  const callOff = (): void => {
    stop('called off')
  }
  const timer = setTimeout(() => {
    stop(`took longer than ${timeoutMs} ms`)
  }, timeoutMs)
  signal.addEventListener('abort', callOff, { once: true })
  child.stdout.on('data', (chunk: Buffer) => {
    size += chunk.length
    if (size <= outputLimit) chunks.push(chunk)
    else stop(`said more than ${outputLimit} bytes`)
  })
  return {
    output: () => Buffer.concat(chunks),
    broken: () => reason,
    lift: () => {
      clearTimeout(timer)
      signal.removeEventListener('abort', callOff)
    },
  }
}
