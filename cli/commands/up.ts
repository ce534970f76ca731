/** `mig up`: a home's node that stays, and the socket other commands talk to. */
import { runDaemon } from '../../node/assembly/daemon.ts'
import { openInvestigatorNode } from '../../node/assembly/investigator-node.ts'
import { serveControl } from '../../node/host/control-server.ts'
import type { Run } from '../cli.ts'

/** Runs until SIGINT or SIGTERM, which the daemon takes as a request to close in order: exit code 0. */
export const up: Run = (_call, cli) =>
  runDaemon({
    home: cli.home,
    printConfig: false,
    open: async (home, logger) => {
      const node = await openInvestigatorNode(home, logger)
      const server = await serveControl(node.api, home.file('socket'))
      return {
        peer: node.peer,
        close: async () => {
          await server.close()
          await node.close()
        },
      }
    },
  })
