/** Wires an agent: a peer that runs modules and answers. */
import { ParameterError } from '../../agent-modules/contract.ts'
import { findModule, MODULE_NAMES, requireFewProbes, warmUp } from '../../agent-modules/registry.ts'
import { createAgent } from '../agent/agent.ts'
import { createAnswering } from '../agent/answer.ts'
import { createCourier } from '../agent/courier.ts'
import { createInsist, insistOnLedger } from '../agent/insist.ts'
import { openOutbox } from '../agent/outbox.ts'
import type { Operation } from '../core/action.ts'
import { MeshError } from '../core/errors.ts'
import { topicsOfRecord } from '../core/facet.ts'
import type { PeerId } from '../core/ids.ts'
import type { Policy } from '../core/policy.ts'
import type { Facts, Logger, Runner } from '../core/ports.ts'
import { repeat } from '../core/repeat.ts'
import type { Answer, OperationResult, RefusalReason } from '../core/result.ts'
import { SECOND_MS } from '../core/time.ts'
import { createFactsReader } from '../host/facts-reader.ts'
import type { Home } from '../host/home.ts'
import { systemClock, systemRandom } from '../host/system.ts'
import { openRunner } from '../runner/run-module.ts'
import { openJournal } from '../store/journal.ts'
import { openLedger } from '../store/ledger.ts'
import { peerIdOf } from './identity.ts'
import { openPeer, type Peer, secretOf } from './peer.ts'

const MAX_CONNECTIONS = 128
const MIB = 1024 * 1024

export interface AgentNode {
  readonly peer: Peer
  close(): Promise<void>
}

export interface AgentOptions {
  /** What runs operations; default: modules in bounded children of this process. */
  readonly runner?: Runner & { close(): Promise<void> }
}

/** Opens an agent in its home and begins to dial. @throws MeshError HOME_INVALID for an investigator's home: it would answer its own questions */
export async function openAgentNode(
  home: Home,
  logger: Logger,
  options: AgentOptions = {},
): Promise<AgentNode> {
  const clock = systemClock
  const self = agentOf(home)
  const facts = createFactsReader({ home, self, modules: MODULE_NAMES, clock })
  const topics = topicsOfRecord(secretOf(home), await facts.read())
  const peer = await openPeer({
    home,
    logger,
    topics,
    maxConnections: MAX_CONNECTIONS,
    relay: false,
    topUp: true,
    describe: async (network) => ({
      mesh: home.policy.mesh.id,
      peer: self,
      role: 'agent',
      at: clock.now(),
      addresses: network.addresses().slice(0, 16),
      record: await facts.read(),
    }),
  })
  // The store is locked by now: two agents of one home would tear each other's lines.
  const journal = await openJournal({ path: home.file('journal'), clock, logger })
  const ledgerFile = await openLedger({ path: home.file('ledger'), clock })
  const closing = new AbortController()
  const insist = createInsist({ clock, logger, closing: closing.signal })
  const ledger = insistOnLedger(ledgerFile, insist)
  const runner = options.runner ?? (await openModules(home))
  const trusted = nodesOf(home.policy)
  const outbox = await openOutbox({ records: peer.database.records('outbox'), clock, logger })
  const courier = createCourier({
    network: peer.network,
    clock,
    random: systemRandom,
    logger,
    outbox,
    isTrusted: (each) => trusted.has(each),
    addressesOf: (each) => peer.book.find(each)?.addresses ?? [],
    locate: async (each) => (await peer.presence.find(each))?.addresses ?? [],
    onSettled: ({ action }, to, event) => ledger.append({ event, action, to }),
  })
  const answering = createAnswering({
    self,
    policy: home.policy,
    clock,
    logger,
    insist,
    signatures: peer.signatures,
    sealer: peer.sealer,
    outbox,
    ledger,
    hostName: async () => (await facts.read()).name,
    mask: home.policy.extraprivacymode ? maskAnswer : (answer) => Promise.resolve(answer),
    wake: (recipients) => {
      courier.wake(recipients)
    },
  })
  const agent = createAgent({
    clock,
    logger,
    trust: peer.trust,
    journal,
    ledger,
    runner,
    facts,
    states: peer.database.cheapRecords('states'),
    killed: peer.database.cheapRecords('killed'),
    answering,
    insist,
    isAnswered: (id) => outbox.hasFinal(id),
    caughtUp: () => peer.sync.caughtUp(),
    refusalOf: (operations) => refusalOf(operations, home.policy),
  })
  for (const document of peer.restored) agent.restore(document)
  peer.intake.onAccepted((document) => {
    agent.accept(document)
  })
  const stopRefreshing = refreshFacts(home, { facts, peer, logger })
  peer.start()
  return {
    peer,
    async close() {
      closing.abort(new Error('the node closes'))
      stopRefreshing()
      courier.close()
      await agent.close()
      await runner.close()
      await peer.close()
      await Promise.all([journal.close(), ledgerFile.close()])
    },
  }
}

