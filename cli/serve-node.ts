/** An investigator's node behind the socket of its home, opened together and closed together. */
import { openInvestigatorNode, type InvestigatorNode } from '../node/assembly/investigator-node.ts'
import type { Logger } from '../node/core/ports.ts'
import { serveControl } from '../node/host/control-server.ts'
import type { Home } from '../node/host/home.ts'

/** @throws MeshError what opening a node throws; nothing is left open then */
export async function openServedNode(home: Home, logger: Logger): Promise<InvestigatorNode> {
  const node = await openInvestigatorNode(home, logger)
  try {
    const server = await serveControl(node.api, home.file('socket'))
    return {
      ...node,
      async close() {
        await server.close()
        await node.close()
      },
    }
  } catch (error) {
    await node.close()
    throw error
  }
}
