/** A mesh as `mig init` would leave it on disk: policy, people's keys, one home a node; nothing is running yet. */
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { peerIdOf } from '../../node/assembly/identity.ts'
import { encodeAction, type ReplyNode } from '../../node/core/action.ts'
import { fromUtf8, toBase64url } from '../../node/core/bytes.ts'
import { encodeControl } from '../../node/core/control.ts'
import { compose, parseDraft } from '../../node/core/draft.ts'
import { buildEnvelope, type DocumentKind, pae } from '../../node/core/envelope.ts'
import type { MeshId, PeerId, Person } from '../../node/core/ids.ts'
import { parsePolicy, type PolicyFile } from '../../node/core/policy.ts'
import { createHome, type NodeKey, writeJsonFile } from '../../node/host/home.ts'
import { systemRandom } from '../../node/host/system.ts'
import { generateKey, type GeneratedKey } from '../../node/pgp/generate.ts'
import { generateSealingKey } from '../../node/pgp/seal.ts'
import { createJournal } from '../../node/store/journal.ts'
import { signBytes } from './sign.ts'

export interface MeshHomesOptions {
  readonly agents: number
  readonly people?: readonly string[]
  readonly bootstraps?: number
  /** Agents that dial out only. */
  readonly dialOnly?: boolean
  readonly acl?: PolicyFile['acl']
  /** What hosts grant; default: what a policy grants that does not say. */
  readonly ceilings?: PolicyFile['ceilings']
  readonly tags?: (index: number) => Record<string, string>
  /** Which bootstrap peers an agent is told of; default: all. */
  readonly bootstrapsOf?: (index: number) => readonly number[]
}

export interface MeshHomes extends AsyncDisposable {
  readonly directory: string
  readonly policy: PolicyFile
  readonly keys: ReadonlyMap<string, GeneratedKey>
  /** Of every home by its name: `bootstrap-0`, `agent-3`, `investigator`. */
  readonly peers: ReadonlyMap<string, PeerId>
  readonly bootstrapAddresses: readonly string[]
  home(name: string): string
  /** Where answers go when an action is composed here. */
  readonly reply: ReplyNode
  /** Signs a draft as these people and returns the envelope. */
  sign(draft: Record<string, unknown>, people: readonly string[]): Promise<string>
  signControl(
    kind: 'cancel' | 'revoke',
    body: Record<string, unknown>,
    people: readonly string[],
  ): Promise<string>
}

export async function createMeshHomes(options: MeshHomesOptions): Promise<MeshHomes> {
  const directory = await mkdtemp(join(tmpdir(), 'mig-mesh-'))
  const people = options.people ?? ['alice', 'bob']
  const keys = new Map<string, GeneratedKey>()
  for (const name of people) keys.set(name, await generateKey({ name }, Date.now() - 60_000))
  const bootstrapKeys = await nodeKeys(options.bootstraps ?? 1)
  const agentKeys = await nodeKeys(options.agents)
  const investigatorKey = await newNodeKey()
  const ports = await freePorts(bootstrapKeys.length)
  const bootstrapAddresses = bootstrapKeys.map(
    (key, index) => `/ip4/127.0.0.1/tcp/${String(ports[index])}/p2p/${peerIdOf(key)}`,
  )
  const reply = {
    peer: peerIdOf(investigatorKey),
    sealing: investigatorKey.sealing.publicKey,
    addresses: [],
  }
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
          nodes: index === 0 ? [{ peer: reply.peer, sealing: reply.sealing }] : [],
        },
      ]),
    ) as PolicyFile['people'],
    keyring: people.map((name) => keys.get(name)!.publicKeyArmored),
    acl: options.acl ?? {
      default: { minimumweight: 1, investigators: weights(people) },
      '@cancel': { minimumweight: 1, investigators: weights(people) },
      '@revoke': { minimumweight: 2, investigators: weights(people) },
    },
    bootstrap: bootstrapAddresses,
    ...(options.ceilings === undefined ? {} : { ceilings: options.ceilings }),
  }
  parsePolicy(policy)
  await writeJsonFile(join(directory, 'policy.json'), policy)

  const peers = new Map<string, PeerId>()
  const make = async (name: string, key: NodeKey, config: object): Promise<void> => {
    peers.set(name, peerIdOf(key))
    await createHome(join(directory, name), { policy: '../policy.json', name, ...config }, key)
    await createJournal(join(directory, name, 'journal'))
  }
  for (const [index, key] of bootstrapKeys.entries())
    await make(`bootstrap-${String(index)}`, key, {
      listen: [`/ip4/127.0.0.1/tcp/${String(ports[index])}`],
    })
  for (const [index, key] of agentKeys.entries())
    await make(`agent-${String(index)}`, key, {
      listen: options.dialOnly === true ? [] : ['/ip4/127.0.0.1/tcp/0'],
      tags: options.tags?.(index) ?? {},
      ...(options.bootstrapsOf === undefined
        ? {}
        : {
            bootstrap: options.bootstrapsOf(index).map((each) => bootstrapAddresses[each] ?? ''),
          }),
    })
  await make('investigator', investigatorKey, {
    listen: ['/ip4/127.0.0.1/tcp/0'],
    person: people[0] as Person,
  })

  const envelope = (
    kind: DocumentKind,
    payload: Uint8Array,
    signers: readonly string[],
  ): Promise<string> =>
    signEnvelope(
      kind,
      payload,
      signers.map((name) => keys.get(name)!),
    )

  return {
    directory,
    policy,
    keys,
    peers,
    bootstrapAddresses,
    reply,
    home: (name) => join(directory, name),
    sign(draft, signers) {
      const action = compose(parseDraft({ name: 'test', target: 'true', ...draft }), {
        mesh: policy.mesh.id,
        replyto: [reply],
        answerwithin: 0,
        nonce: toBase64url(systemRandom.bytes(16)),
        nowMs: Date.now(),
        expiryMs: 3_600_000,
      })
      return envelope('action', encodeAction(action), signers)
    },
    signControl: (kind, body, signers) =>
      envelope(kind, encodeControl(kind, { mesh: policy.mesh.id, ...body } as never), signers),
    [Symbol.asyncDispose]: () => rm(directory, { recursive: true, force: true }),
  }
}

/** An envelope of these bytes, signed by these keys, whatever the bytes are. */
export async function signEnvelope(
  kind: DocumentKind,
  payload: Uint8Array,
  keys: readonly GeneratedKey[],
): Promise<string> {
  const signatures = await Promise.all(
    keys.map(async (key) => ({
      keyid: key.fingerprint,
      sig: await signBytes(key, pae(kind, payload)),
    })),
  )
  return fromUtf8(buildEnvelope(kind, payload, signatures).bytes)
}

async function newNodeKey(): Promise<NodeKey> {
  return { seed: systemRandom.bytes(32), sealing: await generateSealingKey() }
}

const nodeKeys = (count: number): Promise<NodeKey[]> =>
  Promise.all(Array.from({ length: count }, newNodeKey))

const weights = (people: readonly string[]): Record<Person, number> =>
  Object.fromEntries(people.map((name) => [name, 1])) as Record<Person, number>

/** Ports that are free now, all held at once so that they differ. */
async function freePorts(count: number): Promise<readonly number[]> {
  const servers = Array.from({ length: count }, () => createServer())
  const ports = await Promise.all(
    servers.map(
      (server) =>
        new Promise<number>((resolve) => {
          server.listen(0, '127.0.0.1', () => {
            resolve((server.address() as AddressInfo).port)
          })
        }),
    ),
  )
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))))
  return ports
}
