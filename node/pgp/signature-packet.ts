/**
 * The shape of one OpenPGP signature packet (RFC 9580 section 5.2), read strictly and without cryptography.
 *
 * DEV NOTE. The bytes come from hostile peers. OpenPGP.js reads more than one packet, lets *unhashed* subpackets override
 * the issuer, and takes sloppy lengths; each of these would let a relay change a signature that still verifies. So the
 * packet is taken apart here first, only the hashed area is believed, and what goes on to the library is the normal form:
 * the same signature without its unhashed area. Bounded by SIGNATURE_SIZE_LIMIT; nothing here loops over more than that.
 */
import { readHashedArea, type HashedArea } from './hashed-area.ts'

/** A 8192-bit RSA signature has 1 KiB; the rest is room for subpackets. */
export const SIGNATURE_SIZE_LIMIT = 8 * 1024
const SIGNATURE_TAG = 2
const NEW_FORMAT_SIGNATURE_HEADER = 0xc2
/** A signature over a binary document (RFC 9580 section 5.2.1.1): the only type that signs documents here. */
const BINARY_DOCUMENT = 0x00
/** SHA-256, SHA-384, SHA-512, SHA3-256, SHA3-512 (RFC 9580 section 9.5). */
const HASHES: ReadonlySet<number> = new Set([8, 9, 10, 12, 14])

export interface SignaturePacketForm extends HashedArea {
  readonly version: 4 | 6
  /** OpenPGP's number of the public key algorithm. */
  readonly algorithm: number
  /** The one spelling of this signature: new-format header, empty unhashed area. */
  readonly normal: Uint8Array
}

export type PacketRefusal =
  'malformed' | 'wrong-type' | 'weak-hash' | 'unknown-critical' | 'expiring'

/** Exactly one signature packet and nothing after it, or why not. */
export function readSignaturePacket(bytes: Uint8Array): SignaturePacketForm | PacketRefusal {
  if (bytes.length > SIGNATURE_SIZE_LIMIT) return 'malformed'
  const body = packetBody(bytes)
  const [version, type, algorithm, hash] = body ?? []
  if (body === undefined || (version !== 4 && version !== 6)) return 'malformed'
  if (type === undefined || algorithm === undefined || hash === undefined) return 'malformed'
  if (type !== BINARY_DOCUMENT) return 'wrong-type'
  if (!HASHES.has(hash)) return 'weak-hash'
  return readBody(body, { version, algorithm })
}

/** The content of the packet when its header is minimal and spans all the bytes (RFC 9580 section 4.2). */
function packetBody(bytes: Uint8Array): Uint8Array | undefined {
  const [header = 0] = bytes
  const isNewFormat = header >= 0xc0
  const tag = isNewFormat ? header & 0x3f : (header >> 2) & 0x0f
  if (header < 0x80 || tag !== SIGNATURE_TAG) return undefined
  const body = isNewFormat ? newFormatBody(bytes) : oldFormatBody(bytes, header & 3)
  return body?.length === 0 ? undefined : body
}

/** One octet up to 191, two up to 8383, more than SIGNATURE_SIZE_LIMIT; partial lengths are refused. */
function newFormatBody(bytes: Uint8Array): Uint8Array | undefined {
  const [, first = 0, second = 0] = bytes
  if (first < 192) return exactly(bytes.subarray(2), first)
  if (first >= 224) return undefined
  return exactly(bytes.subarray(3), ((first - 192) << 8) + second + 192)
}

/** One octet up to 255 (type 0), two up to 65535 (type 1); longer and indeterminate lengths are refused. */
function oldFormatBody(bytes: Uint8Array, lengthType: number): Uint8Array | undefined {
  const [, first = 0, second = 0] = bytes
  if (lengthType === 0) return exactly(bytes.subarray(2), first)
  const length = (first << 8) + second
  return lengthType === 1 && length >= 256 ? exactly(bytes.subarray(3), length) : undefined
}

const exactly = (body: Uint8Array, length: number): Uint8Array | undefined =>
  body.length === length ? body : undefined

function readBody(
  body: Uint8Array,
  { version, algorithm }: { version: 4 | 6; algorithm: number },
): SignaturePacketForm | PacketRefusal {
  const hashedEnd = areaEnd(body, 4, version)
  const unhashedEnd = hashedEnd === undefined ? undefined : areaEnd(body, hashedEnd, version)
  if (hashedEnd === undefined || unhashedEnd === undefined) return 'malformed'
  const lengthSize = countSize(version)
  const hashed = readHashedArea(body.subarray(4 + lengthSize, hashedEnd), version)
  if (typeof hashed === 'string') return hashed
  const rest = body.subarray(unhashedEnd)
  if (!isTail(rest, { version, algorithm })) return 'malformed'
  const normal = asPacket([body.subarray(0, hashedEnd), new Uint8Array(lengthSize), rest])
  return { ...hashed, version, algorithm, normal }
}

/** Subpacket areas are counted in two octets in version 4, in four in version 6. */
const countSize = (version: 4 | 6): number => (version === 6 ? 4 : 2)

/** Where the subpacket area that begins at `start` ends; `undefined` when it would run over. */
function areaEnd(body: Uint8Array, start: number, version: 4 | 6): number | undefined {
  const size = countSize(version)
  if (body.length < start + size) return undefined
  const length = body.subarray(start, start + size).reduce((sum, octet) => sum * 256 + octet, 0)
  const end = start + size + length
  return end <= body.length ? end : undefined
}

/** The left 16 bits of the digest, version 6's salt, and the signature itself in its one spelling. */
function isTail(
  tail: Uint8Array,
  { version, algorithm }: { version: 4 | 6; algorithm: number },
): boolean {
  if (tail.length < 3) return false
  const saltSize = version === 6 ? 1 + (tail[2] ?? 0) : 0
  return isSignatureMaterial(tail.subarray(2 + saltSize), algorithm)
}

/** Algorithm-specific fields (RFC 9580 section 5.2.3): an algorithm unknown here is refused later, with its key. */
function isSignatureMaterial(bytes: Uint8Array, algorithm: number): boolean {
  switch (algorithm) {
    case 1:
    case 3:
      return isIntegers(bytes, 1)
    case 19:
    case 22:
      return isIntegers(bytes, 2)
    case 27:
      return bytes.length === 64
    default:
      return true
  }
}

/** True when `bytes` are `count` multiprecision integers whose bit counts are exact (RFC 9580 section 3.2). */
function isIntegers(bytes: Uint8Array, count: number): boolean {
  if (count === 0) return bytes.length === 0
  const [high, low, first] = bytes
  if (high === undefined || low === undefined || first === undefined) return false
  const bits = (high << 8) + low
  const size = Math.ceil(bits / 8)
  const isExact = bits === (size - 1) * 8 + (32 - Math.clz32(first)) && first !== 0
  return isExact && bytes.length >= 2 + size && isIntegers(bytes.subarray(2 + size), count - 1)
}

function asPacket(parts: readonly Uint8Array[]): Uint8Array {
  const body = Buffer.concat(parts)
  const over = body.length - 192
  const length = over < 0 ? [body.length] : [192 + (over >> 8), over & 0xff]
  return Buffer.concat([Uint8Array.of(NEW_FORMAT_SIGNATURE_HEADER, ...length), body])
}
