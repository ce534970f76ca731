/** The life of a daemon process: open, say that it is ready, wait for a signal, close. Not for what it does in between. */
import { MODULE_NAMES } from '../../agent-modules/registry.ts'
import { unknownModules } from '../core/acl.ts'
import { MeshError } from '../core/errors.ts'
import type { Logger } from '../core/ports.ts'
import { COMPILED_POLICY } from '../host/compiled-policy.ts'
import { openHome, type Home } from '../host/home.ts'
import { openLogger } from '../host/logger.ts'
import type { Peer } from './peer.ts'
import { surviveStrayErrors } from './stray-errors.ts'

export interface DaemonInit {
  readonly home: string
  readonly printConfig: boolean
  /** Somebody looks on: nothing is logged, and what goes wrong is thrown. */
  readonly isWatched?: boolean
  open(home: Home, logger: Logger): Promise<{ readonly peer: Peer; close(): Promise<void> }>
}

/** Ends the process when everything is written: what failed half open must not keep it. */
export const endProcess = (code: number): void => {
  process.stdout.write('', () => process.exit(code))
}

/** Runs until SIGINT or SIGTERM. Resolves with the exit code. @throws MeshError where it is watched */
export async function runDaemon(init: DaemonInit): Promise<number> {
  const logger = openLogger({ level: init.isWatched === true ? 'silent' : 'info' })
  surviveStrayErrors(logger)
  try {
    const home = await openHome(init.home)
    if (init.printConfig) {
      process.stdout.write(`${JSON.stringify(home.config, null, 2)}\n`)
      return 0
    }
    // A policy that anybody with the disk can edit is for development and labs; the log says so.
    const source = COMPILED_POLICY === undefined ? 'file' : 'executable'
    logger.log('policy', { source, mesh: home.policy.mesh.name, hash: home.policy.hash })
    // Of a newer version, or a typing error that leaves the module that was meant to `default`.
    const modules = unknownModules(home.policy.acl, MODULE_NAMES)
    if (modules.length > 0) logger.log('policy-names-unknown-modules', { modules })
    const stopped = nextSignal()
    const node = await init.open(home, logger)
    logger.log('ready', { peer: node.peer.network.self, addresses: node.peer.network.addresses() })
    logger.log('stopping', { signal: await stopped })
    await node.close()
    return 0
  } catch (error) {
    if (!(error instanceof MeshError) || init.isWatched === true) throw error
    process.stderr.write(
      `${JSON.stringify({ event: 'failed', code: error.code, reason: error.message })}\n`,
    )
    return 2
  }
}

function nextSignal(): Promise<string> {
  return new Promise((resolve) => {
    process.once('SIGINT', () => {
      resolve('SIGINT')
    })
    process.once('SIGTERM', () => {
      resolve('SIGTERM')
    })
  })
}
