/**
 * One action and everything signed about it in a file that stands by itself: the question, every answer, the keys and rules
 * to judge them by. Pure: form, ids and times are judged here; signatures in node/assembly/judge-evidence.ts.
 */
import { z } from 'zod'
import { type Action, CLOCK_SKEW_MS, parseAction } from './action.ts'
import { sha256Hex, toUtf8 } from './bytes.ts'
import { type Envelope, parseEnvelope } from './envelope.ts'
import { MeshError, reasonOf } from './errors.ts'
import type { Fingerprint, PeerId, Person } from './ids.ts'
import type { HuntEvidence } from './investigator-api.ts'
import { parseWith } from './parse.ts'
import { type Policy, policySchema } from './policy.ts'
import { type Answer, parseAnswer, RESULT_ENVELOPE_LIMIT } from './result.ts'
import { instant, toInstant } from './time.ts'

/** What of a policy a verifier needs; never the mesh's secret. */
const rulesSchema = policySchema
  .pick({ people: true, keyring: true, acl: true })
  .extend({ mesh: policySchema.shape.mesh.omit({ secret: true }) })

const evidenceSchema = z.strictObject({
  evidenceversion: z.literal(1),
  exportedat: instant,
  policy: rulesSchema,
  /** The signed action as it travelled. */
  action: z.string(),
  /** Answers as the agents signed them. */
  results: z.array(z.string()),
  /** Second, differing answers of an agent: kept, never hidden. */
  conflicts: z.array(z.string()),
})
export type Evidence = z.infer<typeof evidenceSchema>

/** The people, keys and weights that evidence is judged by. */
export type Rules = Pick<Policy, 'people' | 'keyring' | 'acl' | 'personOf'> & {
  readonly mesh: Pick<Policy['mesh'], 'id' | 'name'>
}

/** The file's content. */
export function buildEvidence(material: HuntEvidence, policy: Policy, nowMs: number): string {
  const { mesh, people, keyring, acl } = policy
  const evidence: z.input<typeof evidenceSchema> = {
    evidenceversion: 1,
    exportedat: toInstant(nowMs),
    policy: { mesh: { id: mesh.id, name: mesh.name }, people, keyring, acl },
    action: material.hunt.envelope,
    results: [...material.results],
    conflicts: [...material.conflicts],
  }
  return `${JSON.stringify(evidence, null, 2)}\n`
}

/** @throws MeshError EVIDENCE_INVALID */
export function parseEvidence(raw: unknown): Evidence {
  const parsed = parseWith(evidenceSchema, raw)
  if (parsed.ok) return parsed.value
  throw invalid(`${parsed.path === '' ? 'the file' : parsed.path}: ${parsed.reason}`)
}

/** The rules that came with the evidence. @throws MeshError EVIDENCE_INVALID when a key belongs to two people */
export function rulesOf({ policy }: Evidence): Rules {
  const personOf = new Map<Fingerprint, Person>()
  for (const [name, { fingerprints }] of Object.entries(policy.people)) {
    for (const print of fingerprints) {
      if (personOf.has(print)) throw invalid(`policy.people: ${print} belongs to two people`)
      personOf.set(print, name as Person)
    }
  }
  return { ...policy, personOf }
}

/** What differs between the rules that came with the evidence and those that the verifier trusts; empty when nothing does. */
export function differences(carried: Rules, trusted: Rules): readonly string[] {
  const parts = ['people', 'keyring', 'acl'] as const
  const hash = (value: unknown): string => sha256Hex(toUtf8(JSON.stringify(value)))
  return parts.filter((part) => hash(carried[part]) !== hash(trusted[part]))
}

export interface EvidenceAction {
  readonly envelope: Envelope
  readonly action: Action
}

/** @throws MeshError EVIDENCE_INVALID */
export function readEvidenceAction({ action: text }: Evidence, rules: Rules): EvidenceAction {
  const { envelope, value } = readSigned(text, { kind: 'action', parse: parseAction })
  if (value.mesh !== rules.mesh.id)
    throw invalid(`the action was made for the mesh ${value.mesh}, not ${rules.mesh.id}`)
  return { envelope, action: value }
}

export interface EvidenceAnswer {
  readonly envelope: Envelope
  readonly answer: Answer
  readonly agent: PeerId
}

/** An answer to exactly this action, by the one agent that signed it. @throws MeshError EVIDENCE_INVALID */
export function readEvidenceAnswer(
  text: string,
  { envelope: asked, action }: EvidenceAction,
): EvidenceAnswer {
  const { envelope, value: answer } = readSigned(text, { kind: 'result', parse: parseAnswer })
  const { agent } = answer
  if (answer.mesh !== action.mesh) throw invalid('it comes from another mesh')
  if (answer.action !== asked.documentId) throw invalid('it answers another action')
  const [signature, another] = envelope.signatures
  if (signature?.keyid !== agent || another !== undefined)
    throw invalid('it is not signed by the agent alone')
  if (answer.at < action.validfrom - CLOCK_SKEW_MS) throw invalid('it is older than the action')
  const ranAtMs = answer.startedat
  if (ranAtMs !== undefined && ranAtMs > action.expireafter + CLOCK_SKEW_MS) {
    throw invalid('it ran after the action had expired')
  }
  return { envelope, answer, agent }
}

/** How long after the action's end it was made, ms; 0: in time. A host that was off says so late, which is no forgery. */
export const lateByMs = ({ answer }: EvidenceAnswer, { action }: EvidenceAction): number =>
  Math.max(0, answer.at - action.expireafter - CLOCK_SKEW_MS)

interface Reader<T> {
  readonly kind: Envelope['kind']
  readonly parse: (payload: Uint8Array) => T
}

function readSigned<T>(text: string, { kind, parse }: Reader<T>): { envelope: Envelope; value: T } {
  try {
    const limit = kind === 'result' ? RESULT_ENVELOPE_LIMIT : undefined
    const envelope = parseEnvelope(toUtf8(text), limit)
    if (envelope.kind !== kind) throw invalid(`it is a ${envelope.kind}, not a ${kind}`)
    return { envelope, value: parse(envelope.payload) }
  } catch (cause) {
    if (cause instanceof MeshError && cause.code === 'EVIDENCE_INVALID') throw cause
    throw invalid(reasonOf(cause), cause)
  }
}

const invalid = (reason: string, cause?: unknown): MeshError =>
  new MeshError({ code: 'EVIDENCE_INVALID', reason }, { cause })
