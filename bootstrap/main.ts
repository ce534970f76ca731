/** `mig-bootstrap`: the peer that others find first. */
import { Command } from 'commander'
import { type DaemonInit, endProcess, runDaemon } from '../node/assembly/daemon.ts'
import { VERSION } from '../node/host/version.ts'
import { openBootstrapNode } from './bootstrap-node.ts'

await new Command('mig-bootstrap')
  .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : 2))
  .description('introduces peers of a mesh to each other and relays between them; runs nothing')
  .version(VERSION)
  .requiredOption('--home <dir>', "the bootstrap peer's home", process.env['MIG_HOME'])
  .option('--print-config', 'print the configuration in force and exit', false)
  .action(async (options: { home: string; printConfig: boolean }) => {
    const open: DaemonInit['open'] = async (home, logger) => {
      const peer = await openBootstrapNode(home, logger)
      return { peer, close: () => peer.close() }
    }
    endProcess(await runDaemon({ ...options, open }))
  })
  .parseAsync()
