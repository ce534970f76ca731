/** What every node of the mesh has: keys, a store, the network, the ladder, sync and presence. Agents, investigators and bootstrap peers are built on it. */
import { fromBase64url } from '../core/bytes.ts'
import { MeshError } from '../core/errors.ts'
import type { Topic } from '../core/facet.ts'
import { publicKeyFromPeerId } from '../core/peer-id.ts'
import type {
  DocumentStore,
  Logger,
  PeerSignatures,
  Sealer,
  SignatureVerifier,
} from '../core/ports.ts'
import type { Presence } from '../core/presence.ts'
import { repeat } from '../core/repeat.ts'
import { MINUTE_MS } from '../core/time.ts'
import { createTrust, type Trust } from '../core/trust.ts'
import type { VerifiedDocument } from '../core/verified.ts'
import type { Home } from '../host/home.ts'
import { systemClock, systemRandom } from '../host/system.ts'
import { createIntake, type Intake } from '../mesh/intake.ts'
import { startPeerExchange } from '../mesh/peer-exchange.ts'
import { createPresence, type PresenceService } from '../mesh/presence.ts'
import { openPresenceBook, type PresenceBook } from '../mesh/presence-book.ts'
import { createScore, type PeerScore } from '../mesh/score.ts'
import { createSync, type Sync, topicsOf } from '../mesh/sync.ts'
import { createVerdictCache } from '../mesh/verdict-cache.ts'
import { createVerificationBudget } from '../mesh/verification-budget.ts'
import { openNetwork, type OpenNetwork } from '../net/network.ts'
import { openKeyring } from '../pgp/keyring.ts'
import { signWithPeerKey, verifyPeerSignature } from '../pgp/peer-signature.ts'
import { open, seal } from '../pgp/seal.ts'
import { normalSignature, verifySignature } from '../pgp/verify.ts'
import { type Database, openDatabase } from '../store/database.ts'
import { openDocuments } from '../store/documents.ts'

const HOUSEKEEPING_PERIOD_MS = 10 * MINUTE_MS

export interface PeerInit {
  readonly home: Home
  readonly logger: Logger
  readonly topics: readonly Topic[]
  readonly maxConnections: number
  readonly relay: boolean
  /** Looks for more neighbours than the bootstrap peers. */
  readonly topUp: boolean
  describe(network: OpenNetwork): Promise<Presence | undefined>
}

export interface Peer {
  readonly network: OpenNetwork
  readonly database: Database
  readonly trust: Trust
  readonly documents: DocumentStore
  readonly intake: Intake
  readonly sync: Sync
  readonly score: PeerScore
  readonly presence: PresenceService
  readonly book: PresenceBook
  readonly signatures: PeerSignatures
  readonly sealer: Sealer
  /** Documents that the store held, judged again. */
  readonly restored: readonly VerifiedDocument[]
  isAccepted(document: string): boolean
  /** Begins to dial, once the roles listen. */
  start(): void
  close(): Promise<void>
}

export async function openPeer(init: PeerInit): Promise<Peer> {
  const { home, logger } = init
  const clock = systemClock
  const random = systemRandom
  const meshSecret = secretOf(home)
  // Whatever can be wrong with keys and policy is found before anything is opened.
  const verifier = await openVerifier(home)
  const database = await openDatabase({ path: home.file('store'), logger, clock })
  const network = await openNetwork({
    seed: home.key.seed,
    meshSecret,
    listen: home.config.listen,
    announce: home.config.announce,
    bootstrap: home.config.bootstrap ?? home.policy.bootstrap,
    mdns: home.config.mdns,
    maxConnections: init.maxConnections,
    relay: init.relay,
    topUp: init.topUp,
    peers: database.cheapRecords('peers'),
    clock,
    random,
    logger,
  })
  const trust = createTrust(home.policy)
  const score = createScore({ clock, network, logger })
  const budget = createVerificationBudget(clock)
  const documents = await openDocuments(database.records('documents'), logger)
  const intake = createIntake({
    trust,
    clock,
    signatures: verifier,
    documents,
    cache: createVerdictCache(),
    budget,
    score,
    logger,
  })
  const signatures = peerSignatures(home)
  const book = await openPresenceBook({
    trust,
    clock,
    signatures,
    records: database.cheapRecords('presence'),
  })
  const restored = await intake.reread()
  const begun = Promise.withResolvers<undefined>()
  const door = openedBy(begun.promise, intake)
  const sync = createSync({
    ...{ network, clock, random, logger, documents, score, meshSecret },
    intake: door,
  })
  const presence = createPresence({
    network,
    clock,
    logger,
    book,
    signatures,
    score,
    describe: () => init.describe(network),
  })
  const stopExchange = startPeerExchange({ network, clock, logger, score })
  network.onGone((peer) => {
    budget.forget(peer)
  })
  joinTopics(init.topics, { network, intake: door, meshSecret })
  const stopHousekeeping = keepHouse({ documents, book, logger })
  return {
    network,
    database,
    trust,
    documents,
    intake,
    sync,
    score,
    presence,
    book,
    signatures,
    sealer: sealerOf(home),
    restored,
    isAccepted: (document) =>
      documents.accepted(document as Parameters<typeof documents.accepted>[0]) !== undefined,
    start() {
      begun.resolve(undefined)
      network.start()
      void presence.renew()
    },
    async close() {
      stopHousekeeping()
      stopExchange()
      presence.close()
      await sync.close()
      await network.close()
      await database.close()
    },
  }
}

