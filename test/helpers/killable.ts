/** Nodes as real processes that a test may kill at any moment. Every one started here is ended by its own id. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { until } from './until.ts'

const REMEMBERED_LINES = 200
const READY_TIMEOUT_MS = 60_000

/** A line of JSON that a process printed on either stream. */
export type Line = Readonly<Record<string, unknown>>

export interface Killable {
  readonly pid: number
  ready(): Promise<void>
  /** One line of JSON on its stdin; false when it is dead. */
  send(message: unknown): boolean
  /** SIGKILL; resolves when it is gone. */
  kill(): Promise<void>
  /** SIGTERM, as an operator would; resolves with its exit code. */
  stop(): Promise<number | null>
  /** The last things it said, for a failing test. */
  lastWords(): readonly string[]
}

export interface KillableInit {
  readonly name: string
  /** A script of the repository and its arguments. */
  readonly args: readonly string[]
  readonly onLine?: (line: Line) => void
}

/** Starts a node; it is ready when it has printed a line whose event is `ready`. */
export function startKillable({ name, args, onLine }: KillableInit): Killable {
  const child = spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'pipe'] })
  const words: string[] = []
  let isReady = false
  const hear = (text: string): void => {
    words.push(text)
    if (words.length > REMEMBERED_LINES) words.shift()
    const line = parseLine(text)
    if (line?.['event'] === 'ready') isReady = true
    if (line !== undefined) onLine?.(line)
  }
  for (const stream of [child.stdout, child.stderr])
    createInterface({ input: stream }).on('line', hear)
  // Writing to the dead is expected here: it was killed.
  child.stdin.on('error', () => undefined)
  const gone = once(child, 'close')
  const end = async (signal: NodeJS.Signals): Promise<number | null> => {
    isReady = false
    child.kill(signal)
    await gone
    return child.exitCode
  }
  return {
    pid: child.pid ?? 0,
    async ready() {
      await until(() => isReady || isDead(child), AbortSignal.timeout(READY_TIMEOUT_MS))
      if (!isReady) throw new Error(`${name} ended before it was ready: ${words.join('\n')}`)
    },
    send: (message) => !isDead(child) && child.stdin.write(`${JSON.stringify(message)}\n`),
    kill: async () => void (await end('SIGKILL')),
    stop: () => end('SIGTERM'),
    lastWords: () => words,
  }
}

const isDead = (child: ChildProcess): boolean =>
  child.exitCode !== null || child.signalCode !== null

function parseLine(text: string): Line | undefined {
  try {
    return JSON.parse(text) as Line
  } catch {
    // A killed process may have said half a line; a crash says a stack.
    return undefined
  }
}
