/** A whole mesh in one test process: real libp2p over loopback TCP, real stores, real children unless a test brings its own runner. */
import { join } from 'node:path'
import { openBootstrapNode } from '../../bootstrap/bootstrap-node.ts'
import { type AgentNode, type AgentOptions, openAgentNode } from '../../node/assembly/agent-node.ts'
import {
  type InvestigatorNode,
  openInvestigatorNode,
} from '../../node/assembly/investigator-node.ts'
import type { Peer } from '../../node/assembly/peer.ts'
import type { HuntEvent } from '../../node/core/investigator-api.ts'
import type { DocumentId } from '../../node/core/ids.ts'
import type { Answer } from '../../node/core/result.ts'
import type { Tally } from '../../node/core/hunt.ts'
import { openHome } from '../../node/host/home.ts'
import { openLogger } from '../../node/host/logger.ts'
import { readLedger } from '../../node/store/ledger.ts'
import { createMeshHomes, type MeshHomes, type MeshHomesOptions } from './mesh-homes.ts'
import { until } from './until.ts'

export interface MeshOptions extends MeshHomesOptions {
  readonly log?: boolean
  /** How many agents are running from the beginning; default: all. */
  readonly started?: number
  /** What an agent runs operations with; default: real children. */
  readonly runner?: AgentOptions['runner']
}

interface Hunt {
  readonly action: DocumentId
  readonly events: readonly HuntEvent[]
  readonly answers: readonly Answer[]
  readonly tally: Tally
}

export interface TestMesh extends MeshHomes {
  readonly agents: (AgentNode | undefined)[]
  readonly bootstraps: (Peer | undefined)[]
  readonly investigator: InvestigatorNode
  startAgent(index: number): Promise<AgentNode>
  stopAgent(index: number): Promise<void>
  /** Closes the investigator's node and opens it again. */
  restartInvestigator(): Promise<InvestigatorNode>
  restartBootstrap(index: number): Promise<Peer>
  /** The events in an agent's ledger that concern an action, in order. */
  ledger(index: number, action?: DocumentId): Promise<readonly LedgerLine[]>
  /** Where an agent listens, with its peer id. */
  address(index: number): string
  /** Resolves when the investigator knows this many agents by their presence. */
  known(agents: number): Promise<void>
  /** Launches an action, and waits until every expected agent that runs has given its last word, however slow the machine. */
  hunt(draft: Record<string, unknown>, people?: readonly string[]): Promise<Hunt>
  /** Launches an envelope and collects everything up to the end, as a command would. */
  launch(envelope: string): Promise<Hunt>
}

interface LedgerLine {
  readonly event: string
  readonly status?: string
  readonly action?: string
}

const HUNT_TIMEOUT_MS = 25_000
const UNSETTLED: ReadonlySet<string> = new Set(['waiting', 'running', 'silent'])

export async function createMesh(options: MeshOptions): Promise<TestMesh> {
  const homes = await createMeshHomes(options)
  const logger = openLogger({ level: options.log === true ? 'info' : 'silent' })
  const open = (name: string): ReturnType<typeof openHome> => openHome(homes.home(name))
  const bootstraps: (Peer | undefined)[] = []
  for (let index = 0; index < (options.bootstraps ?? 1); index += 1)
    bootstraps.push(await openBootstrapNode(await open(`bootstrap-${String(index)}`), logger))
  const agents: (AgentNode | undefined)[] = []
  const startAgent = async (index: number): Promise<AgentNode> => {
    const runner = options.runner === undefined ? {} : { runner: options.runner }
    const node = await openAgentNode(await open(`agent-${String(index)}`), logger, runner)
    agents[index] = node
    return node
  }
  for (let index = 0; index < (options.started ?? options.agents); index += 1)
    await startAgent(index)
  let investigator = await openInvestigatorNode(await open('investigator'), logger)
  await investigator.ready()

  const mesh: TestMesh = {
    ...homes,
    agents,
    bootstraps,
    get investigator() {
      return investigator
    },
    startAgent,
    async stopAgent(index) {
      await agents[index]?.close()
      agents[index] = undefined
    },
    async restartInvestigator() {
      await investigator.close()
      investigator = await openInvestigatorNode(await open('investigator'), logger)
      await investigator.ready()
      return investigator
    },
    async restartBootstrap(index) {
      await bootstraps[index]?.close()
      const peer = await openBootstrapNode(await open(`bootstrap-${String(index)}`), logger)
      bootstraps[index] = peer
      return peer
    },
    async ledger(index, action) {
      const path = join(homes.home(`agent-${String(index)}`), 'ledger')
      const lines = await Array.fromAsync(readLedger(path))
      if (!lines.every(({ isChained }) => isChained)) throw new Error('the ledger is broken')
      return lines
        .map(({ text }) => JSON.parse(text) as LedgerLine)
        .filter((line) => action === undefined || line.action === action)
    },
    address: (index) => agents[index]?.peer.network.addresses()[0] ?? '',
    known: (count) => until(async () => (await investigator.api.agents()).length >= count),
    async hunt(draft, signers = [options.people?.[0] ?? 'alice']) {
      await investigator.api.agents()
      const hunt = await mesh.launch(await homes.sign(draft, signers))
      const running = new Set(agents.flatMap((each) => each?.peer.network.self ?? []))
      const report = () => investigator.api.report(hunt.action)
      await until(async () =>
        (await report()).tally.targets.every(
          ({ peer, state }) => !running.has(peer) || !UNSETTLED.has(state),
        ),
      )
      const { answers, tally } = await report()
      return { ...hunt, answers, tally }
    },
    async launch(envelope) {
      const events: HuntEvent[] = []
      const signal = AbortSignal.timeout(HUNT_TIMEOUT_MS)
      for await (const event of investigator.api.launch(envelope, signal)) events.push(event)
      return readHunt(events)
    },
    async [Symbol.asyncDispose]() {
      await investigator.close()
      await Promise.all(agents.map((each) => each?.close()))
      await Promise.all(bootstraps.map((each) => each?.close()))
      await homes[Symbol.asyncDispose]()
    },
  }
  return mesh
}

function readHunt(events: readonly HuntEvent[]): Hunt {
  const launched = events.find((each) => each.type === 'launched')
  const done = events.find((each) => each.type === 'done')
  return {
    action: launched!.publication.document,
    events,
    answers: events.flatMap((each) => (each.type === 'answer' ? [each.answer] : [])),
    tally: done!.tally,
  }
}
