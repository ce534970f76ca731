/** Documents that steer trust and runs: cancel, revoke, member. They travel like actions, on the topic `control`. */
import { z } from 'zod'
import { toUtf8 } from './bytes.ts'
import type { Envelope } from './envelope.ts'
import { MeshError } from './errors.ts'
import { documentId, fingerprint, meshId, peerId } from './ids.ts'
import { parsePayload } from './parse.ts'
import { instant } from './time.ts'

const reason = z.string().max(512)

/** Stop one action, wherever it runs. Kept as a tombstone until the action has expired, even where it is unknown. */
export const cancelSchema = z.strictObject({
  mesh: meshId,
  action: documentId,
  /** The action's own expiry: until then the tombstone is kept. */
  expireafter: instant,
  reason,
})

/** This key or agent is no longer trusted. Never expires. */
export const revokeSchema = z.strictObject({
  mesh: meshId,
  subject: z.discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('key'), fingerprint }),
    z.strictObject({ kind: z.literal('agent'), peer: peerId }),
  ]),
  reason,
})

/** This agent key belongs to the mesh. */
export const memberSchema = z.strictObject({
  mesh: meshId,
  peer: peerId,
  name: z.string().min(1).max(256),
  expireafter: instant,
})

export type ControlDocument =
  | ({ readonly kind: 'cancel' } & z.infer<typeof cancelSchema>)
  | ({ readonly kind: 'revoke' } & z.infer<typeof revokeSchema>)
  | ({ readonly kind: 'member' } & z.infer<typeof memberSchema>)

export type ControlKind = ControlDocument['kind']

/** Reads the payload of a control envelope. @throws MeshError PAYLOAD_MALFORMED */
export function parseControl(envelope: Pick<Envelope, 'kind' | 'payload'>): ControlDocument {
  const { payload } = envelope
  switch (envelope.kind) {
    case 'cancel':
      return { kind: 'cancel', ...parsePayload(cancelSchema, payload, 'cancel') }
    case 'revoke':
      return { kind: 'revoke', ...parsePayload(revokeSchema, payload, 'revoke') }
    case 'member':
      return { kind: 'member', ...parsePayload(memberSchema, payload, 'member') }
    case 'action':
    case 'result':
    case 'presence':
      throw new MeshError({
        code: 'PAYLOAD_MALFORMED',
        what: 'control document',
        reason: `${envelope.kind} steers nothing`,
      })
  }
}

/** The bytes to be signed. Takes the wire form, so that times are already RFC 3339. @throws MeshError PAYLOAD_MALFORMED */
export function encodeControl(
  kind: ControlKind,
  wire: z.input<typeof cancelSchema> | z.input<typeof revokeSchema> | z.input<typeof memberSchema>,
): Uint8Array {
  const payload = toUtf8(JSON.stringify(wire))
  parseControl({ kind, payload })
  return payload
}
