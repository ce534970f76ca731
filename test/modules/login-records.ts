/** Writes records as login programs do, for tests: utmp's of each machine, and lastlog's. */

export interface RecordInit {
  readonly type: number
  readonly pid?: number
  readonly line?: string
  readonly user?: string
  readonly host?: string
  /** 4 or 16 bytes. */
  readonly address?: readonly number[]
  readonly atMs: number
}

export interface RecordForm {
  readonly hasLongTimes: boolean
  readonly isLittleEndian: boolean
}

export const FORMS: readonly RecordForm[] = [true, false].flatMap((isLittleEndian) => [
  { hasLongTimes: false, isLittleEndian },
  { hasLongTimes: true, isLittleEndian },
])
const [HERE = FORMS[0]] = FORMS

/** In the form of this machine (x86) unless told otherwise. */
export const recordsOf = (
  records: readonly RecordInit[],
  form: RecordForm | undefined = HERE,
): Buffer => Buffer.concat(records.map((record) => recordOf(record, form)))

function recordOf(
  init: RecordInit,
  form: RecordForm = { hasLongTimes: false, isLittleEndian: true },
): Buffer {
  const { hasLongTimes, isLittleEndian } = form
  const bytes = Buffer.alloc(hasLongTimes ? 400 : 384)
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  view.setInt16(0, init.type, isLittleEndian)
  view.setInt32(4, init.pid ?? 1, isLittleEndian)
  bytes.write(init.line ?? '', 8, 32)
  bytes.write((init.line ?? '').slice(-4), 40, 4)
  bytes.write(init.user ?? '', 44, 32)
  bytes.write(init.host ?? '', 76, 256)
  const seconds = Math.floor(init.atMs / 1000)
  const microseconds = (init.atMs % 1000) * 1000
  if (hasLongTimes) {
    view.setBigInt64(344, BigInt(seconds), isLittleEndian)
    view.setBigInt64(352, BigInt(microseconds), isLittleEndian)
  } else {
    view.setUint32(340, seconds, isLittleEndian)
    view.setInt32(344, microseconds, isLittleEndian)
  }
  bytes.set(init.address ?? [], hasLongTimes ? 360 : 348)
  return bytes
}

export interface LastlogInit {
  readonly uid: number
  readonly seconds: number
  readonly line: string
  readonly host: string
}

export function lastlogOf(records: readonly LastlogInit[], hasLongTimes = false): Buffer {
  const from = hasLongTimes ? 8 : 4
  const size = from + 288
  const bytes = Buffer.alloc(size * (1 + Math.max(...records.map(({ uid }) => uid))))
  for (const { uid, seconds, line, host } of records) {
    const record = bytes.subarray(uid * size)
    if (hasLongTimes) record.writeBigInt64LE(BigInt(seconds))
    else record.writeUInt32LE(seconds)
    record.write(line, from, 32)
    record.write(host, from + 32, 256)
  }
  return bytes
}
