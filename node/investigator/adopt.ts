/**
 * Makes hunts of actions that others launched and whose answers come to this home: one of its people signed it, or it names
 * this node. Not for what is launched here (investigator.ts).
 */
import { fromUtf8 } from '../core/bytes.ts'
import { reasonOf } from '../core/errors.ts'
import type { PeerId } from '../core/ids.ts'
import type { AgentSight } from '../core/investigator-api.ts'
import type { Policy } from '../core/policy.ts'
import type { Logger } from '../core/ports.ts'
import type { Target } from '../core/target/parse.ts'
import type { VerifiedAction, VerifiedDocument } from '../core/verified.ts'
import type { Hunts } from './hunts.ts'
import type { ResultShelf } from './result-shelf.ts'

export interface AdoptPorts {
  readonly self: PeerId
  readonly policy: Policy
  readonly logger: Logger
  readonly shelf: Pick<ResultShelf, 'hunt'>
  readonly hunts: Pick<Hunts, 'begin'>
  /** Agents that a target means, by the newest facts that neighbours have. */
  meant(target: Target): Promise<readonly AgentSight[]>
}

/** Takes accepted documents, new ones and those of an earlier life. Never throws: a failure is logged, and a restart tries again. */
export function createAdoption(ports: AdoptPorts): (document: VerifiedDocument) => void {
  const { logger, shelf } = ports
  // One after another: the first asks neighbours for their facts, the others then have them.
  let last = Promise.resolve()
  return (document) => {
    if (document.kind !== 'action' || !comesHere(document, ports)) return
    const action = document.envelope.documentId
    if (shelf.hunt(action) !== undefined) return
    last = last
      .then(() => adopt(document, ports))
      .catch((error: unknown) => {
        logger.log('hunt-not-kept', { action, reason: reasonOf(error) })
      })
  }
}

async function adopt(document: VerifiedAction, ports: AdoptPorts): Promise<void> {
  const { envelope, action, target } = document
  if (ports.shelf.hunt(envelope.documentId) !== undefined) return
  const expected = await ports.meant(target)
  // When it was launched nobody says; what is heard of only today may have been asked days ago, and must not look newest.
  await ports.hunts.begin(fromUtf8(envelope.bytes), expected, action.validfrom)
}

/** As agents choose where their answers go: the nodes that the action names, and every signer's own. */
function comesHere({ action, people }: VerifiedAction, { self, policy }: AdoptPorts): boolean {
  const signers = [...people].flatMap((person) => policy.people[person]?.nodes ?? [])
  return [...action.replyto, ...signers].some(({ peer }) => peer === self)
}
