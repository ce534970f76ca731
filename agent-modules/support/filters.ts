/** Sizes, byte strings and hashes as filters, `<10m`, parsed to what they mean. Not for testing anything with them (a module's checks.ts). */
import { FilterError, quote } from './filter-error.ts'

/** Inclusive bounds in bytes. */
export interface SizeRange {
  readonly min: number
  readonly max: number
}

const SIZE_FORM = /^(?<bound>[<>]?)(?<count>[0-9]+)(?<unit>[kmgt]?)$/
const SIZE_UNITS: Readonly<Record<string, number>> = {
  '': 1,
  k: 1024,
  m: 1024 ** 2,
  g: 1024 ** 3,
  t: 1024 ** 4,
}
const HEX_FORM = /^(?:[0-9a-f]{2})+$/i
/** Longest byte string: more is what a hash is for. */
const BYTES_LIMIT = 4096

/** `<10k`: at most; `>10k`: at least; `10k`: exactly; units of 1024. @throws FilterError */
export function parseSize(text: string): SizeRange {
  const groups = SIZE_FORM.exec(text)?.groups
  const bytes = Number(groups?.['count']) * (SIZE_UNITS[groups?.['unit'] ?? ''] ?? NaN)
  if (!Number.isSafeInteger(bytes))
    throw new FilterError(
      `${quote(text)} is not a size: write <10k (at most), >1m (at least) or 512 (exactly)`,
    )
  if (groups?.['bound'] === '<') return { min: 0, max: bytes }
  return { min: bytes, max: groups?.['bound'] === '>' ? Infinity : bytes }
}

/** Hex digits, two a byte, without `0x`. @throws FilterError */
export function parseBytes(text: string): Buffer {
  if (!HEX_FORM.test(text))
    throw new FilterError(
      `${quote(text)} is not a byte string: write hex digits, two for each byte, without 0x`,
    )
  if (text.length > 2 * BYTES_LIMIT)
    throw new FilterError(`byte string is longer than ${BYTES_LIMIT} bytes`)
  return Buffer.from(text, 'hex')
}

export const HASH_TYPES = ['md5', 'sha1', 'sha2', 'sha3'] as const
export type HashType = (typeof HASH_TYPES)[number]

/** Algorithms by the length of their digests in hex, as node:crypto names them. */
const ALGORITHMS: Readonly<Record<HashType, ReadonlyMap<number, string>>> = {
  md5: new Map([[32, 'md5']]),
  sha1: new Map([[40, 'sha1']]),
  sha2: new Map([
    [64, 'sha256'],
    [96, 'sha384'],
    [128, 'sha512'],
  ]),
  sha3: new Map([
    [56, 'sha3-224'],
    [64, 'sha3-256'],
    [96, 'sha3-384'],
    [128, 'sha3-512'],
  ]),
}

export interface DigestFilter {
  readonly algorithm: string
  /** Lower-case hex. */
  readonly hex: string
}

/** The length of a hash tells which of its family it is. @throws FilterError */
export function parseDigest(type: HashType, text: string): DigestFilter {
  const algorithm = ALGORITHMS[type].get(text.length)
  if (algorithm === undefined || !HEX_FORM.test(text)) {
    const lengths = [...ALGORITHMS[type].keys()].join(', ')
    throw new FilterError(`${quote(text)} is not a ${type} hash: write it as ${lengths} hex digits`)
  }
  return { algorithm, hex: text.toLowerCase() }
}
