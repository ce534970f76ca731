/** Asks of one file, chunk by chunk, whether it holds a byte string, also across chunks. */
export class ByteSearch {
  readonly #wanted: Buffer
  /** The end of what came before, one byte shorter than what is wanted. */
  #tail: Buffer = Buffer.alloc(0)
  /** Undefined while more of the file could change it. */
  verdict: boolean | undefined

  constructor(wanted: Buffer) {
    this.#wanted = wanted
  }

  /** Takes the next bytes of the file; `isLast` when none follow. */
  feed(chunk: Buffer, isLast: boolean): void {
    if (this.verdict !== undefined) return
    const keep = this.#wanted.length - 1
    const seam = Buffer.concat([this.#tail, chunk.subarray(0, keep)])
    if (seam.includes(this.#wanted) || chunk.includes(this.#wanted)) this.verdict = true
    else if (isLast) this.verdict = false
    else this.#keepEnd(chunk.length < keep ? seam : chunk, keep)
  }

  #keepEnd(bytes: Buffer, length: number): void {
    this.#tail = Buffer.from(bytes.subarray(Math.max(0, bytes.length - length)))
  }
}
