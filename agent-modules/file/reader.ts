/** Reads one file once for all candidates that need its bytes: as it is, or as it unpacks. */
import type { Place } from '../support/directory.ts'
import { Unpacking } from '../support/gunzip.ts'
import type { Pace, Steps } from '../support/pace.ts'
import { RegularFile, type Metadata } from '../support/regular-file.ts'
import { Body } from './body.ts'
import type { Candidate } from './candidate.ts'
import { hasVanished, reasonOf, type SoftErrors } from './soft-errors.ts'
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

export class Reader {
  readonly #context: ExamineContext
  readonly #buffer = RegularFile.createBuffer()
  /** Bytes looked at between two moments to pause. */
  #partSize = PART_MAX

  constructor(context: ExamineContext) {
    this.#context = context
  }

  /** Tells the candidates what the bytes say; undefined when the file could not be opened. */
  *read(file: FileToRead, candidates: readonly Candidate[]): Steps<Reading | undefined> {
    const open = this.#open(file)
    if (open === undefined) return undefined
    const streams = new Streams(candidates, this.#context.signal)
    try {
      yield* this.#readChunks(open, streams)
    } catch (error) {
      this.#context.errors.add(file.place.path, reasonOf(error))
    } finally {
      this.#context.tally.bytesRead += open.bytesRead
      open.close()
    }
    this.#sayWhatIsMissing(file, open.isCut ? open.bytesRead : undefined, streams.close())
    return { metadata: open.metadata, sha256Of: (candidate) => streams.sha256Of(candidate) }
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

  *#readChunks(open: RegularFile, streams: Streams): Steps<void> {
    for (let chunk = open.next(); chunk !== undefined; chunk = open.next()) {
      let from = 0
      do {
        const to = Math.min(from + this.#partSize, chunk.bytes.length)
        const isLast = chunk.isLast && to === chunk.bytes.length
        const unpacked = streams.feed(chunk.bytes.subarray(from, to), isLast)
        if (unpacked !== undefined) yield unpacked
        if (streams.isDone) return
        yield* this.#pause()
        if (this.#context.signal.aborted) return
        from = to
      } while (from < chunk.bytes.length)
    }
  }

  /** Parts shrink while they take long, so that a slow pattern does not keep the run from being stopped. */
  *#pause(): Steps<void> {
    const { pace } = this.#context
    if (pace.isDue()) {
      this.#partSize = Math.max(PART_MIN, this.#partSize >> 2)
      yield pace.turn()
    } else if (this.#partSize < PART_MAX) this.#partSize *= 2
  }

  #sayWhatIsMissing(
    { place }: FileToRead,
    cutAt: number | undefined,
    problem: string | undefined,
  ): void {
    const { errors } = this.#context
    if (cutAt !== undefined) errors.add(place.path, `only its first ${cutAt} bytes were looked at`)
    if (problem !== undefined) errors.add(place.path, problem)
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

  sha256Of({ search }: Candidate): string | undefined {
    if (!search.options.returnsha256) return undefined
    const body = search.options.decompress ? this.#unpacked : undefined
    return (body ?? this.#plain).sha256
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
