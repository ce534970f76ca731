/** A whole mesh in one test process: real libp2p over loopback TCP, real stores, real children; homes in a temporary directory. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openBootstrapNode } from '../../bootstrap/bootstrap-node.ts'
import { type AgentNode, openAgentNode } from '../../node/assembly/agent-node.ts'
import { peerIdOf } from '../../node/assembly/identity.ts'
import {
  type InvestigatorNode,
  openInvestigatorNode,
} from '../../node/assembly/investigator-node.ts'
import type { Peer } from '../../node/assembly/peer.ts'
import { encodeAction } from '../../node/core/action.ts'
import { toBase64url, fromUtf8 } from '../../node/core/bytes.ts'
import { encodeControl } from '../../node/core/control.ts'
import { compose, parseDraft } from '../../node/core/draft.ts'
import { buildEnvelope, type DocumentKind, pae } from '../../node/core/envelope.ts'
import type { HuntEvent } from '../../node/core/investigator-api.ts'
import type { DocumentId, MeshId, Person } from '../../node/core/ids.ts'
import { parsePolicy, type PolicyFile } from '../../node/core/policy.ts'
import type { Answer } from '../../node/core/result.ts'
import type { Tally } from '../../node/core/hunt.ts'
import { createHome, openHome, writeJsonFile, type NodeKey } from '../../node/host/home.ts'
import { openLogger } from '../../node/host/logger.ts'
import { systemRandom } from '../../node/host/system.ts'
import { generateKey, type GeneratedKey } from '../../node/pgp/generate.ts'
import { generateSealingKey } from '../../node/pgp/seal.ts'
import { createJournal } from '../../node/store/journal.ts'
import { signBytes } from './sign.ts'

export interface MeshOptions {
  readonly agents: number
  readonly people?: readonly string[]
  readonly bootstraps?: number
  /** Agents that dial out only. */
  readonly dialOnly?: boolean
  readonly acl?: PolicyFile['acl']
  readonly tags?: (index: number) => Record<string, string>
  readonly log?: boolean
}

export interface Hunt {
  readonly action: DocumentId
  readonly events: readonly HuntEvent[]
  readonly answers: readonly Answer[]
  readonly tally: Tally
}

export interface TestMesh extends AsyncDisposable {
  readonly directory: string
  readonly policy: PolicyFile
  readonly keys: ReadonlyMap<string, GeneratedKey>
  readonly agents: (AgentNode | undefined)[]
  readonly bootstraps: (Peer | undefined)[]
  readonly investigator: InvestigatorNode
  startAgent(index: number): Promise<AgentNode>
  stopAgent(index: number): Promise<void>
  /** Signs a draft as these people and returns the envelope. */
  sign(draft: Record<string, unknown>, people: readonly string[]): Promise<string>
  signControl(
    kind: 'cancel' | 'revoke',
    body: Record<string, unknown>,
    people: readonly string[],
  ): Promise<string>
  hunt(draft: Record<string, unknown>, people?: readonly string[]): Promise<Hunt>
}

