/** Real daemons on loopback: started, waited for by their ready line, ended by a signal. */
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { createServer, type AddressInfo } from 'node:net'
import { join } from 'node:path'
import { createInterface } from 'node:readline'

const ROOT = join(import.meta.dirname, '../..')
export const PROGRAMS = {
  mig: join(ROOT, 'cli/mig.js'),
  agent: join(ROOT, 'node/mig-agent.js'),
  bootstrap: join(ROOT, 'bootstrap/mig-bootstrap.js'),
} as const

export interface Daemon extends AsyncDisposable {
  readonly child: ChildProcess
  /** Ends it and waits until it is gone. */
  stop(): Promise<void>
}

/** Resolves when it has said that it is ready; rejects with what it said instead. */
export async function startDaemon(program: string, args: readonly string[]): Promise<Daemon> {
  const child = spawn(process.execPath, [program, ...args], { stdio: ['ignore', 'ignore', 'pipe'] })
  const exited = once(child, 'exit')
  const stop = async (): Promise<void> => {
    child.kill('SIGTERM')
    await exited
  }
  const said: string[] = []
  const ready = Promise.withResolvers<undefined>()
  createInterface({ input: child.stderr }).on('line', (line) => {
    said.push(line)
    if (line.startsWith('{"event":"ready"')) ready.resolve(undefined)
  })
  void exited.then(() => {
    ready.reject(new Error(`${program} ended before it was ready: ${said.join('\n')}`))
  })
  await ready.promise
  return { child, stop, [Symbol.asyncDispose]: stop }
}

export interface Finished {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/** Runs `mig` to its end. `onStderr` sees what it says meanwhile. */
export async function runMig(
  args: readonly string[],
  options: {
    input?: string
    onStderr?: (text: string, child: ChildProcess) => void
    env?: NodeJS.ProcessEnv
  } = {},
): Promise<Finished> {
  const child = spawn(process.execPath, [PROGRAMS.mig, ...args], {
    stdio: ['pipe', 'pipe', 'pipe'],
    env: { ...process.env, ...options.env },
  })
  let stdout = ''
  let stderr = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text))
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text
    options.onStderr?.(stderr, child)
  })
  child.stdin.end(options.input ?? '')
  const [code] = (await once(child, 'close')) as [number | null]
  return { code, stdout, stderr }
}

/** A port from which on `count` ports were free a moment ago. */
export async function freePorts(count: number): Promise<number> {
  for (let attempt = 0; attempt < 50; attempt += 1) {
    const base = await freePort(0)
    const all = await Promise.all(
      Array.from({ length: count - 1 }, (_, index) => freePort(base + index + 1)),
    )
    if (all.every((port, index) => port === base + index + 1)) return base
  }
  throw new Error('no free ports in a row')
}

/** The port itself when it is free, else -1; any free one for 0. */
async function freePort(port: number): Promise<number> {
  if (port > 65_535) return -1
  const server = createServer()
  const found = await new Promise<number>((resolve) => {
    server.once('error', () => {
      resolve(-1)
    })
    server.listen(port, '127.0.0.1', () => {
      resolve((server.address() as AddressInfo).port)
    })
  })
  await new Promise<void>((resolve) =>
    server.close(() => {
      resolve()
    }),
  )
  return found
}