interface Household {
  readonly documents: DocumentStore
  readonly book: PresenceBook
  readonly logger: Logger
}

function keepHouse({ documents, book, logger }: Household): () => void {
  const clock = systemClock
  const init = { chore: 'housekeeping', everyMs: HOUSEKEEPING_PERIOD_MS, clock, logger }
  return repeat(init, async () => {
    await documents.dropExpired(clock.now())
    await book.dropExpired()
  })
}

/** Neighbours may dial before the roles listen: what they bring then waits, or an agent would not hear of it before its restart. */
const openedBy = (begun: Promise<unknown>, intake: Intake): Intake => ({
  ...intake,
  take: async (bytes, door) => {
    await begun
    return intake.take(bytes, door)
  },
  hear: async (bytes, door) => {
    await begun
    return intake.hear(bytes, door)
  },
})

interface Gossip {
  readonly network: OpenNetwork
  readonly intake: Intake
  readonly meshSecret: Uint8Array
}

/** Gossip's door to the ladder, and the way out for what this node itself publishes. */
function joinTopics(topics: readonly Topic[], { network, intake, meshSecret }: Gossip): void {
  for (const topic of topics)
    network.join(topic, (from, bytes) => intake.hear(bytes, { from, by: 'gossip' }))
  intake.onStored((document, door) => {
    if (door !== 'own') return
    for (const topic of topicsOf(document, meshSecret))
      void network.publish(topic, document.envelope.bytes)
  })
}

export function secretOf(home: Home): Uint8Array {
  const secret = fromBase64url(home.policy.mesh.secret)
  if (secret?.length === 32) return secret
  throw new MeshError({
    code: 'POLICY_INVALID',
    path: 'mesh.secret',
    reason: 'must be 32 bytes in base64url',
  })
}

/** @throws MeshError KEY_INVALID, POLICY_INVALID when keyring and people do not fit */
async function openVerifier({ policy }: Home): Promise<SignatureVerifier> {
  const keyring = await openKeyring(policy.keyring)
  for (const fingerprint of policy.personOf.keys()) {
    if (keyring.fingerprints.includes(fingerprint)) continue
    throw new MeshError({
      code: 'POLICY_INVALID',
      path: 'keyring',
      reason: `the key ${fingerprint} is missing`,
    })
  }
  return {
    verify: (input) => {
      // OpenPGP's unhashed area is covered by no signature: left free, it makes endless envelopes of one document.
      const normal = normalSignature(input.sig)
      const isNormal = normal !== undefined && Buffer.compare(normal, input.sig) === 0
      if (!isNormal) return Promise.resolve({ ok: false, code: 'not-normal', blame: true })
      return verifySignature(keyring, input)
    },
  }
}

const peerSignatures = ({ key }: Home): PeerSignatures => ({
  sign: (bytes) => signWithPeerKey(key.seed, bytes),
  verify: (peer, bytes, signature) => {
    const key = publicKeyFromPeerId(peer)
    return key !== undefined && verifyPeerSignature(key, bytes, signature)
  },
})

const sealerOf = ({ key }: Home): Sealer => ({
  seal: (plaintext, input) => seal(plaintext, input),
  open: (sealed, context) => open(sealed, { ...key.sealing, context }),
})
