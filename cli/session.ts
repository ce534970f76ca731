/** The node that a command works with: the running one over its socket, or one opened here for as long as the command takes. */
import { peerIdOf } from '../node/assembly/identity.ts'
import type { InvestigatorApi } from '../node/core/investigator-api.ts'
import { connectControl } from '../node/host/control-client.ts'
import type { Home } from '../node/host/home.ts'
import { systemClock } from '../node/host/system.ts'
import type { Cli } from './cli.ts'

/** A mesh that is there answers sooner; nothing is said of waits that nobody notices. */
const QUIET_MS = 1000

export interface Session extends AsyncDisposable {
  readonly api: InvestigatorApi
  /** True when the node lives only as long as this command. */
  readonly isEmbedded: boolean
  /** Resolves when neighbours are there, or have had time to come. */
  ready(): Promise<void>
}

/** @throws MeshError HOME_BUSY, HOME_INVALID, KEY_INVALID, POLICY_INVALID, NODE_FAILED */
export async function openSession(home: Home, cli: Cli): Promise<Session> {
  return (await findSession(home)) ?? (await embedSession(home, cli))
}

/** The node that runs for this home already. @throws MeshError HOME_INVALID, NODE_FAILED */
export async function findSession(home: Home): Promise<Session | undefined> {
  const { publicKey: sealing } = home.key.sealing
  const running = await connectControl(home.file('socket'), { peer: peerIdOf(home.key), sealing })
  return running === undefined ? undefined : attach(running)
}

const attach = (api: InvestigatorApi): Session => ({
  api,
  isEmbedded: false,
  ready: () => Promise.resolve(),
  [Symbol.asyncDispose]: () => Promise.resolve(),
})

/** A node for as long as the command takes. Other commands of the same home find this node's socket meanwhile. */
export async function embedSession(home: Home, cli: Cli): Promise<Session> {
  const [{ openServedNode }, { openLogger }, { surviveStrayErrors }] = await Promise.all([
    import('./serve-node.ts'),
    import('../node/host/logger.ts'),
    import('../node/assembly/stray-errors.ts'),
  ])
  const logger = openLogger({ level: cli.isDebug ? 'info' : 'silent' })
  surviveStrayErrors(logger)
  const node = await openServedNode(home, logger)
  return {
    api: node.api,
    isEmbedded: true,
    ready: () => sayWhile(orAborted(node.ready(), cli.signal), home.policy.mesh.name, cli),
    [Symbol.asyncDispose]: () => node.close(),
  }
}

/** Says what is waited for when it is not there almost at once, and when nobody came. */
async function sayWhile(task: Promise<boolean>, mesh: string, cli: Cli): Promise<void> {
  const quiet = systemClock.after(QUIET_MS, () => {
    cli.say(
      `looking for a peer of the mesh ${mesh}, for at most 10 s; mig up keeps a node connected`,
    )
  })
  const isAnyoneThere = await task.finally(quiet)
  if (!isAnyoneThere)
    cli.say(cli.paint('yellow', `no peer of the mesh ${mesh} can be reached; going on alone`))
}

/** Waits no longer than the person does. */
async function orAborted<T>(task: Promise<T>, signal: AbortSignal): Promise<T> {
  const aborted = Promise.withResolvers<never>()
  const stop = (): void => {
    aborted.reject(new Error('stopped', { cause: signal.reason }))
  }
  if (signal.aborted) stop()
  signal.addEventListener('abort', stop, { once: true })
  try {
    return await Promise.race([task, aborted.promise])
  } finally {
    signal.removeEventListener('abort', stop)
  }
}
