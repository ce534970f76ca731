/** Unpacks a gzip file as it is read, up to a stated size: a small file may unpack to terabytes. */
import { finished } from 'node:stream/promises'
import { createGunzip, type Gunzip } from 'node:zlib'

/** Unpacked bytes looked at in one file. */
const UNPACKED_LIMIT = 256 * 1024 * 1024
const CHUNK_SIZE = 64 * 1024

/** What takes the unpacked bytes; unpacking stops when it is done. */
export interface UnpackedSink {
  readonly isDone: boolean
  feed(bytes: Buffer, isLast: boolean): void
}

export class Unpacking {
  readonly #gunzip: Gunzip = createGunzip({ chunkSize: CHUNK_SIZE })
  readonly #sink: UnpackedSink
  readonly #signal: AbortSignal
  #unpacked = 0
  /** Why the end was not reached, for an error line. */
  problem: string | undefined

  constructor(sink: UnpackedSink, signal: AbortSignal) {
    this.#sink = sink
    this.#signal = signal
    this.#gunzip.on('data', (bytes: Buffer) => {
      this.#take(bytes)
    })
    this.#gunzip.on('error', () => (this.problem ??= 'not valid gzip'))
  }

  static isGzip(start: Buffer): boolean {
    return start[0] === 0x1f && start[1] === 0x8b
  }

  /** Resolves when the packed bytes are used up, or nobody wants more of them. */
  async write(packed: Buffer): Promise<void> {
    const gunzip = this.#gunzip
    if (gunzip.destroyed) return
    await new Promise<void>((resolve) => {
      const done = (): void => {
        gunzip.off('close', done)
        resolve()
      }
      gunzip.once('close', done)
      gunzip.write(packed, done)
    })
  }

  /** After the last packed bytes: the sink gets its end, unless there is a problem. */
  async end(): Promise<void> {
    if (!this.#gunzip.destroyed) {
      this.#gunzip.end()
      // A failure is already kept as `problem`.
      await finished(this.#gunzip).catch(() => undefined)
    }
    if (this.problem === undefined && !this.#sink.isDone) this.#sink.feed(Buffer.alloc(0), true)
  }

  /** Calls it off. */
  close(): void {
    this.#gunzip.destroy()
  }

  #take(bytes: Buffer): void {
    const left = UNPACKED_LIMIT - this.#unpacked
    this.#unpacked += bytes.length
    this.#sink.feed(bytes.subarray(0, left), false)
    if (this.#unpacked > UNPACKED_LIMIT)
      this.problem ??= `unpacks to more than ${UNPACKED_LIMIT} bytes, the rest was not looked at`
    if (this.#signal.aborted) this.problem ??= 'stopped'
    if (this.problem !== undefined || this.#sink.isDone) this.close()
  }
}
