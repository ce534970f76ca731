/**
 * Records of utmp, wtmp and btmp as Linux writes them (utmp(5)).
 *
 * DEV NOTE. glibc's record has 384 bytes with times of 32 bits where 32-bit programs may share the files, as on x86, and 400 with times of 64 bits on
 * others, as on AArch64. A file does not say which, nor in which byte order: it is told by which of the forms makes sense of its records. Nothing in a record is believed: texts end where they end, and times that no calendar has make no record.
 */
import { formatAddress, unmapped } from '../support/ip-address.ts'

export interface LoginRecord {
  readonly type: number
  readonly pid: number
  readonly line: string
  readonly user: string
  /** As the program that wrote it knew it: a name, an address, a kernel's version. */
  readonly host: string | undefined
  readonly address: string | undefined
  readonly atMs: number
}

export const RECORD_TYPE = { runLevel: 1, boot: 2, user: 7, dead: 8 } as const
const LAST_TYPE = 9

export interface RecordLayout {
  readonly size: number
  readonly isLittleEndian: boolean
  readonly hasLongTimes: boolean
}

const LAYOUTS: readonly RecordLayout[] = [true, false].flatMap((isLittleEndian) => [
  { size: 384, hasLongTimes: false, isLittleEndian },
  { size: 400, hasLongTimes: true, isLittleEndian },
])

/** Records looked at to tell the layout. */
const SAMPLES = 32
/** The last second of the year 9999. */
const LAST_SECOND = 253_402_300_799n

/** The layout that makes sense of most records at the beginning of a file; undefined when none does of half of them. */
export function layoutOf(start: Buffer): RecordLayout | undefined {
  const scored = LAYOUTS.map((layout) => ({ layout, score: score(start, layout) }))
  const best = scored.reduce((one, other) => (other.score > one.score ? other : one))
  return best.score >= 0.5 ? best.layout : undefined
}

function score(start: Buffer, layout: RecordLayout): number {
  const count = Math.min(SAMPLES, Math.floor(start.length / layout.size))
  let sensible = 0
  for (let index = 0; index < count; index += 1) {
    const bytes = start.subarray(index * layout.size, (index + 1) * layout.size)
    // utmp has room for sessions to come.
    if (isEmpty(bytes) || decodeRecord(bytes, layout) !== undefined) sensible += 1
  }
  return count === 0 ? 0 : sensible / count
}

/** Undefined for what is no record. `bytes` has the size of one. */
export function decodeRecord(bytes: Buffer, layout: RecordLayout): LoginRecord | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  const { isLittleEndian, hasLongTimes } = layout
  const type = view.getInt16(0, isLittleEndian)
  const seconds = hasLongTimes
    ? view.getBigInt64(344, isLittleEndian)
    : BigInt(view.getUint32(340, isLittleEndian))
  const microseconds = hasLongTimes
    ? Number(view.getBigInt64(352, isLittleEndian))
    : view.getInt32(344, isLittleEndian)
  if (type < 1 || type > LAST_TYPE || seconds < 0n || seconds > LAST_SECOND) return undefined
  if (microseconds < 0 || microseconds >= 1_000_000) return undefined
  return {
    type,
    pid: view.getInt32(4, isLittleEndian),
    line: textOf(bytes.subarray(8, 40)) ?? '',
    user: textOf(bytes.subarray(44, 76)) ?? '',
    host: textOf(bytes.subarray(76, 332)),
    address: addressOf(bytes.subarray(hasLongTimes ? 360 : 348).subarray(0, 16)),
    atMs: Number(seconds) * 1000 + Math.floor(microseconds / 1000),
  }
}

/** Up to the first zero; undefined when empty. */
export function textOf(bytes: Buffer): string | undefined {
  const end = bytes.indexOf(0)
  const text = bytes.toString('utf8', 0, end === -1 ? bytes.length : end)
  return text === '' ? undefined : text
}

/** 16 bytes in network order, of which IPv4 uses the first 4; undefined when none is set. */
function addressOf(bytes: Buffer): string | undefined {
  if (isEmpty(bytes)) return undefined
  return formatAddress(isEmpty(bytes.subarray(4)) ? bytes.subarray(0, 4) : unmapped(bytes))
}

const isEmpty = (bytes: Buffer): boolean => bytes.every((byte) => byte === 0)
