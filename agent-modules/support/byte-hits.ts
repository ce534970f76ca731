/** Finds all places in a long stream of bytes where a byte string begins. Not for one yes or no (byte-search.ts). */
import type { HitListener, Piece } from './pattern-hits.ts'

export class ByteHits {
  readonly #wanted: Buffer

  /** Of at most 4 KiB: what a piece shows again of what came before it is more. */
  constructor(wanted: Buffer) {
    this.#wanted = wanted
  }

  /** Places may overlap. */
  feed({ bytes, fresh }: Piece, hit: HitListener): void {
    let place = bytes.indexOf(this.#wanted, Math.max(0, fresh - this.#wanted.length + 1))
    while (place >= 0) place = bytes.indexOf(this.#wanted, Math.max(place + 1, hit(place)))
  }

  /** Nothing follows what came, which makes no hit. */
  end(): boolean {
    return false
  }
}
