/** Nodes of a mesh opened one by one, each with settings of its own, for tests that do without some of them. All are closed together. */
import { readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { openBootstrapNode } from '../../bootstrap/bootstrap-node.ts'
import { type AgentNode, type AgentOptions, openAgentNode } from '../../node/assembly/agent-node.ts'
import {
  type InvestigatorNode,
  openInvestigatorNode,
} from '../../node/assembly/investigator-node.ts'
import type { Peer } from '../../node/assembly/peer.ts'
import { toUtf8 } from '../../node/core/bytes.ts'
import { parseEnvelope } from '../../node/core/envelope.ts'
import type { Answer } from '../../node/core/result.ts'
import { openHome, writeJsonFile } from '../../node/host/home.ts'
import { openLogger } from '../../node/host/logger.ts'
import type { MeshHomes } from './mesh-homes.ts'
import { FILE_SEARCH, quickRunner } from './runners.ts'
import { until } from './until.ts'

const HUNT_TIMEOUT_MS = 25_000

export interface Nodes extends AsyncDisposable {
  bootstrap(index?: number): Promise<Peer>
  agent(index: number, runner?: AgentOptions['runner']): Promise<AgentNode>
  investigator(): Promise<InvestigatorNode>
}

export function openNodes(homes: Pick<MeshHomes, 'home'>): Nodes {
  const logger = openLogger({ level: 'silent' })
  const opened: { close(): Promise<void> }[] = []
  const keep = <T extends { close(): Promise<void> }>(node: T): T => {
    opened.unshift(node)
    return node
  }
  const home = (name: string): ReturnType<typeof openHome> => openHome(homes.home(name))
  return {
    bootstrap: async (index = 0) =>
      keep(await openBootstrapNode(await home(`bootstrap-${String(index)}`), logger)),
    agent: async (index, runner = quickRunner()) =>
      keep(await openAgentNode(await home(`agent-${String(index)}`), logger, { runner })),
    investigator: async () => keep(await openInvestigatorNode(await home('investigator'), logger)),
    async [Symbol.asyncDispose]() {
      for (const node of opened) await node.close()
    },
  }
}

/** Changes settings of a home that is not open. */
export async function configure(
  homes: Pick<MeshHomes, 'home'>,
  name: string,
  settings: object,
): Promise<void> {
  const path = join(homes.home(name), 'config.json')
  const config = JSON.parse(await readFile(path, 'utf8')) as object
  await rm(path)
  await writeJsonFile(path, { ...config, ...settings })
}

/** Asks every agent for a file, and collects the answers up to the end. */
export async function huntFile(
  { api }: InvestigatorNode,
  homes: MeshHomes,
): Promise<readonly Answer[]> {
  const envelope = await homes.sign({ operations: [FILE_SEARCH] }, ['alice'])
  const { documentId } = parseEnvelope(toUtf8(envelope))
  const signal = AbortSignal.timeout(HUNT_TIMEOUT_MS)
  for await (const event of api.launch(envelope, signal)) if (event.type === 'done') break
  const answers = async () => (await api.report(documentId)).answers
  await until(async () => (await answers()).some(({ status }) => status !== 'started'))
  return await answers()
}
