/** What the demo plays on: a temporary mesh, its processes, and the commands as a person would type them. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../..', import.meta.url))

export interface Outcome {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

export interface Stage extends AsyncDisposable {
  readonly directory: string
  /** Runs `mig ARGS`, showing what is typed and what it prints. */
  mig(
    args: readonly string[],
    options?: { readonly home?: string; readonly saveAs?: string },
  ): Promise<Outcome>
  /** Starts a daemon in a home; resolves when it says that it is ready. */
  start(program: 'mig-agent' | 'mig-bootstrap', home: string): Promise<ChildProcess>
  stop(child: ChildProcess, signal?: NodeJS.Signals): Promise<void>
}

export async function openStage(environment: Readonly<Record<string, string>>): Promise<Stage> {
  const directory = await mkdtemp(join(tmpdir(), 'mig-demo-'))
  const running = new Set<ChildProcess>()
  const env = { ...process.env, ...environment, NO_COLOR: '1' }

  const stop = async (child: ChildProcess, signal: NodeJS.Signals = 'SIGTERM'): Promise<void> => {
    running.delete(child)
    if (child.exitCode !== null || child.signalCode !== null) return
    const ended = once(child, 'exit')
    child.kill(signal)
    await ended
  }

  return {
    directory,
    stop,
    async mig(args, options = {}) {
      const home = options.home === undefined ? [] : ['--home', join(directory, options.home)]
      say(
        `\n$ mig ${[...home, ...args].map(quote).join(' ')}${options.saveAs === undefined ? '' : ` > ${options.saveAs}`}`,
      )
      return run([join(root, 'cli/mig.js'), ...home, ...args], {
        env,
        isShown: options.saveAs === undefined,
      })
    },
    async start(program, home) {
      const room = program === 'mig-agent' ? 'node' : 'bootstrap'
      const child = spawn(
        process.execPath,
        [join(root, room, `${program}.js`), '--home', join(directory, home)],
        {
          env,
          stdio: ['ignore', 'ignore', 'pipe'],
        },
      )
      running.add(child)
      await ready(child, home)
      return child
    },
    async [Symbol.asyncDispose]() {
      await Promise.all([...running].map((child) => stop(child)))
      await rm(directory, { recursive: true, force: true })
    },
  }
}

/** A port with room for `count` more after it. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return address.port > 65_000 ? 40_000 : address.port
}

export const say = (text: string): void => void process.stdout.write(`${text}\n`)

interface RunOptions {
  readonly env: NodeJS.ProcessEnv
  /** Whether stdout is shown as it comes; stderr always is. */
  readonly isShown: boolean
}

async function run(args: readonly string[], { env, isShown }: RunOptions): Promise<Outcome> {
  const child = spawn(process.execPath, args, { env, stdio: ['ignore', 'pipe', 'pipe'] })
  const read = async (stream: Readable, isEchoed: boolean): Promise<string> => {
    const chunks: Buffer[] = []
    for await (const chunk of stream) {
      chunks.push(chunk as Buffer)
      if (isEchoed) process.stdout.write(chunk as Buffer)
    }
    return Buffer.concat(chunks).toString('utf8')
  }
  const streams = [read(child.stdout, isShown), read(child.stderr, true)]
  const [code] = (await once(child, 'close')) as [number | null]
  const [stdout = '', stderr = ''] = await Promise.all(streams)
  return { code: code ?? 1, stdout, stderr }
}

/** Waits for the ready line; the daemon's further log is not the demo's business. */
async function ready(child: ChildProcess, home: string): Promise<void> {
  if (child.stderr === null) throw new Error('no stderr')
  const lines = createInterface({ input: child.stderr })
  const said: string[] = []
  for await (const line of lines) {
    said.push(line)
    if (line.startsWith('{"event":"ready"')) {
      child.stderr.resume()
      return
    }
  }
  throw new Error(`${home} did not start: ${said.join(' ')}`)
}

const quote = (word: string): string =>
  /^[\w./:@=-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`
