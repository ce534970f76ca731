/** Draws a whole mesh from a plan: a policy, a bootstrap peer's home, agents' homes, one home for each person. */
import { mkdir, writeFile } from 'node:fs/promises'
import { isIPv6 } from 'node:net'
import { join, resolve } from 'node:path'
import { type FreshNode, drawNode, makeHome } from '../node/assembly/make-home.ts'
import type { Acl } from '../node/core/acl.ts'
import { toBase64url } from '../node/core/bytes.ts'
import { type Fingerprint, type MeshId, type Person } from '../node/core/ids.ts'
import { parsePolicy, type PolicyFile } from '../node/core/policy.ts'
import { writeJsonFile } from '../node/host/home.ts'
import { systemClock, systemRandom } from '../node/host/system.ts'
import { generateKey } from '../node/pgp/generate.ts'
import { gpgExportPublic } from '../node/pgp/gpg-keys.ts'
import { gpgSigner } from '../node/pgp/sign.ts'

const KEY_FILE = 'signing-key.asc'
const SECRET_SIZE = 32
const MESH_ID_SIZE = 16

export interface MeshPlan {
  readonly name: string
  readonly agents: number
  readonly people: readonly Person[]
  /** Modules that need two people. */
  readonly twoPerson: readonly string[]
  /** An IP address. */
  readonly listen: string
  /** Of the bootstrap peer; agents take the ports after it. */
  readonly port: number
  /** People who sign with a key of theirs that gpg keeps. */
  readonly gpgKeys: ReadonlyMap<Person, string>
  readonly tags: Readonly<Record<string, string>>
}

/** One investigator: their key, and the node of their home. */
interface Investigator {
  readonly name: Person
  readonly fingerprint: Fingerprint
  readonly publicKey: string
  /** Absent when gpg keeps it. */
  readonly privateKey?: string
  readonly node: FreshNode
}

type PersonEntry = PolicyFile['people'][Person]

/** Writes everything below `root`. @throws MeshError SIGNING_FAILED, KEY_INVALID, HOME_INVALID */
export async function makeMesh(
  root: string,
  plan: MeshPlan,
): Promise<{ people: readonly { name: Person; fingerprint: Fingerprint }[] }> {
  const investigators = await Promise.all(plan.people.map((name) => drawInvestigator(name, plan)))
  const bootstrap = await drawNode()
  const policy = policyOf(plan, { investigators, bootstrap })
  parsePolicy(policy)
  await mkdir(root, { recursive: true, mode: 0o700 })
  await writeJsonFile(join(root, 'policy.json'), policy)
  await makeHome(
    join(root, 'bootstrap'),
    { policy: POLICY, listen: [listenAt(plan, 0)] },
    bootstrap,
  )
  for (let number = 1; number <= plan.agents; number += 1) await makeAgent(root, plan, number)
  for (const [index, each] of investigators.entries())
    await makeInvestigator(root, { plan, each, index })
  return { people: investigators.map(({ name, fingerprint }) => ({ name, fingerprint })) }
}

/** From a home. */
const POLICY = '../policy.json'

const listenAt = ({ listen, port }: MeshPlan, offset: number): string =>
  `/${isIPv6(listen) ? 'ip6' : 'ip4'}/${listen}/tcp/${port + offset}`

async function drawInvestigator(name: Person, { gpgKeys }: MeshPlan): Promise<Investigator> {
  const node = await drawNode()
  const keyid = gpgKeys.get(name)
  if (keyid === undefined) {
    const { fingerprint, publicKeyArmored, privateKeyArmored } = await generateKey(
      { name },
      systemClock.now(),
    )
    return { name, node, fingerprint, publicKey: publicKeyArmored, privateKey: privateKeyArmored }
  }
  const { fingerprint } = await gpgSigner({ keyid, ...gnupgHome() })
  const publicKey = await gpgExportPublic(fingerprint, gnupgHome().gnupgHome)
  return { name, node, fingerprint, publicKey }
}

/** The GnuPG home of whoever runs this, when it is not the default one. */
function gnupgHome(): { gnupgHome?: string } {
  const home = process.env['GNUPGHOME']
  return home === undefined ? {} : { gnupgHome: resolve(home) }
}

function policyOf(
  plan: MeshPlan,
  { investigators, bootstrap }: { investigators: readonly Investigator[]; bootstrap: FreshNode },
): PolicyFile {
  return {
    policyversion: 1,
    mesh: {
      id: Buffer.from(systemRandom.bytes(MESH_ID_SIZE)).toString('hex') as MeshId,
      name: plan.name,
      secret: toBase64url(systemRandom.bytes(SECRET_SIZE)),
    },
    people: Object.fromEntries(investigators.map((each) => [each.name, personOf(each)])),
    keyring: investigators.map(({ publicKey }) => publicKey),
    acl: aclOf(plan),
    bootstrap: [`${listenAt(plan, 0)}/p2p/${bootstrap.peer}`],
  }
}

const personOf = ({ fingerprint, node }: Investigator): PersonEntry => ({
  fingerprints: [fingerprint],
  nodes: [{ peer: node.peer, sealing: node.key.sealing.publicKey }],
})

/** Everybody weighs 1. What cannot be undone takes two people, where there are two. */
function aclOf({ people, twoPerson }: MeshPlan): Acl {
  const investigators = Object.fromEntries(
    people.map((name) => [name, 1]),
  ) as Acl[string]['investigators']
  const entry = (minimumweight: number): Acl[string] => ({ minimumweight, investigators })
  return {
    default: entry(1),
    ...Object.fromEntries(twoPerson.map((module) => [module, entry(2)])),
    '@cancel': entry(1),
    '@revoke': entry(people.length > 1 ? 2 : 1),
    '@member': entry(1),
  }
}

async function makeAgent(root: string, plan: MeshPlan, number: number): Promise<void> {
  const name = `agent-${number}`
  const config = { policy: POLICY, name, listen: [listenAt(plan, number)], tags: plan.tags }
  await makeHome(join(root, name), config, await drawNode())
}

async function makeInvestigator(
  root: string,
  { plan, each, index }: { plan: MeshPlan; each: Investigator; index: number },
): Promise<void> {
  const path = join(root, index === 0 ? 'investigator' : `investigator-${index + 1}`)
  const { gnupgHome: gnupghome } = gnupgHome()
  const inGpg = { gpgkey: each.fingerprint, ...(gnupghome === undefined ? {} : { gnupghome }) }
  const config = {
    policy: POLICY,
    person: each.name,
    listen: [listenAt({ ...plan, port: 0 }, 0)],
    ...(each.privateKey === undefined ? inGpg : { keyfile: KEY_FILE }),
  }
  await makeHome(path, config, each.node)
  if (each.privateKey !== undefined) {
    await writeFile(join(path, KEY_FILE), each.privateKey, { mode: 0o600, flag: 'wx' })
  }
}
