/** Whom this node trusts right now: its policy less what was revoked since. Not for checking signatures (node/pgp). */
import { weigh, type Weighing } from './acl.ts'
import type { Action } from './action.ts'
import type { ControlDocument } from './control.ts'
import type { Fingerprint, PeerId, Person } from './ids.ts'
import type { Policy } from './policy.ts'

export interface Trust {
  readonly policy: Policy
  /** Changes whenever an answer below may change; verdicts are cached under it. */
  readonly epoch: string
  personOf(fingerprint: Fingerprint): Person | undefined
  isRevoked(subject: Fingerprint | PeerId): boolean
  /** The people behind these keys that still count. */
  peopleOf(fingerprints: readonly Fingerprint[]): ReadonlySet<Person>
  /** Weighs people for every module of an action; the first that is not allowed, or `undefined`. */
  shortfall(modules: readonly string[], people: ReadonlySet<Person>): Weighing | undefined
  revoke(subject: Fingerprint | PeerId): void
}

export function createTrust(policy: Policy): Trust {
  const revoked = new Set<string>()
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
