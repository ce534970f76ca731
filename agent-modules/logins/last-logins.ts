/** When each account last logged in on Linux: from lastlog, which has a record for each number of a user, or from lastlog2. */
import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs'
import { readAccounts } from '../support/accounts.ts'
import { placeOn } from '../support/machine.ts'
import { hasVanished, reasonOf } from '../support/soft-errors.ts'
import type { Finding } from './answer.ts'
import type { Asking } from './asking.ts'
import { isWanted, originOf, timeOf } from './login.ts'
import { hasLastlog2, lastlog2Rows, type LastLogin } from './login-databases.ts'
import { textOf } from './utmp.ts'

const LASTLOG = '/var/log/lastlog'

/** As utmp's records: times of 32 bits, or of 64 (utmp.ts). */
interface LastlogLayout {
  readonly size: number
  readonly hasLongTimes: boolean
}
const LAYOUTS: readonly LastlogLayout[] = [
  { size: 292, hasLongTimes: false },
  { size: 296, hasLongTimes: true },
]
/** Where the size of a file fits both, what this kind of machine writes. */
const LIKELY_LAYOUTS = process.arch === 'arm64' ? LAYOUTS.toReversed() : LAYOUTS
const isLittleEndianHost = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1
const LAST_SECOND = 253_402_300_799n

export async function* lastLogins(asking: Asking): AsyncGenerator<Finding, void> {
  const logins = hasLastlog2(asking) ? lastlog2Rows(asking) : lastlogRecords(asking)
  for await (const { user, atMs, tty, host } of logins)
    if (isWanted({ user, atMs, host }, asking))
      yield {
        query: 'lastlogins',
        found: {
          user,
          ...(tty === undefined ? {} : { tty }),
          ...originOf({ host }),
          login: timeOf(atMs),
        },
      }
}

async function* lastlogRecords(asking: Asking): AsyncGenerator<LastLogin, void> {
  const { machine, errors } = asking
  let descriptor: number | undefined
  try {
    descriptor = openSync(
      placeOn(machine, LASTLOG),
      constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOFOLLOW,
    )
    yield* loginsIn(descriptor, asking)
  } catch (error) {
    errors.add(LASTLOG, hasVanished(error) ? 'is not there' : reasonOf(error))
  } finally {
    if (descriptor !== undefined) closeSync(descriptor)
  }
}

async function* loginsIn(
  descriptor: number,
  { machine, errors, pace }: Asking,
): AsyncGenerator<LastLogin, void> {
  const { size } = fstatSync(descriptor)
  const layout = LIKELY_LAYOUTS.find((one) => size % one.size === 0)
  if (layout === undefined) {
    errors.add(LASTLOG, 'is not in a form that is known')
    return
  }
  for (const { name, uid } of readAccounts(machine)) {
    if (pace.isDue()) await pace.turn()
    const login = decode(readRecord(descriptor, uid, layout), layout)
    if (login !== undefined) yield { user: name, ...login }
  }
}

/** The file is sparse, and as large as the highest number of a user that ever logged in. */
function readRecord(descriptor: number, uid: number, { size }: LastlogLayout): Buffer {
  const record = Buffer.alloc(size)
  if (Number.isSafeInteger(uid * size)) readSync(descriptor, record, 0, size, uid * size)
  return record
}

/** Undefined for who never logged in. */
function decode(
  record: Buffer,
  { hasLongTimes }: LastlogLayout,
): Omit<LastLogin, 'user'> | undefined {
  const view = new DataView(record.buffer, record.byteOffset, record.length)
  const seconds = hasLongTimes
    ? view.getBigInt64(0, isLittleEndianHost)
    : BigInt(view.getUint32(0, isLittleEndianHost))
  if (seconds <= 0n || seconds > LAST_SECOND) return undefined
  const from = hasLongTimes ? 8 : 4
  return {
    atMs: Number(seconds) * 1000,
    tty: textOf(record.subarray(from, from + 32)),
    host: textOf(record.subarray(from + 32, from + 288)),
  }
}
