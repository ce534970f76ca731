/** Private keys in PEM: OpenSSH's own format, PKCS#1, SEC1, DSA and PKCS#8. Only their public parts are taken; nothing is ever decrypted. */
import { createPrivateKey, createPublicKey, type JsonWebKey, type KeyObject } from 'node:crypto'
import { DAMAGED, type Damaged, type FoundKey, type KeyFormat } from './found-key.ts'
import {
  DamagedKeyError,
  encodeFields,
  parsePublicKey,
  WireReader,
  type PublicKey,
} from './public-key.ts'

interface PemBlock {
  readonly label: string
  /** From its first dash to its last. */
  readonly whole: string
  /** Between the dashes: headers and base64. */
  readonly inside: string
}

const FORMATS: ReadonlyMap<string, KeyFormat> = new Map([
  ['OPENSSH PRIVATE KEY', 'openssh'],
  ['RSA PRIVATE KEY', 'pkcs1'],
  ['EC PRIVATE KEY', 'sec1'],
  ['DSA PRIVATE KEY', 'dsa'],
  ['PRIVATE KEY', 'pkcs8'],
  ['ENCRYPTED PRIVATE KEY', 'pkcs8'],
])
const LABEL_LIMIT = 64
const OPENSSH_MAGIC = Buffer.from('openssh-key-v1\0')
const RSA_OID = Buffer.from('06092a864886f70d010101', 'hex')
/** RSA of 16,384 bits is 9,400 bytes. Of other kinds OpenSSL may compute the public part, which takes minutes for numbers of that size. */
const RSA_SIZE_LIMIT = 16 * 1024
const OTHER_SIZE_LIMIT = 2 * 1024

/** Each private key in PEM, whatever stands around it. */
export function* pemKeys(text: string): Generator<FoundKey | Damaged> {
  for (const block of pemBlocks(text)) {
    const format = FORMATS.get(block.label)
    if (format !== undefined) yield readOr(DAMAGED, () => parseBlock(format, block))
  }
}

/** What was read, or `otherwise` where the bytes are no key. */
export function readOr<Found, Other>(otherwise: Other, read: () => Found): Found | Other {
  try {
    return read()
  } catch (error) {
    if (error instanceof DamagedKeyError) return otherwise
    throw error
  }
}

/** One pass: each `BEGIN` with the next `END`, whose label is the same. */
function* pemBlocks(text: string): Generator<PemBlock> {
  const [open, close, dashes] = ['-----BEGIN ', '-----END ', '-----']
  for (let at = text.indexOf(open); at >= 0; at = text.indexOf(open, at)) {
    const labelAt = at + open.length
    const label = text.slice(labelAt, labelAt + LABEL_LIMIT).split(dashes, 1)[0] ?? ''
    const insideAt = labelAt + label.length + dashes.length
    const end = text.indexOf(close, insideAt)
    const ending = `${close}${label}${dashes}`
    // Cut off: what there is of it is shown to be damaged.
    const isWhole = end >= 0 && text.startsWith(ending, end)
    const inside = isWhole ? text.slice(insideAt, end) : ''
    yield { label, inside, whole: isWhole ? text.slice(at, end + ending.length) : '' }
    if (end < 0) return
    at = end
  }
}

function parseBlock(format: KeyFormat, { label, inside, whole }: PemBlock): FoundKey {
  const key = { type: 'private', format } as const
  const headers = inside.includes(':') ? inside.slice(0, inside.lastIndexOf(':')) : ''
  const der = decodeBase64(inside.slice(headers.length).replace(/^:.*/, ''))
  if (format === 'openssh') return { ...key, ...parseOpenssh(der) }
  if (label.startsWith('ENCRYPTED') || /^Proc-Type: *4, *ENCRYPTED/m.test(headers))
    return { ...key, encrypted: true }
  return { ...key, encrypted: false, public: publicPartOf(format, der, whole) }
}

