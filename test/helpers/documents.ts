/** Signed documents for tests, the crooked ones included: a small mesh's people, and everything they may put their names to. */
import type { AclEntry } from '../../node/core/acl.ts'
import { toBase64, toUtf8 } from '../../node/core/bytes.ts'
import {
  buildEnvelope,
  type DocumentKind,
  type Envelope,
  pae,
  PAYLOAD_TYPES,
} from '../../node/core/envelope.ts'
import type { Fingerprint, MeshId, Person } from '../../node/core/ids.ts'
import type { PolicyFile } from '../../node/core/policy.ts'
import { DAY_MS, HOUR_MS, toInstant } from '../../node/core/time.ts'
import { normalSignature } from '../../node/pgp/verify.ts'
import { makeTestKey, signDetached, type TestKey, type TestKeyInit } from './test-keys.ts'

export const NOW_MS = Date.parse('2026-03-01T12:00:00.000Z')
export const MESH = '0123456789abcdef0123456789abcdef' as MeshId
export const OTHER_MESH = 'f'.repeat(32)
export const AGENT = '12D3KooWDpJ7As7BWAwRMfu1VU2WCqNjvq387JEYKDBj4kx6nXTN'
/** A node's sealing key in base64url; nothing is sealed to it. */
export const SEALING = 'A'.repeat(43)

/** Keys made well before NOW_MS. */
export const keyFor = (name: string, init: Partial<TestKeyInit> = {}): Promise<TestKey> =>
  makeTestKey({ name, createdMs: NOW_MS - 100 * DAY_MS, ...init })

/** An action as it is written in a payload; `change` replaces fields, `undefined` leaves one out. */
export const actionFields = (change: Record<string, unknown> = {}): Record<string, unknown> => ({
  syntaxversion: 3,
  mesh: MESH,
  name: 'who listens on 4444',
  target: "environment->>'os' = 'linux'",
  validfrom: toInstant(NOW_MS - HOUR_MS),
  expireafter: toInstant(NOW_MS + HOUR_MS),
  operations: [{ module: 'netstat', parameters: { listeningport: ['4444'] } }],
  replyto: [{ peer: AGENT, sealing: SEALING, addresses: ['/ip4/127.0.0.1/tcp/4001'] }],
  answerwithin: 0,
  nonce: 'AAAAAAAAAAAAAAAAAAAAAA',
  seq: 1,
  ...change,
})

export const cancelFields = (change: Record<string, unknown> = {}): Record<string, unknown> => ({
  mesh: MESH,
  action: 'a'.repeat(64),
  expireafter: toInstant(NOW_MS + HOUR_MS),
  reason: 'wrong host',
  ...change,
})

export const revokeKeyFields = (fingerprint: string): Record<string, unknown> => ({
  mesh: MESH,
  subject: { kind: 'key', fingerprint },
  reason: 'laptop stolen',
})

export const memberFields = (change: Record<string, unknown> = {}): Record<string, unknown> => ({
  mesh: MESH,
  peer: AGENT,
  name: 'db1.example.org',
  expireafter: toInstant(NOW_MS + DAY_MS),
  ...change,
})

export const payloadOf = (fields: unknown): Uint8Array =>
  fields instanceof Uint8Array ? fields : toUtf8(JSON.stringify(fields))

export interface SignOptions {
  readonly createdMs?: number
  /** The kind that is signed, where it is not the kind that is presented. */
  readonly as?: DocumentKind
}

/** An envelope signed by these keys, every signature in its normal form. */
export async function sign(
  kind: DocumentKind,
  fields: unknown,
  keys: readonly TestKey[],
  { createdMs = NOW_MS, as = kind }: SignOptions = {},
): Promise<Envelope> {
  const payload = payloadOf(fields)
  const signatures = await Promise.all(
    keys.map(async (key) => ({
      keyid: key.fingerprint,
      sig: normalized(await signDetached(key, pae(as, payload), { createdMs })),
    })),
  )
  return buildEnvelope(kind, payload, signatures)
}

export function normalized(signature: Uint8Array): Uint8Array {
  const normal = normalSignature(signature)
  if (normal === undefined) throw new Error('no signature to be normal')
  return normal
}

/** What an envelope says, for tests that change it and write it again without asking whether it makes sense. */
export interface RawEnvelope {
  payloadType: string
  payload: string
  signatures: { keyid: string; sig: string; [other: string]: unknown }[]
  [other: string]: unknown
}

export const rawOf = ({ kind, payload, signatures }: Envelope): RawEnvelope => ({
  payloadType: PAYLOAD_TYPES[kind],
  payload: toBase64(payload),
  signatures: signatures.map(({ keyid, sig }) => ({ keyid, sig: toBase64(sig) })),
})

export const textOf = ({ bytes }: Envelope): string => Buffer.from(bytes).toString()

/** The envelope with its JSON changed. */
export function changed(envelope: Envelope, change: (raw: RawEnvelope) => unknown): Uint8Array {
  const raw = rawOf(envelope)
  return toUtf8(JSON.stringify(change(raw) ?? raw))
}

export interface PolicyInit {
  readonly people: Readonly<Record<string, readonly TestKey[]>>
  readonly acl: Readonly<Record<string, readonly [number, Readonly<Record<string, number>>]>>
}

/** A policy file; ACL entries are `[minimumweight, { person: weight }]`. */
export const policyFile = ({ people, acl }: PolicyInit): PolicyFile => ({
  policyversion: 1,
  mesh: { id: MESH, name: 'test', secret: 'B'.repeat(43) },
  people: Object.fromEntries(
    Object.entries(people).map(([name, keys]) => [
      name,
      { fingerprints: keys.map(({ fingerprint }) => fingerprint as Fingerprint) },
    ]),
  ) as PolicyFile['people'],
  keyring: Object.values(people).flatMap((keys) => keys.map(({ armored }) => armored)),
  acl: Object.fromEntries(
    Object.entries(acl).map(([module, [minimumweight, investigators]]) => [
      module,
      { minimumweight, investigators: investigators as Record<Person, number> } satisfies AclEntry,
    ]),
  ),
})