/** Investigators' nodes that the policy names. */
const nodesOf = ({ people }: Policy): ReadonlySet<PeerId> =>
  new Set(Object.values(people).flatMap(({ nodes }) => nodes.map(({ peer }) => peer)))

/** The product's own modules, within what the policy grants them. */
async function openModules({ policy }: Home): ReturnType<typeof openRunner> {
  const { memorymib, resultmib, operationseconds } = policy.ceilings
  // This process checks parameters too, before a child sees them.
  await warmUp()
  return openRunner({
    clock: systemClock,
    limits: {
      memoryBytes: memorymib * MIB,
      outputBytes: resultmib * MIB,
      timeoutMs: operationseconds * SECOND_MS,
    },
  })
}

interface Refreshing {
  readonly facts: Facts & { refresh(): Promise<boolean> }
  readonly peer: Peer
  readonly logger: Logger
}

/** Reads the facts again now and then; neighbours hear of it when something but the time changed. */
function refreshFacts({ config }: Home, { facts, peer, logger }: Refreshing): () => void {
  const everyMs = config.refreshseconds * SECOND_MS
  const init = { chore: 'facts', everyMs, firstAfterMs: everyMs, clock: systemClock, logger }
  return repeat(init, async () => {
    if (await facts.refresh()) await peer.presence.renew()
  })
}

interface Refusal {
  readonly reason: RefusalReason
  readonly detail: string
}

/** Why this agent does not take an action's operations, asked before anything starts. */
async function refusalOf(
  operations: readonly Operation[],
  policy: Policy,
): Promise<Refusal | undefined> {
  for (const operation of operations) {
    const refusal = await refusalOfOne(operation, policy)
    if (refusal !== undefined) return refusal
  }
  return badParameters('', async () => {
    await requireFewProbes(operations)
    return undefined
  })
}

async function refusalOfOne(operation: Operation, policy: Policy): Promise<Refusal | undefined> {
  const { module: name, parameters } = operation
  const module = await findModule(name)
  if (module === undefined) return { reason: 'unknown-module', detail: name }
  const { modules, rawlines } = policy.ceilings
  if (modules?.includes(name) === false) return { reason: 'over-ceiling', detail: name }
  return badParameters(`${name}: `, () => {
    module.check(parameters)
    const isTooCurious = module.asksLines(parameters) && !rawlines
    return isTooCurious
      ? { reason: 'over-ceiling', detail: `${name}: this host grants no raw lines` }
      : undefined
  })
}

async function badParameters(
  prefix: string,
  check: () => Refusal | undefined | Promise<Refusal | undefined>,
): Promise<Refusal | undefined> {
  try {
    return await check()
  } catch (error) {
    if (error instanceof ParameterError)
      return { reason: 'bad-parameters', detail: `${prefix}${error.message}` }
    throw error
  }
}

/** Who the agent of this home is. @throws MeshError HOME_INVALID */
function agentOf({ path, key, config: { person } }: Home): PeerId {
  if (person === undefined) return peerIdOf(key)
  const reason = `is the home of ${person}, an investigator; --home names that of an agent`
  throw new MeshError({ code: 'HOME_INVALID', path, reason })
}

/** Extra privacy mode: elements lose names and addresses, errors go whole. */
async function maskAnswer(answer: Answer): Promise<Answer> {
  return { ...answer, results: await Promise.all(answer.results.map(maskResult)) }
}

async function maskResult(result: OperationResult): Promise<OperationResult> {
  const module = await findModule(result.module)
  const { elements, statistics } = result
  // Statistics of a run that did not end come without elements, and may name hosts too.
  const masked =
    module === undefined || elements === null
      ? undefined
      : module.mask({ elements, statistics: statistics ?? undefined })
  return {
    ...result,
    elements: (masked?.elements ?? null) as typeof elements,
    statistics: (masked?.statistics ?? null) as typeof statistics,
    errors: result.errors.map(() => 'masked'),
  }
}
