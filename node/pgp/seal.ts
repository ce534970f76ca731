/**
 * Seals a result to the investigators' nodes, so that any peer may carry it without reading it: HPKE base mode (RFC 9180,
 * DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, AES-256-GCM). Not for proving who made it: results are signed first.
 *
 * DEV NOTE. The plaintext is encrypted once, under a key drawn for this one seal; that key's seed is wrapped for every
 * recipient. Layout, sizes in bytes:
 *
 *   1   version, 1
 *   1   n, the number of recipients, 1 to 255
 *   32  commitment to the seed, so that all recipients open the same plaintext or none (AES-GCM alone commits to no key)
 *   n x 112   recipient's public key (32), encapsulated key (32), the seed wrapped by HPKE (48)
 *   *   AES-256-GCM ciphertext, then its tag (16); nonce zero, for the key is used once; everything above and the context
 *       are additional data
 *
 * HPKE's info is `mig/seal/1`, a zero byte, and the caller's context (action id and agent id), so a sealed result cannot be
 * passed off as another's. The length of the plaintext shows, and so do the recipients, who stand in the action anyway.
 */
import {
  createCipheriv,
  createDecipheriv,
  generateKeyPairSync,
  hkdfSync,
  randomBytes,
} from 'node:crypto'
import type { CipherSuite } from '@hpke/core'
import { fromBase64url, toUtf8 } from '../core/bytes.ts'
import { MeshError } from '../core/errors.ts'

const VERSION = 1
/** What the byte holds, and more than an action can name: 4 nodes of its own and 8 of each of 16 signers. */
const RECIPIENTS_LIMIT = 255
const KEY_SIZE = 32
const TAG_SIZE = 16
const SEED_SIZE = 32
const FIXED_SIZE = 2 + SEED_SIZE
const STANZA_SIZE = KEY_SIZE + KEY_SIZE + SEED_SIZE + TAG_SIZE
const CIPHER = 'aes-256-gcm'
/** Safe because no content key encrypts twice. */
const NONCE = new Uint8Array(12)

/** X25519 keys, 32 bytes each in base64url. */
export interface SealingKey {
  readonly publicKey: string
  readonly privateKey: string
}

export interface SealInput {
  /** Public sealing keys, at most 255; one that is there twice counts once. */
  readonly recipients: readonly string[]
  /** What the result belongs to; opening needs the same bytes. */
  readonly context: Uint8Array
}

export interface SealOutcome {
  /** `undefined` when nobody could open it. */
  readonly sealed: Uint8Array | undefined
  /** Recipients that nothing can be sealed to: no X25519 key of 32 bytes, or a point of low order. */
  readonly unusable: readonly string[]
}

export interface OpenInput extends SealingKey {
  readonly context: Uint8Array
}

/** A key pair for a node that is to receive results. Kept in the node's store; only the public half travels. */
export function generateSealingKey(): Promise<SealingKey> {
  const { privateKey } = generateKeyPairSync('x25519')
  const { x, d } = privateKey.export({ format: 'jwk' })
  if (x === undefined || d === undefined) throw new Error('X25519 key without its parts')
  return Promise.resolve({ publicKey: x, privateKey: d })
}

/**
 * One recipient whose key is no use must not cost the others their answer: it is left out, and named.
 * @throws MeshError KEY_INVALID when there are more than 255 recipients
 */
export async function seal(plaintext: Uint8Array, input: SealInput): Promise<SealOutcome> {
  const recipients = [...new Set(input.recipients)]
  if (recipients.length > RECIPIENTS_LIMIT) {
    const reason = `there must be at most ${RECIPIENTS_LIMIT} of them`
    throw new MeshError({ code: 'KEY_INVALID', key: 'of the recipients', reason })
  }
  const seed = randomBytes(SEED_SIZE)
  const wrapped = await Promise.all(
    recipients.map((recipient) => wrap(seed, { recipient, context: input.context })),
  )
  const unusable = recipients.filter((_, index) => wrapped[index] === undefined)
  const stanzas = wrapped.filter((stanza) => stanza !== undefined)
  if (stanzas.length === 0) return { sealed: undefined, unusable }
  const { key, commitment } = expand(seed)
  const header = Buffer.concat([Uint8Array.of(VERSION, stanzas.length), commitment, ...stanzas])
  const cipher = createCipheriv(CIPHER, key, NONCE).setAAD(Buffer.concat([header, input.context]))
  const ciphertext = Buffer.concat([cipher.update(plaintext), cipher.final()])
  return { sealed: Buffer.concat([header, ciphertext, cipher.getAuthTag()]), unusable }
}

