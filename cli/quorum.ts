/** Who has signed so far, what it weighs against the policy, and what is missing. Signatures are counted here, not checked. */
import { weigh, type Weighing } from '../node/core/acl.ts'
import { parseAction } from '../node/core/action.ts'
import { type ControlDocument, parseControl } from '../node/core/control.ts'
import type { Envelope } from '../node/core/envelope.ts'
import { MeshError } from '../node/core/errors.ts'
import type { Person } from '../node/core/ids.ts'
import type { Policy } from '../node/core/policy.ts'
import { modulesOf } from '../node/core/trust.ts'

type Rules = Pick<Policy, 'acl' | 'personOf'>

export interface Quorum {
  /** People whose keys are named by the signatures. */
  readonly people: ReadonlySet<Person>
  /** One for each module, or control entry. */
  readonly weighings: readonly Weighing[]
}

/** Weighs the owners of these keys against ACL entries: modules, or `@cancel`, `@revoke`, `@member`. */
export function quorum(
  { entries, keyids }: { entries: readonly string[]; keyids: readonly string[] },
  rules: Rules,
): Quorum {
  const owners = new Map<string, Person>(rules.personOf)
  const people = new Set(
    keyids.map((keyid) => owners.get(keyid)).filter((each) => each !== undefined),
  )
  return {
    people,
    weighings: [...new Set(entries)].map((entry) => weigh(rules.acl, entry, people)),
  }
}

/** The same of a signed document. @throws MeshError PAYLOAD_MALFORMED */
export function quorumOf(
  envelope: Pick<Envelope, 'kind' | 'payload' | 'signatures'>,
  rules: Rules,
): Quorum {
  const keyids = envelope.signatures.map(({ keyid }) => keyid)
  const { people } = quorum({ entries: [], keyids }, rules)
  return quorum({ entries: entriesOf(envelope, { people, rules }), keyids }, rules)
}

/** `file: weight 1 of 2`. */
export function weightLine({ module, weight, minimum, allowed }: Weighing): string {
  if (minimum === undefined) return `${module}: nobody may, the policy has no entry for it`
  return `${module}: weight ${weight} of ${minimum}${allowed ? '' : ', not enough'}`
}

/** What would be refused everywhere is not sent. @throws MeshError REFUSED */
export function requireQuorum({ people, weighings }: Quorum): void {
  const short = weighings.find(({ allowed }) => !allowed)
  if (short === undefined) return
  const who = people.size === 0 ? 'nobody' : [...people].join(', ')
  const explanation =
    short.minimum === undefined
      ? `nobody may use ${short.module}: the policy has no entry for it`
      : `${short.module} needs weight ${short.minimum}, and ${who} weighs ${short.weight}`
  const reason = short.minimum === undefined ? 'not-in-policy' : 'too-little-weight'
  throw new MeshError({ code: 'REFUSED', reason, explanation })
}

function entriesOf(
  envelope: Pick<Envelope, 'kind' | 'payload'>,
  { people, rules }: { people: ReadonlySet<Person>; rules: Rules },
): readonly string[] {
  if (envelope.kind === 'action') return modulesOf(parseAction(envelope.payload))
  const control = parseControl(envelope)
  return revokesOwnKey(control, { people, rules }) ? [] : [`@${control.kind}`]
}

/** Anyone may revoke their own key. */
function revokesOwnKey(
  control: ControlDocument,
  { people, rules }: { people: ReadonlySet<Person>; rules: Rules },
): boolean {
  if (control.kind !== 'revoke' || control.subject.kind !== 'key') return false
  const owner = rules.personOf.get(control.subject.fingerprint)
  return owner !== undefined && people.has(owner)
}
