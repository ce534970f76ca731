/** "I am here, and these are my facts": what an agent or an investigator's node leaves with its listening neighbours. */
import { z } from 'zod'
import { toUtf8 } from './bytes.ts'
import { meshId, peerId } from './ids.ts'
import { parsePayload } from './parse.ts'
import { agentRecord } from './target/record.ts'
import { HOUR_MS, instant, MINUTE_MS, toInstant } from './time.ts'

export const PRESENCE_SIZE_LIMIT = 16 * 1024
/** How often a node renews its record when nothing changed. */
export const PRESENCE_PERIOD_MS = 15 * MINUTE_MS
/** Records older than this are forgotten. */
export const PRESENCE_LIFETIME_MS = 30 * 24 * HOUR_MS

const presenceSchema = z.strictObject({
  mesh: meshId,
  peer: peerId,
  role: z.enum(['agent', 'investigator']),
  at: instant,
  /** Where the node can be reached now, best first. */
  addresses: z.array(z.string().min(1).max(256)).max(16),
  /** An agent's own record, as targets see it; investigators have none. */
  record: agentRecord.optional(),
})
export type Presence = z.infer<typeof presenceSchema>

/** The bytes the node signs. */
export const encodePresence = (presence: Presence): Uint8Array =>
  toUtf8(JSON.stringify({ ...presence, at: toInstant(presence.at) }))

/** Reads a presence payload. @throws MeshError PAYLOAD_MALFORMED */
export const parsePresence = (payload: Uint8Array): Presence =>
  parsePayload(presenceSchema, payload, 'presence')
