/** What the roles need from the outside, as interfaces: the edges implement them, tests use plain objects. */
import type { Operation } from './action.ts'
import type { Topic } from './facet.ts'
import type { DocumentId, EnvelopeId, Fingerprint, PeerId } from './ids.ts'
import type { OperationResult } from './result.ts'
import type { AgentRecord } from './target/record.ts'
import type { Verdict } from './verdict.ts'
import type { PeerRecord, Protocol, SyncedKind } from './wire.ts'

/** Time and randomness. Everything below the edges asks here, so that a test can turn the clock. */
export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number
  /** Resolves after `ms`, or rejects with the signal's reason. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>
  /** Runs `task` after `ms`; the returned function calls it off. The timer keeps no process alive. */
  after(ms: number, task: () => void): () => void
}

export interface Random {
  /** `size` bytes fit for keys. */
  bytes(size: number): Uint8Array
  /** A number in [0, 1), for jitter and sampling only. */
  fraction(): number
}

/** One structured line on stderr; `event` is a constant name. Never keys, parameters or findings. */
export interface Logger {
  log(
    event: string,
    data?: Readonly<Record<string, string | number | boolean | readonly string[]>>,
  ): void
}

/** Bounds on one run of one operation; the runner enforces them from outside the child. */
export interface RunOptions {
  readonly signal: AbortSignal
  /** From its beginning; waiting for its turn does not count. */
  readonly timeoutMs: number
  /** Ms since the epoch: it neither begins nor goes on from then on, however long it waited. */
  readonly untilMs: number
  /** It begins now; never called for one that does not. */
  readonly onBegin?: () => void
}

/** Runs operations in bounded child processes. */
export interface Runner {
  /** Never rejects for what the module does: a crash, a kill or a timeout is a result. */
  run(operation: Operation, options: RunOptions): Promise<OperationResult>
}

/** One signature judged. `blame`: every honest peer of any policy and clock refuses it. */
type SignatureVerdict =
  | { readonly ok: true; readonly signedAtMs: number }
  | { readonly ok: false; readonly code: string; readonly blame: boolean }

interface SignatureInput {
  readonly signed: Uint8Array
  readonly keyid: string
  readonly sig: Uint8Array
  /** When it may have been made, and the moment at which the keys must be valid. */
  readonly window: {
    readonly nowMs: number
    readonly notBeforeMs: number
    readonly notAfterMs: number
    /** A key that has expired since counts if it was good when the signature says it was made. */
    readonly orWhenSigned?: boolean
  }
}

/** OpenPGP signatures of the policy's people. */
export interface SignatureVerifier {
  verify(input: SignatureInput): Promise<SignatureVerdict>
}

/** This node's own Ed25519 key, and everybody else's public one, which is their peer id. */
export interface PeerSignatures {
  sign(bytes: Uint8Array): Uint8Array
  verify(peer: PeerId, bytes: Uint8Array, signature: Uint8Array): boolean
}

/** A document that climbed the ladder, as it is kept. */
export interface StoredDocument {
  readonly id: EnvelopeId
  readonly documentId: DocumentId
  readonly kind: SyncedKind
  readonly bytes: Uint8Array
  readonly signers: readonly Fingerprint[]
  /** When it may be forgotten, ms since the epoch; `null`: never. */
  readonly expiresAtMs: number | null
}

/** Accepted documents on disk; an index in memory answers everything but `put` and `get` at once. */
export interface DocumentStore {
  /** Resolves when it is on disk. A stronger envelope of a known document takes its place. */
  put(document: StoredDocument): Promise<void>
  get(id: EnvelopeId): Promise<StoredDocument | undefined>
  /** The accepted envelope of a document, without its bytes. */
  accepted(id: DocumentId): Omit<StoredDocument, 'bytes'> | undefined
  has(id: EnvelopeId): boolean
  /** Sorted envelope ids of one kind. */
  ids(kind: SyncedKind): readonly EnvelopeId[]
  /** Documents and bytes of one signer, for bounds. */
  load(signer: Fingerprint): { readonly documents: number; readonly bytes: number }
  dropExpired(nowMs: number): Promise<number>
}

