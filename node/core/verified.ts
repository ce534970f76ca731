/** Documents that climbed the whole ladder on this node. Types only: nothing but mesh/validate.ts makes one. */
import type { Action } from './action.ts'
import type { ControlDocument } from './control.ts'
import type { Envelope } from './envelope.ts'
import type { Fingerprint, PeerId, Person } from './ids.ts'
import type { Target } from './target/parse.ts'

declare const verified: unique symbol

interface Verified {
  readonly [verified]: true
  readonly envelope: Envelope
  /** Primary keys whose signatures were checked, sorted. */
  readonly signers: readonly Fingerprint[]
  readonly people: ReadonlySet<Person>
  /** When it may be forgotten, ms since the epoch; `null`: never. */
  readonly expiresAtMs: number | null
}

/** The only thing an agent executes. */
export interface VerifiedAction extends Verified {
  readonly kind: 'action'
  readonly action: Action
  readonly target: Target
}

export interface VerifiedControl extends Verified {
  readonly kind: 'control'
  readonly control: ControlDocument
}

export type VerifiedDocument = VerifiedAction | VerifiedControl

/** Whose bytes are judged: a neighbour's, or our own (the store re-read, a launch). */
export type Door = { readonly from: PeerId; readonly by: 'gossip' | 'sync' } | 'own'
