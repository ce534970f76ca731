/** A public key as SSH writes it on the wire (RFC 4253 6.6, OpenSSH's PROTOCOL.certkeys and PROTOCOL.u2f): what kind it is, and its fingerprints. */
import { createHash } from 'node:crypto'

/** Bytes that begin like a key and are none. */
export class DamagedKeyError extends Error {
  constructor(reason: string) {
    super(reason)
    this.name = 'DamagedKeyError'
  }
}

export interface PublicKey {
  /** As it names itself: `ssh-ed25519`, `ssh-rsa-cert-v01@openssh.com`. */
  readonly algorithm: string
  readonly isCertificate: boolean
  readonly bits: number
  /** Without its certificate: what fingerprints are made of. */
  readonly blob: Buffer
}

/** Reads length-prefixed fields; lengths are believed only as far as there are bytes. */
export class WireReader {
  readonly #bytes: Buffer
  #at = 0

  constructor(bytes: Buffer) {
    this.#bytes = bytes
  }

  get isAtEnd(): boolean {
    return this.#at === this.#bytes.length
  }

  /** @throws DamagedKeyError */
  uint32(): number {
    return this.take(4).readUInt32BE(0)
  }

  /** @throws DamagedKeyError */
  string(): Buffer {
    return this.take(this.uint32())
  }

  /** @throws DamagedKeyError */
  take(length: number): Buffer {
    const end = this.#at + length
    if (end > this.#bytes.length) throw new DamagedKeyError('ends too early')
    const taken = this.#bytes.subarray(this.#at, end)
    this.#at = end
    return taken
  }
}

type Fields = readonly Buffer[]

interface Kind {
  /** How many fields follow the name. */
  readonly fields: number
  /** 0 where the fields are not those of such a key. */
  bits(fields: Fields): number
}

const CERTIFICATE_SUFFIX = '-cert-v01@openssh.com'

const bitLength = (number: Buffer | undefined): number => {
  const from = number?.findIndex((byte) => byte !== 0) ?? -1
  if (number === undefined || from < 0) return 0
  return 8 * (number.length - from) - (Math.clz32(number[from] ?? 0) - 24)
}

/** `extra` fields follow those of the plain key: the application of a security key. */
const edwards = (bits: number, length: number, extra = 0): Kind => ({
  fields: 1 + extra,
  bits: ([point]) => (point?.length === length ? bits : 0),
})

const nist = (bits: number, extra = 0): Kind => ({
  fields: 2 + extra,
  bits: ([curve, point]) =>
    curve?.toString('latin1') === `nistp${bits}` && point?.length === 1 + 2 * Math.ceil(bits / 8)
      ? bits
      : 0,
})

const KINDS: ReadonlyMap<string, Kind> = new Map([
  ['ssh-rsa', { fields: 2, bits: ([, modulus]: Fields) => bitLength(modulus) }],
  ['ssh-dss', { fields: 4, bits: ([prime]: Fields) => bitLength(prime) }],
  ['ssh-ed25519', edwards(256, 32)],
  ['ssh-ed448', edwards(448, 57)],
  ['ecdsa-sha2-nistp256', nist(256)],
  ['ecdsa-sha2-nistp384', nist(384)],
  ['ecdsa-sha2-nistp521', nist(521)],
  ['sk-ssh-ed25519@openssh.com', edwards(256, 32, 1)],
  ['sk-ecdsa-sha2-nistp256@openssh.com', nist(256, 1)],
])

const certificateName = (plain: string): string =>
  `${plain.replace('@openssh.com', '')}${CERTIFICATE_SUFFIX}`
const PLAIN_NAMES: ReadonlyMap<string, string> = new Map(
  [...KINDS.keys()].flatMap((plain) => [
    [plain, plain],
    [certificateName(plain), plain],
  ]),
)

/** Every name of a key or certificate that is known here. */
export const ALGORITHMS: readonly string[] = [...PLAIN_NAMES.keys()]

export const isAlgorithm = (name: string): boolean => PLAIN_NAMES.has(name)

/** @throws DamagedKeyError */
export function parsePublicKey(blob: Buffer): PublicKey {
  const reader = new WireReader(blob)
  const algorithm = reader.string().toString('latin1')
  const plain = PLAIN_NAMES.get(algorithm)
  const kind = plain === undefined ? undefined : KINDS.get(plain)
  if (plain === undefined || kind === undefined) throw new DamagedKeyError('of no known kind')
  const isCertificate = algorithm !== plain
  // A certificate begins with a nonce, and goes on after the key with what it certifies.
  if (isCertificate) reader.string()
  const fields = Array.from({ length: kind.fields }, () => reader.string())
  const bits = kind.bits(fields)
  if (bits === 0 || (!isCertificate && !reader.isAtEnd))
    throw new DamagedKeyError(`not what ${plain} is made of`)
  return { algorithm, isCertificate, bits, blob: encodeFields([Buffer.from(plain), ...fields]) }
}

/** The same bytes for the same key, however it was stored. */
export function encodeFields(fields: Fields): Buffer {
  return Buffer.concat(
    fields.flatMap((field) => {
      const length = Buffer.alloc(4)
      length.writeUInt32BE(field.length)
      return [length, field]
    }),
  )
}

/** As `ssh-keygen -l` prints it: `SHA256:` and base64 without padding. */
export const sha256Fingerprint = ({ blob }: PublicKey): string =>
  `SHA256:${createHash('sha256').update(blob).digest('base64').replace(/=+$/, '')}`

/** As `ssh-keygen -l -E md5` prints it, without `MD5:`, as MIG does. */
export const md5Fingerprint = ({ blob }: PublicKey): string =>
  createHash('md5').update(blob).digest('hex').replace(/..\B/g, '$&:')
