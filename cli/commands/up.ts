/** `mig up`: a home's node that stays, and the socket other commands talk to. */
import { runDaemon } from '../../node/assembly/daemon.ts'
import type { Run } from '../cli.ts'
import { openServedNode } from '../serve-node.ts'

/** Runs until SIGINT or SIGTERM, which the daemon takes as a request to close in order: exit code 0. */
export const up: Run = (_call, cli) =>
  runDaemon({ home: cli.home, printConfig: false, open: openServedNode })
