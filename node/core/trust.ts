/** What this node trusts right now: its policy less what was revoked or cancelled since. Not for checking signatures (node/pgp). */
import { weigh, type Weighing } from './acl.ts'
import type { Action } from './action.ts'
import type { ControlDocument } from './control.ts'
import type { DocumentId, Fingerprint, PeerId, Person } from './ids.ts'
import type { Policy } from './policy.ts'

export interface Trust {
  readonly policy: Policy
  /** Changes whenever a verdict may change, so that verdicts are cached under it. A cancelled action is as well signed as before. */
  readonly epoch: string
  personOf(fingerprint: Fingerprint): Person | undefined
  isRevoked(subject: Fingerprint | PeerId): boolean
  /** The people behind these keys that still count. */
  peopleOf(fingerprints: readonly Fingerprint[]): ReadonlySet<Person>
  /** Weighs people for every module of an action; the first that is not allowed, or `undefined`. */
  shortfall(modules: readonly string[], people: ReadonlySet<Person>): Weighing | undefined
  revoke(subject: Fingerprint | PeerId): void
  /** It must not run here any more, until nobody can run it: its tombstone ends then. */
  cancel(action: DocumentId, tombstone: { readonly nowMs: number; readonly untilMs: number }): void
  isCancelled(action: DocumentId): boolean
}

/** Above this, what has ended is forgotten; what has not is bounded by what signers may keep on anybody's disk. */
const CANCELLED_CALM = 8192

export function createTrust(policy: Policy): Trust {
  const revoked = new Set<string>()
  const cancelled = new Map<DocumentId, number>()
  const isRevoked = (subject: Fingerprint | PeerId): boolean => revoked.has(subject)
  return {
    policy,
    get epoch() {
      return `${policy.hash}:${String(revoked.size)}`
    },
    personOf: (fingerprint) => policy.personOf.get(fingerprint),
    isRevoked,
    peopleOf(fingerprints) {
      const people = fingerprints
        .filter((each) => !isRevoked(each))
        .map((each) => policy.personOf.get(each))
      return new Set(people.filter((each) => each !== undefined))
    },
    shortfall: (modules, people) =>
      modules.map((module) => weigh(policy.acl, module, people)).find((each) => !each.allowed),
    revoke: (subject) => void revoked.add(subject),
    cancel(action, { nowMs, untilMs }) {
      cancelled.set(action, Math.max(untilMs, cancelled.get(action) ?? 0))
      if (cancelled.size <= CANCELLED_CALM) return
      for (const [each, endMs] of cancelled) if (endMs <= nowMs) cancelled.delete(each)
    },
    isCancelled: (action) => cancelled.has(action),
  }
}

/** ACL entries that an action must satisfy, one for each operation. */
export const modulesOf = (action: Pick<Action, 'operations'>): readonly string[] => [
  ...new Set(action.operations.map(({ module }) => module)),
]

/** Anyone may revoke their own key; everything else is weighed. */
export function isOwnKey(
  document: ControlDocument,
  people: ReadonlySet<Person>,
  trust: Trust,
): boolean {
  if (document.kind !== 'revoke' || document.subject.kind !== 'key') return false
  const owner = trust.personOf(document.subject.fingerprint)
  return owner !== undefined && people.has(owner)
}

/** Everybody who signed before signs again, and somebody else besides. */
export const isStronger = (after: ReadonlySet<Person>, before: ReadonlySet<Person>): boolean =>
  after.size > before.size && [...before].every((each) => after.has(each))
