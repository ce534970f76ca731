/** A mesh of real processes for measuring, run from the package as users get it (`npm run build`), over loopback. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { cp, mkdtemp, mkdir, rm, symlink } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
/** What the daemons are started with, as their launchers would be by a service file. */
const DAEMON_FLAGS = ['--max-semi-space-size=2', '--optimize-for-size']

export interface Lab extends AsyncDisposable {
  readonly directory: string
  /** The package as it is installed. */
  readonly product: string
  readonly agents: readonly ChildProcess[]
  home(name: string): string
  /** Starts a daemon; resolves at its ready line. */
  start(args: readonly string[]): Promise<ChildProcess>
  /** Wall milliseconds of one `mig` command, from process start to its last line. */
  mig(
    args: readonly string[],
  ): Promise<{ readonly ms: number; readonly code: number; readonly stdout: string }>
}

export async function openLab(agentCount: number): Promise<Lab> {
  const directory = await mkdtemp(join(tmpdir(), 'mig-bench-'))
  const product = await makePackage(directory)
  const children: ChildProcess[] = []
  const env = { ...process.env, MIG_HOME: '', XDG_CACHE_HOME: join(directory, 'cache') }

  const start = async (args: readonly string[]): Promise<ChildProcess> => {
    const child = spawn(process.execPath, args, { env, stdio: ['ignore', 'ignore', 'pipe'] })
    children.push(child)
    await ready(child, args)
    return child
  }
  const lab: Lab = {
    directory,
    product,
    agents: children,
    home: (name) => join(directory, 'mesh', name),
    start,
    async mig(args) {
      const began = performance.now()
      const child = spawn(process.execPath, [join(product, 'cli/mig.js'), ...args], {
        env,
        stdio: ['ignore', 'pipe', 'pipe'],
      })
      const chunks: Buffer[] = []
      let lastMs = began
      child.stdout.on('data', (chunk: Buffer) => {
        chunks.push(chunk)
        lastMs = performance.now()
      })
      child.stderr.on('data', () => {
        lastMs = performance.now()
      })
      const [code] = (await once(child, 'close')) as [number | null]
      return { ms: lastMs - began, code: code ?? 1, stdout: Buffer.concat(chunks).toString() }
    },
    async [Symbol.asyncDispose]() {
      const ended = children.map((child) =>
        child.exitCode === null && child.signalCode === null ? once(child, 'exit') : undefined,
      )
      for (const child of children) child.kill('SIGTERM')
      await Promise.all(ended)
      await rm(directory, { recursive: true, force: true })
    },
  }
  const port = String(await freePort())
  const made = await lab.mig([
    'init',
    join(directory, 'mesh'),
    '--agents',
    String(agentCount),
    '--port',
    port,
  ])
  if (made.code !== 0) throw new Error('mig init failed')
  await start([
    ...DAEMON_FLAGS,
    join(product, 'bootstrap/mig-bootstrap.js'),
    '--home',
    lab.home('bootstrap'),
  ])
  // A few at a time: fifty starts at once measure the machine, not the mesh.
  for (let at = 1; at <= agentCount; at += 4) {
    const some = Array.from({ length: Math.min(4, agentCount - at + 1) }, (_, index) => at + index)
    await Promise.all(
      some.map((index) =>
        start([
          ...DAEMON_FLAGS,
          join(product, 'node/mig-agent.js'),
          '--home',
          lab.home(`agent-${String(index)}`),
        ]),
      ),
    )
  }
  return lab
}

/** The installed shape: launchers and dist, beside the packages that are not bundled. Returns where. */
export async function makePackage(directory: string): Promise<string> {
  const built = spawnSync(process.execPath, [join(root, '.ci/build.mjs')], { stdio: 'inherit' })
  if (built.status !== 0) throw new Error('the build failed')
  const product = join(directory, 'package')
  await mkdir(product)
  for (const each of [
    'dist',
    'package.json',
    'cli/mig.js',
    'node/mig-agent.js',
    'node/launch.js',
    'bootstrap/mig-bootstrap.js',
  ]) {
    await cp(join(root, each), join(product, each), { recursive: true })
  }
  await symlink(join(root, 'node_modules'), join(product, 'node_modules'))
  return product
}

async function ready(child: ChildProcess, args: readonly string[]): Promise<void> {
  if (child.stderr === null) throw new Error('no stderr')
  const said: string[] = []
  for await (const line of createInterface({ input: child.stderr })) {
    said.push(line)
    if (!line.startsWith('{"event":"ready"')) continue
    child.stderr.resume()
    return
  }
  throw new Error(`${args.join(' ')} did not start: ${said.join(' ')}`)
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return address.port > 65_000 ? 40_000 : address.port
}
