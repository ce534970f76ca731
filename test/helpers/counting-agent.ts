/** An agent whose every start of a child is written down first, where neither journal nor store can hide it: `runs` in its home. */
import { appendFileSync } from 'node:fs'
import { join } from 'node:path'
import { openAgentNode } from '../../node/assembly/agent-node.ts'
import { openHome } from '../../node/host/home.ts'
import { openLogger } from '../../node/host/logger.ts'
import { systemClock } from '../../node/host/system.ts'
import { openRunner } from '../../node/runner/run-module.ts'

const home = await openHome(process.argv[2] ?? '')
const logger = openLogger()
const children = await openRunner({ clock: systemClock })
const node = await openAgentNode(home, logger, {
  runner: {
    run(operation, options) {
      appendFileSync(join(home.path, 'runs'), `${JSON.stringify(operation.parameters)}\n`)
      return children.run(operation, options)
    },
    close: () => children.close(),
  },
})
logger.log('ready', { peer: node.peer.network.self })
process.once('SIGTERM', () => void node.close().then(() => process.exit(0)))
