/** Opens and reads regular files only: never a pipe, device or socket, never through a link put in place meanwhile. */
import {
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  openSync,
  readSync,
  type BigIntStats,
} from 'node:fs'

/** Read at a time into one buffer that all files share: larger is not faster (measured), and is longer between two pauses. */
const CHUNK_SIZE = 64 * 1024
/** Files of /proc have no size: this much of one is read. */
const SIZELESS_LIMIT = 16 * 1024 * 1024

/** O_NONBLOCK: opening a pipe does not wait for its other end. Windows knows only the first. */
const OPEN_FLAGS =
  constants.O_RDONLY |
  (process.platform === 'win32'
    ? 0
    : constants.O_NONBLOCK | constants.O_NOFOLLOW | constants.O_NOCTTY)

export interface Metadata {
  readonly size: number
  /** st_mode. */
  readonly mode: number
  readonly modifiedNs: bigint
}

/** Metadata of a regular file without opening it; undefined when there is none (any more). */
export function readMetadata(file: string | Buffer): Metadata | undefined {
  const stats = lstatSync(file, { bigint: true, throwIfNoEntry: false })
  return stats?.isFile() === true ? metadataOf(stats) : undefined
}

function metadataOf(stats: BigIntStats): Metadata {
  return { size: Number(stats.size), mode: Number(stats.mode), modifiedNs: stats.mtimeNs }
}

export interface Chunk {
  /** Valid until the next chunk is read. */
  readonly bytes: Buffer
  readonly isLast: boolean
}

/** One open file. It is read up to the size it had when opened: what is appended meanwhile does not count. */
export class RegularFile {
  readonly metadata: Metadata
  readonly #descriptor: number
  readonly #limit: number
  readonly #buffer: Buffer
  readonly #hasSize: boolean
  #read = 0
  #ended = false

  /** @throws the system's error; undefined when it is no regular file. */
  static open(file: string | Buffer, buffer: Buffer): RegularFile | undefined {
    const descriptor = openSync(file, OPEN_FLAGS)
    const stats = fstatSync(descriptor, { bigint: true })
    if (stats.isFile()) return new RegularFile(descriptor, metadataOf(stats), buffer)
    closeSync(descriptor)
    return undefined
  }

  /** The buffer that all files of one run share. */
  static createBuffer(): Buffer {
    return Buffer.allocUnsafeSlow(CHUNK_SIZE)
  }

  private constructor(descriptor: number, metadata: Metadata, buffer: Buffer) {
    this.#descriptor = descriptor
    this.metadata = metadata
    this.#hasSize = metadata.size > 0
    this.#limit = this.#hasSize ? metadata.size : SIZELESS_LIMIT
    this.#buffer = buffer
  }

  get bytesRead(): number {
    return this.#read
  }

  /** Read to its limit while it may have more: only of files without a size. */
  get isCut(): boolean {
    return !this.#hasSize && this.#read >= this.#limit
  }

  /** The next bytes; undefined after the last. @throws the system's error */
  next(): Chunk | undefined {
    if (this.#ended) return undefined
    const wanted = Math.min(this.#buffer.length, this.#limit - this.#read)
    const length = readSync(this.#descriptor, this.#buffer, 0, wanted, null)
    this.#read += length
    this.#ended = length === 0 || this.#read >= this.#limit
    return { bytes: this.#buffer.subarray(0, length), isLast: this.#ended && !this.isCut }
  }

  close(): void {
    closeSync(this.#descriptor)
  }
}
