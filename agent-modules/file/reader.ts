/** Reads one file once for all candidates that need its bytes: as it is, or as it unpacks. */
import type { Place } from '../support/directory.ts'
import type { Pace } from '../support/pace.ts'
import { RegularFile, type Chunk, type Metadata } from '../support/regular-file.ts'
import type { Candidate } from './candidate.ts'
import { hasVanished, reasonOf, type SoftErrors } from '../support/soft-errors.ts'
import { Streams } from './streams.ts'
import type { Tally } from './tally.ts'

const PART_MAX = 64 * 1024
const PART_MIN = 1024

/** What a file is examined with. */
export interface ExamineContext {
  readonly errors: SoftErrors
  readonly tally: Tally
  readonly pace: Pace
  readonly signal: AbortSignal
}

export interface FileToRead {
  /** As shown. */
  readonly place: Place
  /** What to open. */
  readonly target: string | Buffer
}

export interface Reading {
  readonly metadata: Metadata
  /** The hash of what this candidate was shown, where it asked for it and the end was reached. */
  sha256Of(candidate: Candidate): string | undefined
}

interface Work {
  readonly file: FileToRead
  readonly open: RegularFile
  readonly streams: Streams
}

export class Reader {
  readonly #context: ExamineContext
  readonly #buffer = RegularFile.createBuffer()
  /** Bytes looked at between two moments to pause. */
  #partSize = PART_MAX

  constructor(context: ExamineContext) {
    this.#context = context
  }

  /**
   * Tells the candidates what the bytes say; undefined when the file could not be opened, or a quick look showed that none finds it. A promise only
   * where a file is long or packed: an await for each of many small ones would cost more than the file.
   */
  read(
    file: FileToRead,
    candidates: readonly Candidate[],
  ): Reading | undefined | Promise<Reading | undefined> {
    const open = this.#open(file)
    if (open === undefined) return undefined
    const first = this.#next(file, open)
    if (first?.isLast === true && areRuledOut(candidates, first.bytes)) {
      this.#close(open)
      return undefined
    }
    const work = { file, open, streams: new Streams(candidates, this.#context.signal) }
    if (first === undefined) return this.#end(work)
    const isPacked = work.streams.begin(first.bytes)
    const isShort = first.isLast && first.bytes.length <= this.#partSize
    return isShort && !isPacked ? this.#readShort(work, first) : this.#readLong(work, first)
  }

  #open({ place, target }: FileToRead): RegularFile | undefined {
    const { errors, tally } = this.#context
    try {
      const open = RegularFile.open(target, this.#buffer)
      if (open === undefined) tally.vanished += 1
      return open
    } catch (error) {
      if (hasVanished(error)) tally.vanished += 1
      else {
        tally.openFailed += 1
        errors.add(place.path, reasonOf(error))
      }
      return undefined
    }
  }

  /** What cannot be read is an error of the answer, and as if there were no more. */
  #next({ place }: FileToRead, open: RegularFile): Chunk | undefined {
    try {
      return open.next()
    } catch (error) {
      this.#context.errors.add(place.path, reasonOf(error))
      return undefined
    }
  }

  #readShort(work: Work, only: Chunk): Reading {
    void work.streams.feed(only.bytes, true)
    this.#adaptParts()
    return this.#end(work)
  }

  async #readLong(work: Work, first: Chunk): Promise<Reading> {
    const { file, open } = work
    let chunk: Chunk | undefined = first
    while (chunk !== undefined && (await this.#readChunk(work, chunk)))
      chunk = this.#next(file, open)
    return this.#end(work)
  }

  /** False when no more is wanted. */
  async #readChunk({ streams }: Work, { bytes, isLast }: Chunk): Promise<boolean> {
    let from = 0
    do {
      const to = Math.min(from + this.#partSize, bytes.length)
      const unpacked = streams.feed(bytes.subarray(from, to), isLast && to === bytes.length)
      if (unpacked !== undefined) await unpacked
      if (streams.isDone) return false
      if (this.#adaptParts()) await this.#context.pace.turn()
      if (this.#context.signal.aborted) return false
      from = to
    } while (from < bytes.length)
    return true
  }

  /** Parts shrink while they take long, so that a slow pattern does not keep the run from being stopped. True when it is time to pause. */
  #adaptParts(): boolean {
    const isDue = this.#context.pace.isDue()
    if (isDue) this.#partSize = Math.max(PART_MIN, this.#partSize >> 2)
    else if (this.#partSize < PART_MAX) this.#partSize *= 2
    return isDue
  }

  #end({ file: { place }, open, streams }: Work): Reading {
    const { errors } = this.#context
    this.#close(open)
    const problem = streams.close()
    if (open.isCut) errors.add(place.path, `only its first ${open.bytesRead} bytes were looked at`)
    if (problem !== undefined) errors.add(place.path, problem)
    return { metadata: open.metadata, sha256Of: (candidate) => streams.sha256Of(candidate) }
  }

  #close(open: RegularFile): void {
    this.#context.tally.bytesRead += open.bytesRead
    open.close()
  }
}

/** Whether all bytes of a file show at a quick look that none of these finds it: true for nearly all files that a literal is looked for in. */
function areRuledOut(candidates: readonly Candidate[], bytes: Buffer): boolean {
  for (const candidate of candidates) if (!candidate.isRuledOutBy(bytes)) return false
  return true
}
