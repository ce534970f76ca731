/** Reads one file once for all candidates that need its bytes: as it is, or as it unpacks. */
import type { Place } from '../support/directory.ts'
import { Unpacking } from '../support/gunzip.ts'
import type { Pace } from '../support/pace.ts'
import { RegularFile, type Metadata } from '../support/regular-file.ts'
import { Body } from './body.ts'
import type { Candidate } from './candidate.ts'
import { hasVanished, reasonOf, type SoftErrors } from './soft-errors.ts'
import type { Tally } from './tally.ts'

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

export class Reader {
  readonly #context: ExamineContext
  readonly #buffer = RegularFile.createBuffer()

  constructor(context: ExamineContext) {
    this.#context = context
  }

  /** Tells the candidates what the bytes say; undefined when the file could not be opened. */
  async read(file: FileToRead, candidates: readonly Candidate[]): Promise<Reading | undefined> {
    const open = this.#open(file)
    if (open === undefined) return undefined
    try {
      return await this.#readOpen(open, file, candidates)
    } finally {
      this.#context.tally.bytesRead += open.bytesRead
      open.close()
    }
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

  async #readOpen(
    open: RegularFile,
    { place }: FileToRead,
    candidates: readonly Candidate[],
  ): Promise<Reading> {
    const streams = new Streams(candidates, this.#context.signal)
    try {
      await this.#readChunks(open, streams)
    } catch (error) {
      this.#context.errors.add(place.path, reasonOf(error))
    }
    if (open.isCut)
      this.#context.errors.add(place.path, `only its first ${open.bytesRead} bytes were looked at`)
    const problem = streams.close()
    if (problem !== undefined) this.#context.errors.add(place.path, problem)
    return {
      metadata: open.metadata,
      sha256Of: (candidate) =>
        candidate.search.options.returnsha256 ? streams.bodyOf(candidate).sha256 : undefined,
    }
  }

  async #readChunks(open: RegularFile, streams: Streams): Promise<void> {
    const { pace, signal } = this.#context
    for (let chunk = open.next(); chunk !== undefined; chunk = open.next()) {
      const unpacked = streams.feed(chunk.bytes, chunk.isLast)
      if (unpacked !== undefined) await unpacked
      if (pace.isDue()) await pace.turn()
      if (streams.isDone || signal.aborted) return
    }
  }
}

/** The bytes of one file on their way to those that asked for them packed, and to those that asked for them unpacked. */
class Streams {
  readonly #candidates: readonly Candidate[]
  readonly #signal: AbortSignal
  #plain: Body
  #unpacked: Body | undefined
  #unpacking: Unpacking | undefined
  #isFirst = true

  constructor(candidates: readonly Candidate[], signal: AbortSignal) {
    this.#candidates = candidates
    this.#signal = signal
    this.#plain = new Body(candidates)
  }

  get isDone(): boolean {
    return this.#plain.isDone && this.#unpacked?.isDone !== false
  }

  bodyOf(candidate: Candidate): Body {
    return (this.#isUnpackedFor(candidate) ? this.#unpacked : undefined) ?? this.#plain
  }

  /** The promise is there only where something is unpacked: files are many, and most need none. */
  feed(bytes: Buffer, isLast: boolean): Promise<void> | undefined {
    if (this.#isFirst && Unpacking.isGzip(bytes)) this.#beginUnpacking()
    this.#isFirst = false
    this.#plain.feed(bytes, isLast)
    return this.#unpacking === undefined ? undefined : this.#unpack(this.#unpacking, bytes, isLast)
  }

  /** Leaves what is not known by now unknown; returns what went wrong in unpacking. */
  close(): string | undefined {
    this.#unpacking?.close()
    this.#plain.breakOff()
    this.#unpacked?.breakOff()
    return this.#unpacking?.problem
  }

  #isUnpackedFor({ search }: Candidate): boolean {
    return this.#unpacking !== undefined && search.options.decompress
  }

  #beginUnpacking(): void {
    const packed = this.#candidates.filter(({ search }) => search.options.decompress)
    if (packed.length === 0) return
    this.#plain = new Body(this.#candidates.filter((candidate) => !packed.includes(candidate)))
    this.#unpacked = new Body(packed)
    this.#unpacking = new Unpacking(this.#unpacked, this.#signal)
  }

  async #unpack(unpacking: Unpacking, bytes: Buffer, isLast: boolean): Promise<void> {
    await unpacking.write(bytes)
    if (isLast) await unpacking.end()
  }
}