/** @throws MeshError SEAL_INVALID when the bytes are damaged, not sealed to this key, or sealed in another context */
export async function open(sealed: Uint8Array, input: OpenInput): Promise<Uint8Array> {
  const { header, stanzas, ciphertext, tag } = takeApart(sealed)
  const publicKey = fromBase64url(input.publicKey)
  const stanza = stanzas.find((part) => publicKey !== undefined && startsWith(part, publicKey))
  if (stanza === undefined) throw sealInvalid('it is not sealed to this key')
  const seed = await unwrap(stanza, input)
  const { key, commitment } = expand(seed)
  if (!commitment.equals(header.subarray(2, FIXED_SIZE))) {
    throw sealInvalid('its key is not the one it commits to')
  }
  try {
    const decipher = createDecipheriv(CIPHER, key, NONCE, { authTagLength: TAG_SIZE })
    decipher.setAAD(Buffer.concat([header, input.context])).setAuthTag(tag)
    return Buffer.concat([decipher.update(ciphertext), decipher.final()])
  } catch (cause) {
    throw sealInvalid('its content was changed', cause)
  }
}

interface Sealed {
  readonly header: Uint8Array
  readonly stanzas: readonly Uint8Array[]
  readonly ciphertext: Uint8Array
  readonly tag: Uint8Array
}

function takeApart(sealed: Uint8Array): Sealed {
  const [version, count = 0] = sealed
  if (version !== VERSION)
    throw sealInvalid(`its version is ${version ?? 'missing'}, not ${VERSION}`)
  const headerSize = FIXED_SIZE + count * STANZA_SIZE
  const isPossible = count >= 1 && count <= RECIPIENTS_LIMIT
  if (!isPossible || sealed.length < headerSize + TAG_SIZE) throw sealInvalid('it is cut off')
  return {
    header: sealed.subarray(0, headerSize),
    stanzas: Array.from({ length: count }, (_, index) => {
      const start = FIXED_SIZE + index * STANZA_SIZE
      return sealed.subarray(start, start + STANZA_SIZE)
    }),
    ciphertext: sealed.subarray(headerSize, -TAG_SIZE),
    tag: sealed.subarray(-TAG_SIZE),
  }
}

const startsWith = (bytes: Uint8Array, start: Uint8Array): boolean =>
  start.length === KEY_SIZE && Buffer.compare(bytes.subarray(0, KEY_SIZE), start) === 0

/** The content key and what commits to it, both from the seed. */
function expand(seed: Uint8Array): { key: Buffer; commitment: Buffer } {
  const size = KEY_SIZE + SEED_SIZE
  const bytes = Buffer.from(hkdfSync('sha256', seed, '', 'mig/seal/1 content', size))
  return { key: bytes.subarray(0, KEY_SIZE), commitment: bytes.subarray(KEY_SIZE) }
}

/** One recipient's stanza, `undefined` where the key is none. */
async function wrap(
  seed: Uint8Array,
  { recipient, context }: { recipient: string; context: Uint8Array },
): Promise<Uint8Array | undefined> {
  const raw = fromBase64url(recipient)
  if (raw?.length !== KEY_SIZE) return undefined
  const suite = await loadSuite()
  try {
    // The library names DOM types that a Node program does not have.
    const recipientPublicKey: unknown = await suite.kem.deserializePublicKey(raw)
    const info = infoOf(context)
    const { enc, ct } = await suite.seal({ recipientPublicKey, info }, seed)
    return Buffer.concat([raw, new Uint8Array(enc), new Uint8Array(ct)])
  } catch {
    // A point of low order agrees on the same secret with everybody (RFC 9180 section 7.1.4).
    return undefined
  }
}

async function unwrap(stanza: Uint8Array, { privateKey, context }: OpenInput): Promise<Uint8Array> {
  const suite = await loadSuite()
  const encapsulated = stanza.slice(KEY_SIZE, 2 * KEY_SIZE)
  try {
    const recipientKey: unknown = await suite.kem.deserializePrivateKey(
      fromBase64url(privateKey) ?? new Uint8Array(),
    )
    const params = { recipientKey, enc: encapsulated, info: infoOf(context) }
    return new Uint8Array(await suite.open(params, stanza.slice(2 * KEY_SIZE)))
  } catch (cause) {
    throw sealInvalid('it belongs to another action or agent, or was changed', cause)
  }
}

const infoOf = (context: Uint8Array): Uint8Array => Buffer.concat([toUtf8('mig/seal/1\0'), context])

let suite: Promise<CipherSuite> | undefined

/** Loaded on first use: the library costs 25-50 ms, and most commands seal nothing. */
const loadSuite = (): Promise<CipherSuite> =>
  (suite ??= import('@hpke/core').then(
    ({ Aes256Gcm, CipherSuite, DhkemX25519HkdfSha256, HkdfSha256 }) =>
      new CipherSuite({
        kem: new DhkemX25519HkdfSha256(),
        kdf: new HkdfSha256(),
        aead: new Aes256Gcm(),
      }),
  ))

const sealInvalid = (reason: string, cause?: unknown): MeshError =>
  new MeshError({ code: 'SEAL_INVALID', reason }, { cause })
