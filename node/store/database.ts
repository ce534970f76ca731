/** One LevelDB a node, opened by one process, with a checksum on every record. Not for what the records mean. */
import { createHash } from 'node:crypto'
import { mkdir, rename } from 'node:fs/promises'
import { Level } from 'level'
import { MeshError, reasonOf } from '../core/errors.ts'
import type { Clock, Logger, Records } from '../core/ports.ts'

const CHECKSUM_SIZE = 8

export interface Database {
  /** A name space of its own. */
  records(name: string): Records
  /** Records that survive a killed process but perhaps not a power cut, five times cheaper: for what a journal or a peer makes good. */
  cheapRecords(name: string): Records
  close(): Promise<void>
}

export interface DatabaseInit {
  readonly path: string
  readonly logger: Logger
  readonly clock: Pick<Clock, 'now'>
}

type Bytes = Level<string, Uint8Array>

/**
 * Opens, or sets a corrupt store aside (`store.corrupt-<ms>`) and begins anew: documents come back from peers, and the
 * journal, which is a file of its own, keeps the promise that nothing runs twice.
 * @throws MeshError HOME_BUSY when another process has it open
 */
export async function openDatabase({ path, logger, clock }: DatabaseInit): Promise<Database> {
  await mkdir(path, { recursive: true, mode: 0o700 })
  const level = await openLevel(path).catch(async (error: unknown) => {
    if (isLocked(error)) throw new MeshError({ code: 'HOME_BUSY', path }, { cause: error })
    if (!isCorrupt(error)) throw error
    const aside = `${path}.corrupt-${clock.now()}`
    await rename(path, aside)
    logger.log('store-corrupt', { path, aside, reason: reasonOf(error) })
    return openLevel(path)
  })
  return {
    records: (name) => createRecords(level, { name, logger, sync: true }),
    cheapRecords: (name) => createRecords(level, { name, logger, sync: false }),
    close: () => level.close(),
  }
}

async function openLevel(path: string): Promise<Bytes> {
  const level = new Level<string, Uint8Array>(path, { valueEncoding: 'view' })
  await level.open()
  return level
}

const isLocked = (error: unknown): boolean => causeCode(error) === 'LEVEL_LOCKED'

/** A full table of open files, or no permission, is no corruption: the store is left alone. */
const isCorrupt = (error: unknown): boolean => causeCode(error) === 'LEVEL_CORRUPTION'

function causeCode(error: unknown): unknown {
  const cause = error instanceof Error ? error.cause : undefined
  return cause instanceof Error && 'code' in cause ? cause.code : undefined
}

interface RecordsInit {
  readonly name: string
  readonly logger: Logger
  /** Whether a write waits for the disk. */
  readonly sync: boolean
}

function createRecords(level: Bytes, { name, logger, sync }: RecordsInit): Records {
  const sub = level.sublevel<string, Uint8Array>(name, { valueEncoding: 'view' })
  const read = (key: string, stored: Uint8Array): Uint8Array | undefined => {
    const value = unseal(stored)
    if (value === undefined) logger.log('record-corrupt', { in: name, key })
    return value
  }
  return {
    async get(key) {
      const stored = await sub.get(key)
      return stored === undefined ? undefined : read(key, stored)
    },
    put(key, value, replaced) {
      const put = { type: 'put' as const, sublevel: sub, key, value: sealed(value) }
      const gone =
        replaced === undefined ? [] : [{ type: 'del' as const, sublevel: sub, key: replaced }]
      return level.batch([put, ...gone], { sync })
    },
    delete: (key) => level.batch([{ type: 'del', sublevel: sub, key }], { sync }),
    keys: (prefix = '') => sub.keys(range(prefix)),
    async *entries(prefix = '') {
      for await (const [key, stored] of sub.iterator(range(prefix))) {
        const value = read(key, stored)
        if (value !== undefined) yield [key, value]
      }
    },
  }
}

const range = (prefix: string): { gte: string; lt: string } => ({
  gte: prefix,
  lt: `${prefix}\u{10FFFF}`,
})

const checksum = (value: Uint8Array): Uint8Array =>
  createHash('sha256').update(value).digest().subarray(0, CHECKSUM_SIZE)

const sealed = (value: Uint8Array): Uint8Array => Buffer.concat([checksum(value), value])

function unseal(stored: Uint8Array): Uint8Array | undefined {
  const value = stored.subarray(CHECKSUM_SIZE)
  return Buffer.compare(checksum(value), stored.subarray(0, CHECKSUM_SIZE)) === 0
    ? value
    : undefined
}
