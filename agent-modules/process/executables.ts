/** Hashes of the files that processes run: each file is read once in a run, however many processes run it. */
import { createHash } from 'node:crypto'
import { closeSync, constants, fstatSync, openSync, readSync, type BigIntStats } from 'node:fs'
import type { Pace } from '../support/pace.ts'
import type { ProcessHost, ProcessRecord } from './host.ts'

const CHUNK_SIZE = 256 * 1024
/** Opening a pipe does not wait for its other end. Windows knows only the first. */
const OPEN_FLAGS =
  constants.O_RDONLY |
  (process.platform === 'win32' ? 0 : constants.O_NONBLOCK | constants.O_NOCTTY)
const NO_LINK = process.platform === 'win32' ? 0 : constants.O_NOFOLLOW

/** Lower-case hex by algorithm. */
export type Digests = ReadonlyMap<string, string>
const NO_DIGESTS: Digests = new Map()

export interface ExecutablesInit {
  readonly host: ProcessHost
  /** As node:crypto names them: all that this run may ask for. */
  readonly algorithms: ReadonlySet<string>
  readonly pace: Pace
  readonly signal: AbortSignal
}

export class Executables {
  readonly #init: ExecutablesInit
  readonly #buffer = Buffer.allocUnsafeSlow(CHUNK_SIZE)
  /** By device and inode. */
  readonly #known = new Map<string, Digests | undefined>()
  bytesRead = 0

  constructor(init: ExecutablesInit) {
    this.#init = init
  }

  /** Empty for what runs no file; undefined when the file cannot be read, or the run is called off meanwhile. */
  async digestsOf(record: ProcessRecord): Promise<Digests | undefined> {
    if (record.path?.text === '') return NO_DIGESTS
    const file = this.#init.host.executable(record)
    if (file === undefined) return undefined
    try {
      const descriptor = openSync(file.path, OPEN_FLAGS | (file.isLink ? 0 : NO_LINK))
      try {
        return await this.#digestsOfOpen(descriptor)
      } finally {
        closeSync(descriptor)
      }
    } catch {
      // Gone, or not ours to read: the caller counts what it cannot tell.
      return undefined
    }
  }

  async #digestsOfOpen(descriptor: number): Promise<Digests | undefined> {
    const stats = fstatSync(descriptor, { bigint: true })
    if (!stats.isFile()) return undefined
    const key = `${stats.dev}:${stats.ino}`
    if (this.#known.has(key)) return this.#known.get(key)
    const digests = await this.#hash(descriptor, stats)
    this.#known.set(key, digests)
    return digests
  }

  /** Up to the size it has: what runs does not grow. */
  async #hash(descriptor: number, { size }: BigIntStats): Promise<Digests | undefined> {
    const { algorithms, pace, signal } = this.#init
    const hashes = [...algorithms].map((algorithm) => ({ algorithm, hash: createHash(algorithm) }))
    let left = Number(size)
    while (left > 0) {
      const length = readSync(descriptor, this.#buffer, 0, Math.min(CHUNK_SIZE, left), null)
      if (length === 0) return undefined
      for (const { hash } of hashes) hash.update(this.#buffer.subarray(0, length))
      left -= length
      this.bytesRead += length
      if (pace.isDue()) await pace.turn()
      if (signal.aborted) return undefined
    }
    return new Map(hashes.map(({ algorithm, hash }) => [algorithm, hash.digest('hex')]))
  }
}
