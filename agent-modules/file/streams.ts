/** The bytes of one file on their way to those that asked for them packed, and to those that asked for them unpacked. */
import { Unpacking } from '../support/gunzip.ts'
import { Body } from './body.ts'
import type { Candidate } from './candidate.ts'

export class Streams {
  readonly #candidates: readonly Candidate[]
  readonly #signal: AbortSignal
  #plain: Body
  #unpacked: Body | undefined
  #unpacking: Unpacking | undefined

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

  /** Before the first bytes are fed: true when somebody asked to see what they unpack to. */
  begin(start: Buffer): boolean {
    if (!Unpacking.isGzip(start)) return false
    const packed = this.#candidates.filter(({ search }) => search.options.decompress)
    if (packed.length === 0) return false
    this.#plain = new Body(this.#candidates.filter((candidate) => !packed.includes(candidate)))
    this.#unpacked = new Body(packed)
    this.#unpacking = new Unpacking(this.#unpacked, this.#signal)
    return true
  }

  /** A promise only where something is unpacked. */
  feed(bytes: Buffer, isLast: boolean): Promise<void> | undefined {
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

  async #unpack(unpacking: Unpacking, bytes: Buffer, isLast: boolean): Promise<void> {
    await unpacking.write(bytes)
    if (isLast) await unpacking.end()
  }
}