/** @throws DamagedKeyError */
export function decodeBase64(text: string): Buffer {
  const compact = text.replace(/\s+/g, '')
  if (compact === '' || !/^[A-Za-z0-9+/]+={0,2}$/.test(compact))
    throw new DamagedKeyError('not base64')
  return Buffer.from(compact, 'base64')
}

/** OpenSSH's PROTOCOL.key: the public part stands before what is encrypted. */
function parseOpenssh(bytes: Buffer): Pick<FoundKey, 'encrypted' | 'public'> {
  const reader = new WireReader(bytes)
  if (!reader.take(OPENSSH_MAGIC.length).equals(OPENSSH_MAGIC))
    throw new DamagedKeyError('not of version 1')
  const cipher = reader.string().toString('latin1')
  // How the key of the cipher is made.
  reader.string()
  reader.string()
  if (reader.uint32() !== 1) throw new DamagedKeyError('not one key')
  return { encrypted: cipher !== 'none', public: parsePublicKey(reader.string()) }
}

function publicPartOf(format: KeyFormat, der: Buffer, pem: string): PublicKey {
  const isRsa = format === 'pkcs1' || der.subarray(0, 32).includes(RSA_OID)
  if (der.length > (isRsa ? RSA_SIZE_LIMIT : OTHER_SIZE_LIMIT))
    throw new DamagedKeyError('too large')
  return parsePublicKey(encodeFields(fieldsOf(openPem(pem))))
}

function openPem(pem: string): KeyObject {
  try {
    return createPublicKey(createPrivateKey(pem))
  } catch {
    throw new DamagedKeyError('not a private key')
  }
}

/** What SSH writes for a key that OpenSSL holds. */
function fieldsOf(key: KeyObject): readonly Buffer[] {
  if (key.asymmetricKeyType === 'dsa') return [Buffer.from('ssh-dss'), ...dsaFields(key)]
  const { kty, crv = '', n, e, x, y } = exportJwk(key)
  if (kty === 'RSA') return [Buffer.from('ssh-rsa'), wholeNumber(e), wholeNumber(n)]
  if (kty === 'OKP') return [Buffer.from(`ssh-${crv.toLowerCase()}`), base64url(x)]
  const curve = crv.replace('P-', 'nistp')
  const point = Buffer.concat([Buffer.of(4), base64url(x), base64url(y)])
  return [Buffer.from(`ecdsa-sha2-${curve}`), Buffer.from(curve), point]
}

function exportJwk(key: KeyObject): JsonWebKey {
  try {
    return key.export({ format: 'jwk' })
  } catch {
    // A curve without a name, or a key for something else than signatures.
    throw new DamagedKeyError('of no known kind')
  }
}

const base64url = (text: string | undefined): Buffer => Buffer.from(text ?? '', 'base64url')

/** A zero goes before a number whose first bit is set. */
function wholeNumber(text: string | undefined): Buffer {
  const bytes = base64url(text)
  return (bytes[0] ?? 0) >= 0x80 ? Buffer.concat([Buffer.of(0), bytes]) : bytes
}

/** p, q, g and y: the four whole numbers of a SubjectPublicKeyInfo (RFC 3279), in DER that OpenSSL made. */
function dsaFields(key: KeyObject): readonly Buffer[] {
  return [...integersOf(key.export({ format: 'der', type: 'spki' }))]
}

const [INTEGER, BIT_STRING, SEQUENCE] = [0x02, 0x03, 0x30]

function* integersOf(der: Buffer): Generator<Buffer> {
  const reader = new WireReader(der)
  while (!reader.isAtEnd) {
    const [tag = 0, short = 0] = reader.take(2)
    const length = short < 0x80 ? short : reader.take(short & 0x7f).readUIntBE(0, short & 0x7f)
    const value = reader.take(length)
    if (tag === INTEGER) yield value
    else if (tag === SEQUENCE) yield* integersOf(value)
    else if (tag === BIT_STRING) yield* integersOf(value.subarray(1))
  }
}
