/** SNTP packets (RFC 4330, section 4; RFC 5905, figure 8): what a client asks, and whether a reply may be believed. */
import { randomBytes } from 'node:crypto'

const PACKET_SIZE = 48
const CLIENT_V4 = (4 << 3) | 3
const SERVER_MODE = 4
const UNSYNCHRONISED = 3
const LAST_STRATUM = 15
/** Where fields begin. */
const AT = { stratum: 1, reference: 12, originate: 24, receive: 32, transmit: 40 } as const

export interface Question {
  readonly packet: Buffer
  /** Sent as our transmit time, which only a server that saw the question can return: our clock is not told. */
  readonly nonce: Buffer
}

export type Reply =
  | {
      readonly kind: 'time'
      /** When the server had the question, and sent the reply; milliseconds since 1970. */
      readonly receivedMs: number
      readonly transmittedMs: number
      readonly stratum: number
    }
  /** The server wants no more questions (RFC 5905, section 7.4); why in four letters. */
  | { readonly kind: 'kiss'; readonly code: string }
  | { readonly kind: 'unsynchronised' }
  /** No reply to this question. */
  | { readonly kind: 'foreign' }

export function makeQuestion(): Question {
  const packet = Buffer.alloc(PACKET_SIZE)
  const nonce = randomBytes(8)
  packet[0] = CLIENT_V4
  nonce.copy(packet, AT.transmit)
  return { packet, nonce }
}

export function readReply(packet: Buffer, { nonce }: Question): Reply {
  if (packet.length < PACKET_SIZE) return { kind: 'foreign' }
  const first = packet.readUInt8(0)
  const originate = packet.subarray(AT.originate, AT.originate + nonce.length)
  if ((first & 7) !== SERVER_MODE || !originate.equals(nonce)) return { kind: 'foreign' }
  const stratum = packet.readUInt8(AT.stratum)
  if (stratum === 0)
    return { kind: 'kiss', code: packet.toString('latin1', AT.reference, AT.reference + 4) }
  const isSilentAboutTime = packet.readBigUInt64BE(AT.transmit) === 0n
  if (first >> 6 === UNSYNCHRONISED || stratum > LAST_STRATUM || isSilentAboutTime)
    return { kind: 'unsynchronised' }
  return {
    kind: 'time',
    receivedMs: timeAt(packet, AT.receive),
    transmittedMs: timeAt(packet, AT.transmit),
    stratum,
  }
}

const SECONDS_FROM_1900_TO_1970 = 2_208_988_800
const ERA_SECONDS = 2 ** 32

/** A time with its first bit clear is of the era that begins in 2036 (RFC 4330, section 3). */
function timeAt(packet: Buffer, at: number): number {
  const seconds = packet.readUInt32BE(at)
  const era = seconds >= ERA_SECONDS / 2 ? 0 : ERA_SECONDS
  const fraction = packet.readUInt32BE(at + 4) / ERA_SECONDS
  return (seconds + era - SECONDS_FROM_1900_TO_1970 + fraction) * 1000
}
