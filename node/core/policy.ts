/**
 * The rules of one mesh: who its people are, what they may run together, what a host grants at most. Compiled into the
 * agent or read from a file at start; a role never changes it. Not for keys' own validity (node/pgp).
 */
import { z } from 'zod'
import { parseWritten } from '../../agent-modules/support/refusal.ts'
import { acl } from './acl.ts'
import { isPlainJson, sha256Hex, toUtf8 } from './bytes.ts'
import { MeshError } from './errors.ts'
import { type Fingerprint, fingerprint, meshId, peerId, type Person, person } from './ids.ts'

/** What a host grants one operation at most, whatever the signed action asks. */
const ceilings = z.strictObject({
  /** Seconds one operation may run. */
  operationseconds: z.number().int().min(1).max(3600).default(300),
  /** MiB of memory one operation may use. */
  memorymib: z.number().int().min(64).max(4096).default(256),
  /** MiB one operation may answer. */
  resultmib: z.number().int().min(1).max(64).default(16),
  /** Modules may answer with lines of logs, where a signed action asks for them. */
  rawlines: z.boolean().default(false),
  /** Modules this mesh may run; absent: all that the agent has. */
  modules: z.array(z.string()).optional(),
})

/** An investigator's node: every signer's nodes get the answers. */
const ownNode = z.strictObject({
  peer: peerId,
  sealing: z.string().regex(/^[A-Za-z0-9_-]{43}$/, 'must be a 32-byte key in base64url'),
})

const personEntry = z.strictObject({
  fingerprints: z.array(fingerprint).min(1).max(16),
  nodes: z.array(ownNode).max(8).default([]),
})

export const policySchema = z.strictObject({
  policyversion: z.literal(1),
  mesh: z.strictObject({
    id: meshId,
    name: z.string().min(1).max(64),
    /** 32 random bytes, base64url. Grants reading, never authority. */
    secret: z.string().regex(/^[A-Za-z0-9_-]{43}$/, 'must be 32 bytes in base64url'),
  }),
  people: z.record(person, personEntry),
  /** Armored OpenPGP public keys of these people. */
  keyring: z.array(z.string().max(65_536)).max(1024),
  acl,
  bootstrap: z.array(z.string().min(1).max(256)).max(64).default([]),
  ceilings: ceilings.prefault({}),
  /** Answers leave with names and addresses masked. */
  extraprivacymode: z.boolean().default(false),
})

export type PolicyFile = z.input<typeof policySchema>

export interface Policy extends z.infer<typeof policySchema> {
  /** SHA-256 of the canonical policy: verdicts are cached under it. */
  readonly hash: string
  readonly personOf: ReadonlyMap<Fingerprint, Person>
}

/** Reads a policy. Everything ambiguous is refused here, at load. @throws MeshError POLICY_INVALID */
export function parsePolicy(raw: unknown): Policy {
  if (!isPlainJson(raw)) throw invalid('', 'must be plain JSON, without the key __proto__')
  const parsed = parseWritten(policySchema, raw)
  if (!parsed.ok) throw invalid(parsed.path, parsed.reason)
  const policy = parsed.value
  requireKnownPeople(policy)
  requireDistinctNames(policy)
  return {
    ...policy,
    hash: sha256Hex(toUtf8(JSON.stringify(policy))),
    personOf: mapFingerprints(policy),
  }
}

function mapFingerprints(policy: z.infer<typeof policySchema>): ReadonlyMap<Fingerprint, Person> {
  const owners = new Map<Fingerprint, Person>()
  for (const [name, entry] of Object.entries(policy.people)) {
    for (const print of entry.fingerprints) {
      const other = owners.get(print)
      if (other !== undefined) {
        throw invalid(`people.${name}.fingerprints`, `${print} is claimed by ${other} already`)
      }
      owners.set(print, name as Person)
    }
  }
  return owners
}

function requireKnownPeople(policy: z.infer<typeof policySchema>): void {
  for (const [module, entry] of Object.entries(policy.acl)) {
    for (const name of Object.keys(entry.investigators)) {
      if (Object.hasOwn(policy.people, name)) continue
      throw invalid(`acl.${module}.investigators.${name}`, 'is not one of the people')
    }
  }
}

/** Weight counts people: one person under two spellings of a name would count as two. */
function requireDistinctNames(policy: z.infer<typeof policySchema>): void {
  const spellings = new Map<string, string>()
  for (const name of Object.keys(policy.people)) {
    const plain = name.normalize('NFKC').toLowerCase()
    const other = spellings.get(plain)
    if (other !== undefined) throw invalid(`people.${name}`, `is ${other} in another spelling`)
    spellings.set(plain, name)
  }
}

const invalid = (path: string, reason: string): MeshError =>
  new MeshError({ code: 'POLICY_INVALID', path, reason })