export async function createMesh(options: MeshOptions): Promise<TestMesh> {
  const directory = await mkdtemp(join(tmpdir(), 'mig-mesh-'))
  const people = options.people ?? ['alice', 'bob']
  const keys = new Map<string, GeneratedKey>()
  for (const name of people) keys.set(name, await generateKey({ name }, Date.now() - 60_000))
  const logger = openLogger({ level: options.log === true ? 'info' : 'silent' })
  const bootstrapKeys = await Promise.all(
    Array.from({ length: options.bootstraps ?? 1 }, newNodeKey),
  )
  const investigatorKey = await newNodeKey()
  const ports = bootstrapKeys.map((_, index) => 20_000 + (process.pid % 20_000) + index)
  const policy: PolicyFile = {
    policyversion: 1,
    mesh: {
      id: Buffer.from(systemRandom.bytes(16)).toString('hex') as MeshId,
      name: 'test',
      secret: toBase64url(systemRandom.bytes(32)),
    },
    people: Object.fromEntries(
      people.map((name, index) => [
        name,
        {
          fingerprints: [keys.get(name)!.fingerprint],
          nodes:
            index === 0
              ? [{ peer: peerIdOf(investigatorKey), sealing: investigatorKey.sealing.publicKey }]
              : [],
        },
      ]),
    ) as PolicyFile['people'],
    keyring: people.map((name) => keys.get(name)!.publicKeyArmored),
    acl: options.acl ?? {
      default: { minimumweight: 1, investigators: weights(people) },
      '@cancel': { minimumweight: 1, investigators: weights(people) },
      '@revoke': { minimumweight: 2, investigators: weights(people) },
    },
    bootstrap: bootstrapKeys.map(
      (key, index) => `/ip4/127.0.0.1/tcp/${String(ports[index])}/p2p/${peerIdOf(key)}`,
    ),
  }
  await writeJsonFile(join(directory, 'policy.json'), policy)
  parsePolicy(policy)

  const makeHome = async (
    name: string,
    key: NodeKey,
    config: Record<string, unknown>,
  ): Promise<void> => {
    await createHome(join(directory, name), { policy: '../policy.json', name, ...config }, key)
    await createJournal(join(directory, name, 'journal'))
  }
  for (const [index, key] of bootstrapKeys.entries()) {
    await makeHome(`bootstrap-${String(index)}`, key, {
      listen: [`/ip4/127.0.0.1/tcp/${String(ports[index])}`],
    })
  }
  for (let index = 0; index < options.agents; index += 1) {
    await makeHome(`agent-${String(index)}`, await newNodeKey(), {
      listen: options.dialOnly === true ? [] : ['/ip4/127.0.0.1/tcp/0'],
      tags: options.tags?.(index) ?? {},
    })
  }
  await makeHome('investigator', investigatorKey, {
    listen: ['/ip4/127.0.0.1/tcp/0'],
    person: people[0] as Person,
  })

  const bootstraps: (Peer | undefined)[] = []
  for (const index of bootstrapKeys.keys()) {
    bootstraps.push(
      await openBootstrapNode(
        await openHome(join(directory, `bootstrap-${String(index)}`)),
        logger,
      ),
    )
  }
  const agents: (AgentNode | undefined)[] = []
  const startAgent = async (index: number): Promise<AgentNode> => {
    const node = await openAgentNode(
      await openHome(join(directory, `agent-${String(index)}`)),
      logger,
    )
    agents[index] = node
    return node
  }
  for (let index = 0; index < options.agents; index += 1) await startAgent(index)
  const investigator = await openInvestigatorNode(
    await openHome(join(directory, 'investigator')),
    logger,
  )
  await investigator.ready()

  const envelopeOf = async (
    kind: DocumentKind,
    payload: Uint8Array,
    signers: readonly string[],
  ): Promise<string> => {
    const signatures = await Promise.all(
      signers.map(async (name) => {
        const key = keys.get(name)!
        return { keyid: key.fingerprint, sig: await signBytes(key, pae(kind, payload)) }
      }),
    )
    return fromUtf8(buildEnvelope(kind, payload, signatures).bytes)
  }

  const mesh: TestMesh = {
    directory,
    policy,
    keys,
    agents,
    bootstraps,
    investigator,
    startAgent,
    async stopAgent(index) {
      await agents[index]?.close()
      agents[index] = undefined
    },
    async sign(draft, signers) {
      const status = await investigator.api.status()
      const action = compose(parseDraft({ name: 'test', target: 'true', ...draft }), {
        mesh: policy.mesh.id,
        replyto: [status.reply],
        answerwithin: 0,
        nonce: toBase64url(systemRandom.bytes(16)),
        nowMs: Date.now(),
        expiryMs: 300_000,
      })
      return envelopeOf('action', encodeAction(action), signers)
    },
    signControl: (kind, body, signers) =>
      envelopeOf(kind, encodeControl(kind, { mesh: policy.mesh.id, ...body } as never), signers),
    async hunt(draft, signers = [people[0]!]) {
      await investigator.api.agents()
      const envelope = await mesh.sign(draft, signers)
      const events: HuntEvent[] = []
      for await (const event of investigator.api.launch(envelope, AbortSignal.timeout(25_000)))
        events.push(event)
      return readHunt(events)
    },
    async [Symbol.asyncDispose]() {
      await investigator.close()
      await Promise.all(agents.map((each) => each?.close()))
      await Promise.all(bootstraps.map((each) => each?.close()))
      await rm(directory, { recursive: true, force: true })
    },
  }
  return mesh
}

export function readHunt(events: readonly HuntEvent[]): Hunt {
  const launched = events.find((each) => each.type === 'launched')
  const done = events.find((each) => each.type === 'done')
  return {
    action: launched!.publication.document,
    events,
    answers: events.flatMap((each) => (each.type === 'answer' ? [each.answer] : [])),
    tally: done!.tally,
  }
}

const weights = (people: readonly string[]): Record<Person, number> =>
  Object.fromEntries(people.map((name) => [name, 1])) as Record<Person, number>

export async function newNodeKey(): Promise<NodeKey> {
  return { seed: systemRandom.bytes(32), sealing: await generateSealingKey() }
}