/** A stream of frames to one peer. Reads end with `undefined` when the other side has closed. */
export interface PeerStream {
  readonly peer: PeerId
  /** @throws MeshError STREAM_CLOSED, FRAME_INVALID (longer than the protocol allows, or too slow) */
  read(): Promise<Uint8Array | undefined>
  write(frame: Uint8Array): Promise<void>
  close(): Promise<void>
  abort(reason: string): void
}

/** Answers one stream. Rejects only for a failure of this node, which is logged, and the stream ended. */
export type StreamHandler = (stream: PeerStream) => Promise<void>
/** Judges bytes from gossip; the edge turns the verdict into accept, ignore or reject. */
export type TopicHandler = (from: PeerId, bytes: Uint8Array) => Promise<Verdict<unknown>>

export interface Neighbour {
  readonly peer: PeerId
  /** Others can dial it; false for nodes that only dial out. */
  readonly listening: boolean
}

/** The mesh as a node sees it. */
export interface Network {
  readonly self: PeerId
  /** Where others can reach this node. */
  addresses(): readonly string[]
  /** Runs whenever they have changed. Returns how to stop. */
  onAddresses(listener: () => void): () => void
  neighbours(): readonly Neighbour[]
  /** Runs on every new neighbour and once for each there already. Returns how to stop. */
  onNeighbour(listener: (neighbour: Neighbour) => void): () => void
  onGone(listener: (peer: PeerId) => void): () => void
  join(topic: Topic, handler: TopicHandler): void
  subscribers(topic: Topic): readonly PeerId[]
  /** Those of them to whom gossip hands on what it brings, as soon as it is judged. */
  pushesTo(topic: Topic): readonly PeerId[]
  publish(topic: Topic, bytes: Uint8Array): Promise<void>
  handle(protocol: Protocol, handler: StreamHandler): void
  /** A new stream to a neighbour, or to a peer at these addresses. @throws MeshError PEER_UNREACHABLE */
  open(
    peer: PeerId,
    protocol: Protocol,
    options: { signal: AbortSignal; addresses?: readonly string[] },
  ): Promise<PeerStream>
  /** Signed addresses of listening peers that this node knows. */
  peerRecords(limit: number): Promise<readonly PeerRecord[]>
  /** Takes in signed addresses; bad ones are left out. */
  learnPeers(records: readonly PeerRecord[]): Promise<void>
  /** Disconnects, and refuses the peer for `ms`. */
  cutOff(peer: PeerId, ms: number): void
}

/** Facts about this host, read when asked. */
export interface Facts {
  read(): Promise<AgentRecord>
}

/** An ordered set of byte records on disk: the one shape the small stores share. */
export interface Records {
  get(key: string): Promise<Uint8Array | undefined>
  /** Resolves when on disk. `replaced` is another key that goes in the same step. */
  put(key: string, value: Uint8Array, replaced?: string): Promise<void>
  delete(key: string): Promise<void>
  /** In key order, keys beginning with `prefix`. */
  entries(prefix?: string): AsyncIterable<readonly [string, Uint8Array]>
  /** In order, those beginning with `prefix`; reads no value. */
  keys(prefix?: string): AsyncIterable<string>
}

/** Ids of actions that ever began to run here: its own append-only file, never pruned. */
export interface Journal {
  /** When the journal began, if an earlier one was lost; else 0. */
  readonly lostBeforeMs: number
  has(id: DocumentId): boolean
  /** Resolves when on disk. */
  start(id: DocumentId): Promise<void>
}

/** Tamper-evident list of what happened on this host, for its owner. */
export interface Ledger {
  append(entry: Readonly<Record<string, unknown>>): Promise<void>
}

/** Seals to investigators' nodes and opens what was sealed to this one. */
export interface Sealer {
  /** Keys that nothing can be sealed to are left out and named; nothing is sealed when no other is left. */
  seal(
    plaintext: Uint8Array,
    input: { recipients: readonly string[]; context: Uint8Array },
  ): Promise<{ readonly sealed: Uint8Array | undefined; readonly unusable: readonly string[] }>
  open(sealed: Uint8Array, context: Uint8Array): Promise<Uint8Array>
}
