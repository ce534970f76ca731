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
  /** It must not run here any more. */
  cancel(action: DocumentId): void
  isCancelled(action: DocumentId): boolean
}

/** More than 32 signers may keep on anybody's disk at once; beyond it, the oldest is forgotten. */
const CANCELLED_LIMIT = 65_536

export function createTrust(policy: Policy): Trust {
  const revoked = new Set<string>()
  const cancelled = new Set<DocumentId>()
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
    cancel(action) {
      cancelled.add(action)
      const oldest = cancelled.size > CANCELLED_LIMIT ? cancelled.values().next().value : undefined
      if (oldest !== undefined) cancelled.delete(oldest)
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
