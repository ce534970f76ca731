/** Cuts the bytes of a log, as they come, into blocks of whole lines; of a line that is too long only the beginning is kept. */
import type { Range } from '../support/matching-lines.ts'

const NEWLINE = 0x0a
const CARRIAGE_RETURN = 0x0d
/** Longer than what any of the daemons writes. Chunks may not be longer: a block is at most this long too. */
export const LINE_LIMIT = 64 * 1024

export class LineBlocks {
  /** The line that the last chunk left unfinished. */
  #parts: Buffer[] = []
  #length = 0
  #isCut = false
  cutLines = 0;

  /** Blocks are valid until the next chunk is read. */
  *feed(chunk: Buffer): Generator<Buffer, void> {
    let from = 0
    if (this.#length > 0) {
      const newline = chunk.indexOf(NEWLINE)
      this.#keep(chunk.subarray(0, newline < 0 ? chunk.length : newline))
      if (newline < 0) return
      yield* this.end()
      from = newline + 1
    }
    const to = chunk.lastIndexOf(NEWLINE) + 1
    if (to > from) yield chunk.subarray(from, to)
    this.#keep(chunk.subarray(Math.max(from, to)))
  }

  /** The last line, where it lacks its newline. */
  *end(): Generator<Buffer, void> {
    if (this.#length > 0) yield Buffer.concat(this.#parts)
    if (this.#isCut) this.cutLines += 1
    this.#parts = []
    this.#length = 0
    this.#isCut = false
  }

  #keep(bytes: Buffer): void {
    const kept = bytes.subarray(0, LINE_LIMIT - this.#length)
    this.#isCut ||= kept.length < bytes.length
    if (kept.length === 0) return
    this.#parts.push(Buffer.from(kept))
    this.#length += kept.length
  }
}

/** The lines of a block, without their newlines. */
export function* lineRanges(block: Buffer): Generator<Range, void> {
  for (let from = 0; from < block.length;) {
    const newline = block.indexOf(NEWLINE, from)
    const to = newline < 0 ? block.length : newline
    yield { from, to }
    from = to + 1
  }
}

/** A line as text, without the carriage return at its end. */
export function textOf(block: Buffer, { from, to }: Range): string {
  return block.toString('utf8', from, to > from && block[to - 1] === CARRIAGE_RETURN ? to - 1 : to)
}
