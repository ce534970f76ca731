/**
 * Peer ids of Ed25519 keys and back (libp2p's peer-ids specification): base58btc of an identity multihash (00 24) around
 * the key as protobuf (08 01: type Ed25519, 12 20: 32 bytes). Ids of other key types are refused: a hash of a key cannot be
 * checked against a signature, and RSA ids were an attack (CVE-2023-39533).
 */
import type { PeerId } from './ids.ts'

const PREFIX: readonly number[] = [0x00, 0x24, 0x08, 0x01, 0x12, 0x20]
const KEY_SIZE = 32
const BYTES_SIZE = PREFIX.length + KEY_SIZE
/** Every Ed25519 peer id has this many characters. */
const TEXT_LENGTH = 52

/** Base58 without 0, O, I and l, as Bitcoin has it. */
const ALPHABET = '123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz'
const BASE = BigInt(ALPHABET.length)

/** @throws RangeError unless the key has 32 bytes */
export function peerIdFromPublicKey(publicKey: Uint8Array): PeerId {
  if (publicKey.length !== KEY_SIZE) throw new RangeError('an Ed25519 public key has 32 bytes')
  return encode([...PREFIX, ...publicKey]) as PeerId
}

/** The raw Ed25519 key, `undefined` unless the text is the canonical id of one. */
export function publicKeyFromPeerId(peerId: string): Uint8Array | undefined {
  if (peerId.length !== TEXT_LENGTH) return undefined
  const bytes = decode(peerId)
  const isKey = bytes !== undefined && PREFIX.every((octet, index) => bytes[index] === octet)
  if (!isKey || encode([...bytes]) !== peerId) return undefined
  return bytes.subarray(PREFIX.length)
}

/** The first octet of an identity multihash is zero, which base58 writes as a leading `1`. */
function encode(bytes: readonly number[]): string {
  let rest = bytes.reduce((sum, octet) => sum * 256n + BigInt(octet), 0n)
  let text = ''
  for (; rest > 0n; rest /= BASE) text = (ALPHABET[Number(rest % BASE)] ?? '') + text
  return '1' + text
}

function decode(text: string): Uint8Array | undefined {
  const digits = Array.from(text, (letter) => ALPHABET.indexOf(letter))
  if (digits.includes(-1)) return undefined
  const value = digits.reduce((sum, digit) => sum * BASE + BigInt(digit), 0n)
  const hex = value.toString(16).padStart(BYTES_SIZE * 2, '0')
  return hex.length === BYTES_SIZE * 2 ? Uint8Array.from(Buffer.from(hex, 'hex')) : undefined
}
