/** Reads one file of a log as blocks of whole lines: as it is, or as it unpacks. */
import type { Pace } from '../support/pace.ts'
import { Unpacking, type UnpackedSink } from '../support/gunzip.ts'
import { RegularFile, type Chunk } from '../support/regular-file.ts'
import { hasVanished, reasonOf, type SoftErrors } from '../support/soft-errors.ts'
import { LINE_LIMIT, LineBlocks } from './line-blocks.ts'

/** Packed bytes handed over at a time: they unpack to a thousand times as much at most, which is held until it is looked at. */
const PACKED_PART = 8 * 1024

/** Packed in ways that are not read here, by their first bytes. */
const UNREAD: readonly (readonly [name: string, start: Buffer])[] = [
  ['xz', Buffer.from('fd377a585a00', 'hex')],
  ['zstd', Buffer.from('28b52ffd', 'hex')],
  ['bzip2', Buffer.from('425a68', 'hex')],
  ['lz4', Buffer.from('04224d18', 'hex')],
  ['compress', Buffer.from('1f9d', 'hex')],
]

export interface Block {
  /** Whole lines; valid until the next block is asked for. */
  readonly bytes: Buffer
  /** When the file was last written. */
  readonly modifiedMs: number
}

export interface LogReaderInit {
  readonly errors: SoftErrors
  readonly pace: Pace
  readonly signal: AbortSignal
}

export class LogReader {
  readonly #init: LogReaderInit
  readonly #buffer = RegularFile.createBuffer()
  files = 0
  bytesRead = 0

  /** `shown` is the file's path on its own machine, for errors. */
  async *read(shown: string, file: string): AsyncGenerator<Block, void> {
    const open = this.#open(shown, file)
    if (open === undefined) return
    const blocks = new LineBlocks()
    const modifiedMs = Number(open.metadata.modifiedNs / 1_000_000n)
    try {
      for await (const chunk of this.#chunks(shown, open))
        for (const bytes of blocks.feed(chunk)) yield { bytes, modifiedMs }
      if (!this.#init.signal.aborted) for (const bytes of blocks.end()) yield { bytes, modifiedMs }
    } finally {
      this.#close(shown, open, blocks)
    }
  }

  constructor(init: LogReaderInit) {
    this.#init = init
  }

  #open(shown: string, file: string): RegularFile | undefined {
    const { errors } = this.#init
    try {
      const open = RegularFile.open(file, this.#buffer)
      if (open === undefined) errors.add(shown, 'is no regular file, and was not read')
      return open
    } catch (error) {
      const isLink = error instanceof Error && 'code' in error && error.code === 'ELOOP'
      const reason = hasVanished(error) ? 'there is no such file' : reasonOf(error)
      errors.add(shown, isLink ? 'is a symbolic link, and was not followed' : reason)
      return undefined
    }
  }

  async *#chunks(shown: string, open: RegularFile): AsyncGenerator<Buffer, void> {
    const first = this.#next(shown, open)
    if (first === undefined) return
    const packing = UNREAD.find(([, start]) => first.bytes.subarray(0, start.length).equals(start))
    if (packing !== undefined) this.#init.errors.add(shown, `packed by ${packing[0]}: not read`)
    else if (Unpacking.isGzip(first.bytes)) yield* this.#unpacked(shown, open, first)
    else for await (const { bytes } of this.#packed(shown, open, first)) yield bytes
  }

  /** The chunks from `first` on, as they are in the file. */
  async *#packed(shown: string, open: RegularFile, first: Chunk): AsyncGenerator<Chunk, void> {
    const { pace, signal } = this.#init
    for (
      let chunk: Chunk | undefined = first;
      chunk !== undefined;
      chunk = this.#next(shown, open)
    ) {
      if (pace.isDue()) await pace.turn()
      if (signal.aborted) return
      yield chunk
    }
  }

  async *#unpacked(shown: string, open: RegularFile, first: Chunk): AsyncGenerator<Buffer, void> {
    const { signal, errors } = this.#init
    const queue = new Queue()
    const unpacking = new Unpacking(queue, signal)
    try {
      for await (const { bytes } of this.#packed(shown, open, first))
        for (let from = 0; from < bytes.length; from += PACKED_PART) {
          await unpacking.write(bytes.subarray(from, from + PACKED_PART))
          yield* queue.take()
        }
      await unpacking.end()
      yield* queue.take()
    } finally {
      unpacking.close()
      if (unpacking.problem !== undefined) errors.add(shown, unpacking.problem)
    }
  }

  /** What cannot be read is an error of the answer, and as if there were no more. */
  #next(shown: string, open: RegularFile): Chunk | undefined {
    try {
      return open.next()
    } catch (error) {
      this.#init.errors.add(shown, reasonOf(error))
      return undefined
    }
  }

  #close(shown: string, open: RegularFile, { cutLines }: LineBlocks): void {
    const { errors } = this.#init
    open.close()
    this.files += 1
    this.bytesRead += open.bytesRead
    if (open.isCut) errors.add(shown, `only its first ${open.bytesRead} bytes were looked at`)
    if (cutLines > 0)
      errors.add(
        shown,
        `${cutLines} lines are longer than ${LINE_LIMIT} bytes: only the beginning of each was looked at`,
      )
  }
}

/** Keeps what was unpacked until somebody has time for it. */
class Queue implements UnpackedSink {
  readonly isDone = false
  #chunks: Buffer[] = []

  feed(bytes: Buffer): void {
    if (bytes.length > 0) this.#chunks.push(bytes)
  }

  *take(): Generator<Buffer, void> {
    const chunks = this.#chunks
    this.#chunks = []
    yield* chunks
  }
}
