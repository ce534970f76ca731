/** Bytes to text and back, strictly: every looseness is an attack on whoever reads the same bytes twice. */
import { createHash } from 'node:crypto'

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
const encoder = new TextEncoder()

export const toUtf8 = (text: string): Uint8Array => encoder.encode(text)

/** @throws TypeError on bytes that are not UTF-8. A byte order mark is kept, so that no parser takes it for nothing. */
export const fromUtf8 = (bytes: Uint8Array): string => utf8.decode(bytes)

export const sha256Hex = (bytes: Uint8Array): string =>
  createHash('sha256').update(bytes).digest('hex')

export const toBase64 = (bytes: Uint8Array): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64')

export const toBase64url = (bytes: Uint8Array): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64url')

/** Standard base64 with padding (RFC 4648 section 4), `undefined` unless it is the one canonical spelling. */
export function fromBase64(text: string): Uint8Array | undefined {
  const bytes = Buffer.from(text, 'base64')
  return bytes.toString('base64') === text ? bytes : undefined
}

/** URL-safe base64 without padding (RFC 4648 section 5), `undefined` unless canonical. */
export function fromBase64url(text: string): Uint8Array | undefined {
  const bytes = Buffer.from(text, 'base64url')
  return bytes.toString('base64url') === text ? bytes : undefined
}

/** Levels of arrays and objects in any JSON from outside; deeper is somebody exhausting stacks. */
export const NESTING_LIMIT = 64

/**
 * True for JSON that every reader takes alike: finite numbers, at most 64 levels, and no key `__proto__`, which copies
 * of an object silently lose.
 */
export function isPlainJson(value: unknown, levels = NESTING_LIMIT): boolean {
  if (value === null || typeof value === 'boolean' || typeof value === 'string') return true
  if (typeof value === 'number') return Number.isFinite(value)
  if (typeof value !== 'object' || levels === 0) return false
  if (Array.isArray(value)) return value.every((item) => isPlainJson(item, levels - 1))
  if (Object.hasOwn(value, '__proto__')) return false
  return Object.values(value).every((item) => isPlainJson(item, levels - 1))
}

/**
 * JSON whose bytes equal `JSON.stringify` of what they parse to: no duplicate keys, no odd numbers, no spare white
 * space, so that two readers cannot see two documents. `undefined` for everything else.
 */
export function parseCanonicalJson(bytes: Uint8Array): unknown {
  try {
    const text = fromUtf8(bytes)
    const value: unknown = JSON.parse(text)
    return isPlainJson(value) && JSON.stringify(value) === text ? value : undefined
  } catch {
    // Not UTF-8, not JSON, or nested deeper than the parser's stack: all the same to the caller.
    return undefined
  }
}
