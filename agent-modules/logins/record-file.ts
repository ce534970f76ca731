/** Files of login records, newest record first: the file in use, and the older ones that log rotation left beside it. */
import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs'
import path from 'node:path'
import { Unpacking } from '../support/gunzip.ts'
import { placeOn } from '../support/machine.ts'
import { namesIn } from '../support/names-in.ts'
import { isPacked, rotationOrder } from '../support/rotation-name.ts'
import { hasVanished, reasonOf, type SoftErrors } from '../support/soft-errors.ts'
import type { Asking } from './asking.ts'
import { decodeRecord, layoutOf, type LoginRecord, type RecordLayout } from './utmp.ts'

/** Looked at of one file, from its end: some 170,000 logins. */
const SIZE_LIMIT = 64 * 1024 * 1024
const FILES_LIMIT = 64
/** Looked at to find the rotated ones. */
const NAMES_LIMIT = 20_000
const START_SIZE = 16 * 1024
const RECORDS_AT_ONCE = 128
const PACKED_STEP = 64 * 1024

/** Bytes of a file or what it unpacks to. */
interface Bytes extends Disposable {
  readonly size: number
  read(from: number, length: number): Buffer
}

/** All records of `/var/log/wtmp` and what was rotated away from it, some at a time. */
export async function* rotatedRecords(
  place: string,
  asking: Asking,
): AsyncGenerator<readonly LoginRecord[], void> {
  for (const file of rotatedFiles(place, asking)) {
    if (asking.signal.aborted) return
    yield* records(file, asking)
  }
}

/** The file in use first, then by age, as their names tell it: the times of files are anybody's who may write them. */
function rotatedFiles(place: string, { machine, errors }: Asking): readonly string[] {
  const { dir, base } = path.posix.parse(place)
  try {
    const { names, isCut } = namesIn(placeOn(machine, dir), NAMES_LIMIT)
    if (isCut) errors.notice(`${dir}: only ${NAMES_LIMIT} names were looked at`)
    const others = names
      .filter((name) => name.startsWith(base))
      .map((name) => name.slice(base.length))
    const files = others.flatMap((added) => {
      const order = rotationOrder(place, added)
      return order === undefined ? [] : [{ file: `${place}${added}`, order }]
    })
    sayOthers(place, others, errors)
    if (files.length > FILES_LIMIT)
      errors.notice(
        `${place}: only the newest ${FILES_LIMIT} of ${files.length} files were looked at`,
      )
    files.sort((one, other) => (one.order > other.order ? -1 : 1))
    return files.slice(0, FILES_LIMIT).map(({ file }) => file)
  } catch (error) {
    errors.add(dir, reasonOf(error))
    return []
  }
}

/** Of `wtmp.bak`, which somebody made; `wtmpdb` is none of its files. */
function sayOthers(place: string, others: readonly string[], errors: SoftErrors): void {
  const unread = others.filter(
    (added) => /^[^A-Za-z]/.test(added) && rotationOrder(place, added) === undefined,
  )
  if (unread.length > 0)
    errors.add(
      place,
      `${unread.length} files beside it are not named as rotation names them, and were not looked at`,
    )
}

/** Newest first; what cannot be read is among the errors. */
export async function* records(
  file: string,
  asking: Asking,
): AsyncGenerator<readonly LoginRecord[], void> {
  const { errors, pace, signal } = asking
  try {
    using bytes = await open(file, asking)
    if (bytes === undefined || bytes.size === 0) return
    const layout = layoutOf(bytes.read(0, START_SIZE))
    if (layout === undefined) {
      errors.add(file, 'is not in a form that is known')
      return
    }
    for (const batch of batches(bytes, layout)) {
      yield batch
      if (pace.isDue()) await pace.turn()
      if (signal.aborted) return
    }
    const cut = bytes.size % layout.size
    if (cut > 0) errors.add(file, `its last ${cut} bytes are no whole record`)
    if (bytes.size > SIZE_LIMIT)
      errors.add(file, `only its last ${SIZE_LIMIT} bytes were looked at`)
  } catch (error) {
    if (!hasVanished(error)) errors.add(file, reasonOf(error))
  }
}

function* batches(bytes: Bytes, layout: RecordLayout): Generator<readonly LoginRecord[]> {
  const end = Math.floor(bytes.size / layout.size)
  const first = end - Math.floor(Math.min(bytes.size, SIZE_LIMIT) / layout.size)
  for (let to = end; to > first; to -= RECORDS_AT_ONCE) {
    const from = Math.max(first, to - RECORDS_AT_ONCE)
    const block = bytes.read(from * layout.size, (to - from) * layout.size)
    const batch: LoginRecord[] = []
    for (let at = block.length - layout.size; at >= 0; at -= layout.size) {
      const record = decodeRecord(block.subarray(at, at + layout.size), layout)
      if (record !== undefined) batch.push(record)
    }
    yield batch
  }
}

async function open(file: string, asking: Asking): Promise<Bytes | undefined> {
  const bytes = openFile(placeOn(asking.machine, file))
  if (bytes === undefined || !isPacked(file)) return bytes
  using closing = bytes
  if (file.endsWith('.gz')) return await unpack(file, closing, asking)
  asking.errors.add(file, 'is packed in a way that is not looked into')
  return undefined
}

async function unpack(file: string, packed: Bytes, { errors, signal }: Asking): Promise<Bytes> {
  const parts: Buffer[] = []
  let size = 0
  const unpacking = new Unpacking(
    {
      get isDone() {
        return size > SIZE_LIMIT
      },
      feed: (bytes) => {
        parts.push(Buffer.from(bytes))
        size += bytes.length
      },
    },
    signal,
  )
  for (
    let from = 0;
    from < packed.size && size <= SIZE_LIMIT && !signal.aborted;
    from += PACKED_STEP
  )
    await unpacking.write(packed.read(from, PACKED_STEP))
  await unpacking.end()
  if (size > SIZE_LIMIT) errors.add(file, `only its first ${SIZE_LIMIT} bytes were unpacked`)
  else if (unpacking.problem !== undefined) errors.add(file, unpacking.problem)
  const unpacked = Buffer.concat(parts).subarray(0, SIZE_LIMIT)
  return {
    size: unpacked.length,
    read: (from, length) => unpacked.subarray(from, from + length),
    [Symbol.dispose]: () => undefined,
  }
}

/** A regular file and nothing else. @throws the system's error */
function openFile(place: string): Bytes | undefined {
  const descriptor = openSync(
    place,
    constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOFOLLOW,
  )
  const stats = fstatSync(descriptor)
  const bytes = {
    size: stats.size,
    read: (from: number, length: number): Buffer => {
      const buffer = Buffer.alloc(Math.min(length, stats.size - from))
      return buffer.subarray(0, readSync(descriptor, buffer, 0, buffer.length, from))
    },
    [Symbol.dispose]: () => {
      closeSync(descriptor)
    },
  }
  if (stats.isFile()) return bytes
  bytes[Symbol.dispose]()
  return undefined
}
