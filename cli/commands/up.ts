/** `mig up`: a home's node that stays, and the socket other commands talk to. */
import { runDaemon } from '../../node/assembly/daemon.ts'
import type { Run } from '../cli.ts'
import { openServedNode } from '../serve-node.ts'

/** Runs until SIGINT or SIGTERM, which the daemon takes as a request to close in order: exit code 0. At a terminal one line says so; else, or with -debug, it logs. */
export const up: Run = (_call, cli) =>
  runDaemon({
    home: cli.home,
    printConfig: false,
    isWatched: cli.io.stderr.isTerminal && !cli.isDebug,
    async open(home, logger) {
      const node = await openServedNode(home, logger)
      if (cli.io.stderr.isTerminal)
        cli.say(`${home.path} is up: commands start at once, late answers arrive; Ctrl-C ends it`)
      return node
    },
  })
