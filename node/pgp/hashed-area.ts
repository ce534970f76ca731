/** The hashed subpackets of a document signature (RFC 9580 section 5.2.3.7): the only claims of a signature that are signed. */

export interface HashedArea {
  readonly createdMs: number
  /** Lower-case hex of the fingerprint of the key, primary or subkey, that signed. */
  readonly issuer: string
}

interface Subpacket {
  readonly type: number
  readonly critical: boolean
  readonly body: Uint8Array
}

const CREATION_TIME = 2
const EXPIRATION_TIME = 3
const ISSUER_KEY_ID = 16
const ISSUER_FINGERPRINT = 33
/** What this verifier evaluates. A critical subpacket of any other type makes the signature void (section 5.2.3.7). */
const EVALUATED: ReadonlySet<number> = new Set([
  CREATION_TIME,
  EXPIRATION_TIME,
  ISSUER_KEY_ID,
  ISSUER_FINGERPRINT,
])

/** What the area claims. Each evaluated subpacket may be there once: with two, readers would disagree. */
export function readHashedArea(
  area: Uint8Array,
  version: 4 | 6,
): HashedArea | 'malformed' | 'unknown-critical' | 'expiring' {
  const subpackets = split(area)
  if (subpackets === undefined) return 'malformed'
  const evaluated = subpackets.filter(({ type }) => EVALUATED.has(type))
  const bodies = new Map(evaluated.map(({ type, body }) => [type, body]))
  if (bodies.size !== evaluated.length) return 'malformed'
  const claims = readClaims(bodies, version)
  if (claims === undefined) return 'malformed'
  const isVoid = subpackets.some(({ type, critical }) => critical && !EVALUATED.has(type))
  if (isVoid) return 'unknown-critical'
  // A document says itself how long it counts; evidence, and a revocation, must not lapse by a second clock.
  const lifetime = bodies.get(EXPIRATION_TIME)
  return lifetime?.some((octet) => octet !== 0) === true ? 'expiring' : claims
}

function readClaims(
  bodies: ReadonlyMap<number, Uint8Array>,
  version: 4 | 6,
): HashedArea | undefined {
  const created = seconds(bodies.get(CREATION_TIME))
  const issuer = issuerOf(bodies, version)
  if (created === undefined || issuer === undefined) return undefined
  const lifetime = bodies.get(EXPIRATION_TIME)
  if (lifetime !== undefined && lifetime.length !== 4) return undefined
  return { createdMs: created * 1000, issuer }
}

/** The issuer fingerprint; a key id beside it must be that fingerprint's, and version 6 must have none (section 5.2.3.12). */
function issuerOf(bodies: ReadonlyMap<number, Uint8Array>, version: 4 | 6): string | undefined {
  const body = bodies.get(ISSUER_FINGERPRINT)
  const keyId = bodies.get(ISSUER_KEY_ID)
  if (body === undefined || body[0] !== version) return undefined
  if (body.length !== (version === 6 ? 33 : 21)) return undefined
  const issuer = Buffer.from(body.subarray(1)).toString('hex')
  if (keyId === undefined) return issuer
  const isConsistent = version === 4 && issuer.endsWith(Buffer.from(keyId).toString('hex'))
  return isConsistent && keyId.length === 8 ? issuer : undefined
}

function seconds(body: Uint8Array | undefined): number | undefined {
  return body?.length === 4 ? Buffer.from(body).readUInt32BE() : undefined
}

function split(area: Uint8Array): readonly Subpacket[] | undefined {
  const subpackets: Subpacket[] = []
  for (let rest = area; rest.length > 0;) {
    const { start, length } = subpacketLength(rest)
    const content = rest.subarray(start, start + length)
    const [type] = content
    if (type === undefined || content.length !== length) return undefined
    subpackets.push({ type: type & 0x7f, critical: (type & 0x80) !== 0, body: content.subarray(1) })
    rest = rest.subarray(start + length)
  }
  return subpackets
}

/** One, two or five octets; a length that is cut off runs past the end and is refused by the caller. */
function subpacketLength([first = 0, ...more]: Uint8Array): { start: number; length: number } {
  if (first < 192) return { start: 1, length: first }
  if (first < 255) return { start: 2, length: ((first - 192) << 8) + (more[0] ?? 0) + 192 }
  const length = more.slice(0, 4).reduce((sum, octet) => sum * 256 + octet, 0)
  return { start: 5, length }
}
