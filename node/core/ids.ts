/** Names for things on the wire, each a type of its own, so that one cannot be passed for another. */
import { z } from 'zod'

declare const brand: unique symbol
type Brand<T, Name extends string> = T & { readonly [brand]: Name }

/** SHA-256 of a document's PAE bytes, 64 lower-case hex digits. The same for every set of signatures. */
export type DocumentId = Brand<string, 'DocumentId'>
/** SHA-256 of a whole envelope, signatures included: what gossip and sync go by. */
export type EnvelopeId = Brand<string, 'EnvelopeId'>
/** A libp2p peer id of an Ed25519 key (`12D3KooW...`). */
export type PeerId = Brand<string, 'PeerId'>
/** An OpenPGP primary key's fingerprint, lower-case hex: 40 digits (v4) or 64 (v6). */
export type Fingerprint = Brand<string, 'Fingerprint'>
/** 32 lower-case hex digits that name one mesh. */
export type MeshId = Brand<string, 'MeshId'>
/** A person as the policy names them; quorum counts these, not keys. */
export type Person = Brand<string, 'Person'>

const branded = <T extends string>(pattern: RegExp, what: string): z.ZodType<T, T> =>
  z.custom<T>((value) => typeof value === 'string' && pattern.test(value), `must be ${what}`)

export const documentId = branded<DocumentId>(/^[0-9a-f]{64}$/, '64 lower-case hex digits')
export const envelopeId = branded<EnvelopeId>(/^[0-9a-f]{64}$/, '64 lower-case hex digits')
export const peerId = branded<PeerId>(
  /^12D3KooW[1-9A-HJ-NP-Za-km-z]{44}$/,
  'an Ed25519 peer id (12D3KooW...)',
)
export const fingerprint = branded<Fingerprint>(
  /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/,
  'a fingerprint of 40 or 64 lower-case hex digits',
)
export const meshId = branded<MeshId>(/^[0-9a-f]{32}$/, '32 lower-case hex digits')
export const person = branded<Person>(
  /^[\p{L}\p{N}](?:[\p{L}\p{N} ._@-]{0,62}[\p{L}\p{N}])?$/u,
  'a name of 1 to 64 letters, digits, spaces, dots, dashes',
)
