/** What the owner of a host reads in its ledger: everything, parameters included. */
import type { DocumentId } from '../core/ids.ts'
import type { VerifiedDocument } from '../core/verified.ts'
import type { Outcome } from './execute.ts'

type Entry = Readonly<Record<string, unknown>>

export function acceptedEntry(document: VerifiedDocument): Entry {
  const common = { people: [...document.people], signers: document.signers }
  if (document.kind === 'control') {
    const { kind, ...control } = document.control
    return { event: kind, ...common, ...control }
  }
  const { name, target, operations, replyto } = document.action
  return {
    event: 'accepted',
    action: document.envelope.documentId,
    ...common,
    name,
    target,
    operations,
    replyto: replyto.map(({ peer }) => peer),
  }
}

export const ranEntry = (action: DocumentId, { status, results }: Outcome): Entry => ({
  event: 'ran',
  action,
  status,
  modules: results.map(
    (each) => `${each.module}:${each.status}${each.foundanything ? ':found' : ''}`,
  ),
})
