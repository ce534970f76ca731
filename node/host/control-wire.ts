/**
 * DEV NOTE. What the command line and a running node say over the node's unix socket. One connection is one call: the
 * client writes a request line, the node answers with lines of JSON, `part` by `part`, and ends with `end` or `failed`. A
 * client that closes has lost interest, and the call is called off; one that writes `stop` wants what is there so far.
 * Both ends are the same user (the socket's directory is 0700), so the bounds below guard against mistakes, not attacks.
 */
import type { Socket } from 'node:net'
import { z } from 'zod'
import { MeshError, type ErrorDetail } from '../core/errors.ts'
import { huntRecord } from '../core/hunt.ts'
import { documentId, meshId, peerId } from '../core/ids.ts'
import { replyNode } from '../core/action.ts'
import { answerSchema } from '../core/result.ts'
import { agentRecord } from '../core/target/record.ts'

/** Raised when a line changes its meaning; a node of another version is not talked to. */
export const CONTROL_VERSION = 1
/** One answer of 64 MiB in base64 is the longest line. */
export const LINE_LIMIT = 128 * 1024 * 1024
/** A request carries at most one document. */
export const REQUEST_LIMIT = 1024 * 1024

const version = z.literal(CONTROL_VERSION)
export const controlRequest = z.discriminatedUnion('call', [
  z.strictObject({ version, call: z.literal('status') }),
  z.strictObject({ version, call: z.literal('agents'), target: z.string().optional() }),
  z.strictObject({ version, call: z.literal('publish'), envelope: z.string() }),
  z.strictObject({ version, call: z.literal('launch'), envelope: z.string() }),
  z.strictObject({ version, call: z.literal('follow'), action: documentId }),
  z.strictObject({ version, call: z.literal('hunts') }),
  z.strictObject({ version, call: z.literal('report'), action: documentId }),
  z.strictObject({ version, call: z.literal('evidence'), action: documentId }),
])
export type ControlRequest = z.infer<typeof controlRequest>
type OmitVersion<T> = T extends unknown ? Omit<T, 'version'> : never
/** A request as its caller thinks of it. */
export type ControlCall = OmitVersion<ControlRequest>

/** Both ends are one product: the detail is whatever core/errors.ts made. */
const errorDetail = z.custom<ErrorDetail>(
  (value) => typeof value === 'object' && value !== null && 'code' in value,
)
export const controlReply = z.union([
  z.strictObject({ part: z.unknown() }),
  z.strictObject({ end: z.literal(true) }),
  z.strictObject({ failed: errorDetail }),
])

export const nodeStatus = z.strictObject({
  mesh: meshId,
  meshName: z.string(),
  reply: replyNode,
  neighbours: z.array(peerId),
  agentsKnown: z.number(),
})

export const agentSight = z.strictObject({
  peer: peerId,
  seenAtMs: z.number(),
  record: agentRecord,
})

export const publication = z.strictObject({
  document: documentId,
  storedBy: z.array(peerId),
  refusedBy: z.array(z.strictObject({ peer: peerId, code: z.string(), detail: z.string() })),
  neighbours: z.number(),
  confirmed: z.boolean(),
})

/** An answer between two ends of one host: times stay milliseconds. */
const answer = answerSchema.extend({ startedat: z.number().optional(), at: z.number() })

const targetState = z.enum([
  'waiting',
  'running',
  'answered',
  'refused',
  'failed',
  'timed-out',
  'cancelled',
  'silent',
])

const tally = z.strictObject({
  targets: z.array(
    z.strictObject({
      peer: peerId,
      name: z.string(),
      state: targetState,
      found: z.boolean(),
      detail: z.string(),
    }),
  ),
  counts: z.record(targetState, z.number()),
  found: z.number(),
  remarked: z.number(),
})

export const huntEvent = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('launched'), publication, expected: z.number() }),
  z.strictObject({ type: z.literal('answer'), answer }),
  z.strictObject({ type: z.literal('done'), tally }),
])

/** A report or evidence comes in parts, because all of it together may be long. */
export const huntPart = z.union([
  z.strictObject({ hunt: huntRecord }),
  z.strictObject({ answer }),
  z.strictObject({ tally }),
  z.strictObject({ result: z.string() }),
  z.strictObject({ conflict: z.string() }),
])

/** Lines as they arrive. Leaving the loop closes the socket. @throws MeshError FRAME_INVALID on a line over `limit` bytes */
export async function* readLines(socket: Socket, limit: number): AsyncGenerator<string> {
  let pieces: Buffer[] = []
  let size = 0
  for await (const chunk of socket as AsyncIterable<Buffer>) {
    let rest = chunk
    for (let at = rest.indexOf(0x0a); at !== -1; at = rest.indexOf(0x0a)) {
      yield Buffer.concat([...pieces, rest.subarray(0, at)]).toString('utf8')
      pieces = []
      size = 0
      rest = rest.subarray(at + 1)
    }
    pieces.push(rest)
    size += rest.length
    if (size > limit) throw new MeshError({ code: 'FRAME_INVALID', reason: 'a line is too long' })
  }
}
