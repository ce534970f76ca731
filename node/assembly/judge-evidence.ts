/** Judges evidence offline, years later: every signature by its key, every weight by the rules, every element by its module's schema. */
import type { Module } from '../../agent-modules/contract.ts'
import { findModule } from '../../agent-modules/registry.ts'
import { AHEAD_LIMIT_MS, CLOCK_SKEW_MS, parseAction } from '../core/action.ts'
import { weigh } from '../core/acl.ts'
import type { Envelope } from '../core/envelope.ts'
import { MeshError, reasonOf } from '../core/errors.ts'
import {
  type Evidence,
  type EvidenceAction,
  type EvidenceAnswer,
  readEvidenceAction,
  readEvidenceAnswer,
  type Rules,
} from '../core/evidence.ts'
import type { Person } from '../core/ids.ts'
import { publicKeyFromPeerId } from '../core/peer-id.ts'
import { modulesOf } from '../core/trust.ts'
import { openKeyring } from '../pgp/keyring.ts'
import { verifyPeerSignature } from '../pgp/peer-signature.ts'
import { readSignaturePacket } from '../pgp/signature-packet.ts'
import { type SigningWindow, verifySignature } from '../pgp/verify.ts'

export interface SignatureJudgement {
  readonly keyid: string
  readonly person?: Person
  readonly signedAtMs?: number
  /** Why it does not hold; absent when it does. */
  readonly reason?: string
}

/** One thing that was checked. `reason`: why it does not hold; absent when it does. */
export interface Check {
  readonly item: string
  readonly reason?: string
}

export interface Judgement {
  /** Absent when the action itself cannot be read. */
  readonly action?: EvidenceAction
  readonly signers: readonly SignatureJudgement[]
  readonly answers: readonly EvidenceAnswer[]
  readonly checks: readonly Check[]
}

/**
 * Every signature on an investigators' document. A key is judged at the moment when the signature says it was made, which
 * has to be in the time that the document could be signed in: so evidence holds when keys have expired since.
 * @throws MeshError KEY_INVALID on a broken keyring
 */
export async function judgeSignatures(
  envelope: Envelope,
  rules: Pick<Rules, 'keyring' | 'personOf'>,
): Promise<readonly SignatureJudgement[]> {
  const keyring = await openKeyring(rules.keyring)
  const owners = new Map<string, Person>(rules.personOf)
  return Promise.all(
    envelope.signatures.map(async ({ keyid, sig }) => {
      const person = owners.get(keyid)
      const who = { keyid, ...(person === undefined ? {} : { person }) }
      if (person === undefined) return { ...who, reason: 'the policy does not know this key' }
      const window = windowOf(envelope, sig)
      const verdict = await verifySignature(keyring, {
        signed: envelope.signed,
        keyid,
        sig,
        window,
      })
      return verdict.ok
        ? { ...who, signedAtMs: verdict.signedAtMs }
        : { ...who, reason: verdict.code }
    }),
  )
}

function windowOf({ kind, payload }: Envelope, sig: Uint8Array): SigningWindow {
  const form = readSignaturePacket(sig)
  const nowMs = typeof form === 'string' ? 0 : form.createdMs
  if (kind !== 'action') return { nowMs, notBeforeMs: 0, notAfterMs: nowMs }
  const { validfrom, expireafter } = parseAction(payload)
  return { nowMs, notBeforeMs: validfrom - AHEAD_LIMIT_MS, notAfterMs: expireafter + CLOCK_SKEW_MS }
}

/** Judges everything and stops at nothing. @throws MeshError KEY_INVALID on a broken keyring */
export async function judgeEvidence(evidence: Evidence, rules: Rules): Promise<Judgement> {
  const asked = attempt('action', () => readEvidenceAction(evidence, rules))
  if ('reason' in asked) return { signers: [], answers: [], checks: [asked] }
  const action = asked.value
  const [signers, modules] = await Promise.all([
    judgeSignatures(action.envelope, rules),
    findModules(action),
  ])
  const answers = evidence.results.map((text, index) =>
    judgeAnswer(text, { action, modules, item: `result ${index + 1}` }),
  )
  const conflicts = evidence.conflicts.map((text, index) =>
    judgeAnswer(text, { action, modules, item: `conflict ${index + 1}` }),
  )
  return {
    action,
    signers,
    answers: answers.flatMap(({ value }) => value ?? []),
    checks: [
      { item: `action ${action.envelope.documentId}` },
      ...signers.map(signatureCheck),
      ...weightChecks(action, { signers, rules }),
      ...answers.map(({ check }) => check),
      ...conflicts.map(({ check }) => check),
      ...twiceChecks(answers.flatMap(({ value }) => value ?? [])),
      ...sameChecks(evidence),
    ],
  }
}

