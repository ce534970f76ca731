/** Where any of some literals occurs next in a chunk. */
export class LiteralHits {
  readonly #literals: readonly Buffer[]
  readonly #chunk: Buffer
  /** By literal: its next place, found once; Infinity when there is none. */
  readonly #places: number[]

  constructor(literals: readonly Buffer[], chunk: Buffer) {
    this.#literals = literals
    this.#chunk = chunk
    this.#places = literals.map(() => -1)
  }

  /** The first place at or behind `from`; Infinity when there is none. */
  next(from: number): number {
    let nearest = Infinity
    this.#literals.forEach((literal, index) => {
      let place = this.#places[index] ?? Infinity
      if (place < from) {
        const found = this.#chunk.indexOf(literal, from)
        place = found < 0 ? Infinity : found
        this.#places[index] = place
      }
      nearest = Math.min(nearest, place)
    })
    return nearest
  }
}