function signatureCheck({ keyid, person, reason }: SignatureJudgement): Check {
  const item = `signature of ${person ?? 'a stranger'}, ${keyid}`
  return reason === undefined ? { item } : { item, reason }
}

/** Only signatures that hold weigh anything. */
function weightChecks(
  { action }: EvidenceAction,
  { signers, rules }: { signers: readonly SignatureJudgement[]; rules: Rules },
): readonly Check[] {
  const people = new Set(
    signers.flatMap(({ person, reason }) =>
      person === undefined || reason !== undefined ? [] : [person],
    ),
  )
  return modulesOf(action).map((module) => {
    const { weight, minimum, allowed } = weigh(rules.acl, module, people)
    const item = `weight for ${module}`
    if (allowed) return { item }
    return { item, reason: minimum === undefined ? 'nobody may' : `${weight} of ${minimum}` }
  })
}

/** The modules that were asked, as far as this version has them. */
type Modules = ReadonlyMap<string, Module | undefined>

async function findModules({ action }: EvidenceAction): Promise<Modules> {
  const names = [...new Set(action.operations.map(({ module }) => module))]
  return new Map(
    await Promise.all(names.map(async (name) => [name, await findModule(name)] as const)),
  )
}

interface Asked {
  readonly action: EvidenceAction
  readonly modules: Modules
  readonly item: string
}

function judgeAnswer(text: string, asked: Asked): { check: Check; value?: EvidenceAnswer } {
  const { action, item } = asked
  const read = attempt(item, () => {
    const value = readEvidenceAnswer(text, action)
    requireAgentSignature(value)
    requireElements(value, asked)
    return value
  })
  if ('reason' in read) return { check: read }
  const { value } = read
  return { check: { item: `${item}, ${value.answer.name} ${value.agent}` }, value }
}

function requireAgentSignature({ envelope, agent }: EvidenceAnswer): void {
  const key = publicKeyFromPeerId(agent)
  const [signature] = envelope.signatures
  const isGood =
    key !== undefined &&
    signature !== undefined &&
    verifyPeerSignature(key, envelope.signed, signature.sig)
  if (!isGood) throw broken(`${agent} did not sign these bytes`)
}

/** Answers come in the order of the questions, and hold nothing that a module could not say. */
function requireElements({ answer }: EvidenceAnswer, { action: { action }, modules }: Asked): void {
  const { length } = answer.results
  if (answer.status === 'success' && length !== action.operations.length)
    throw broken(`it says success with ${length} of ${action.operations.length} results`)
  answer.results.forEach(({ module: name, elements, statistics }, index) => {
    const asked = action.operations[index]?.module
    if (asked !== name)
      throw broken(`its result ${index + 1} is of ${name}, asked was ${asked ?? 'nothing'}`)
    const module = modules.get(name)
    if (module === undefined) return
    if (elements !== null && !module.elements.safeParse(elements).success) {
      throw broken(`its elements of ${name} are not what that module answers`)
    }
    if (statistics !== null && !module.statistics.safeParse(statistics).success) {
      throw broken(`its statistics of ${name} are not what that module answers`)
    }
  })
}

function twiceChecks(answers: readonly EvidenceAnswer[]): readonly Check[] {
  const byAgent = Map.groupBy(answers, ({ agent }) => agent)
  return [...byAgent]
    .filter(([, all]) => all.length > 1)
    .map(([agent]) => ({
      item: `agent ${agent}`,
      reason: 'it has more than one result that is not marked as a conflict',
    }))
}

/** A conflict is another answer than the one that counts, and each is there once. */
function sameChecks({ results, conflicts }: Evidence): readonly Check[] {
  return conflicts.flatMap((text, index) => {
    const isNew = !results.includes(text) && conflicts.indexOf(text) === index
    const item = `conflict ${index + 1}`
    return isNew ? [] : [{ item, reason: 'the same answer is in the file already' }]
  })
}

function attempt<T>(
  item: string,
  read: () => T,
): { item: string; value: T } | { item: string; reason: string } {
  try {
    return { item, value: read() }
  } catch (error) {
    if (!(error instanceof MeshError)) throw error
    const { detail } = error
    return { item, reason: detail.code === 'EVIDENCE_INVALID' ? detail.reason : reasonOf(error) }
  }
}

const broken = (reason: string): MeshError => new MeshError({ code: 'EVIDENCE_INVALID', reason })
