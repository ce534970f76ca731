/** The runes a program tells apart, and how bytes become runes as in Go: invalid UTF-8 is U+FFFD, one byte at a time. */
import type { Instruction, Program } from './re2-program.ts'

const REPLACEMENT = 0xfffd

/** A sequence of UTF-8 that is not complete yet. */
export interface Pending {
  /** Equal keys lead to equal futures. */
  readonly key: string
  /** Bytes seen: each is one U+FFFD if the sequence breaks off. */
  readonly taken: number
  /** Bytes still to come. */
  readonly missing: number
  /** What the next byte may be, for the sequence to be valid. */
  readonly low: number
  readonly high: number
  /** Bits of the rune so far. */
  readonly bits: number
}

/** One kind of leading byte (Unicode 15, table 3-7): what may follow it directly. */
interface Lead {
  readonly first: number
  readonly last: number
  readonly mask: number
  readonly missing: number
  readonly low: number
  readonly high: number
}

const LEADS: readonly Lead[] = [
  { first: 0xc2, last: 0xdf, mask: 0x1f, missing: 1, low: 0x80, high: 0xbf },
  { first: 0xe0, last: 0xe0, mask: 0x0f, missing: 2, low: 0xa0, high: 0xbf },
  { first: 0xe1, last: 0xec, mask: 0x0f, missing: 2, low: 0x80, high: 0xbf },
  { first: 0xed, last: 0xed, mask: 0x0f, missing: 2, low: 0x80, high: 0x9f },
  { first: 0xee, last: 0xef, mask: 0x0f, missing: 2, low: 0x80, high: 0xbf },
  { first: 0xf0, last: 0xf0, mask: 0x07, missing: 3, low: 0x90, high: 0xbf },
  { first: 0xf1, last: 0xf3, mask: 0x07, missing: 3, low: 0x80, high: 0xbf },
  { first: 0xf4, last: 0xf4, mask: 0x07, missing: 3, low: 0x80, high: 0x8f },
]

/** Runes that no instruction tells apart form one class. */
export class RuneAlphabet {
  /** First rune of each class, ascending from 0. */
  readonly #starts: readonly number[]
  /** By instruction: its classes. Equal ranges share one table. */
  readonly #accepts: readonly (Uint8Array | undefined)[]
  readonly #wordClasses: Uint8Array
  /** The class of what is not UTF-8. */
  readonly replacement: number

  constructor(program: Program) {
    const starts = new Set([0, 0x30, 0x3a, 0x41, 0x5b, 0x5f, 0x60, 0x61, 0x7b])
    for (const { ranges } of program.instructions)
      ranges.forEach((rune, index) => starts.add(index % 2 === 0 ? rune : rune + 1))
    this.#starts = [...starts].sort((a, b) => a - b)
    const tables = new Map<string, Uint8Array>()
    this.#accepts = program.instructions.map((instruction) => this.#tableOf(instruction, tables))
    this.#wordClasses = this.#table([0x30, 0x39, 0x41, 0x5a, 0x5f, 0x5f, 0x61, 0x7a])
    this.replacement = this.classOf(REPLACEMENT)
  }

  classOf(rune: number): number {
    let low = 0
    let high = this.#starts.length
    while (high - low > 1) {
      const middle = (low + high) >> 1
      if ((this.#starts[middle] ?? 0) <= rune) low = middle
      else high = middle
    }
    return low
  }

  /** Whether the instruction at this index takes runes of this class. */
  accepts(instruction: number, runeClass: number): boolean {
    return this.#accepts[instruction]?.[runeClass] === 1
  }

  isWord(runeClass: number): boolean {
    return this.#wordClasses[runeClass] === 1
  }

  /** The sequence that this byte opens; undefined when no valid one begins so. */
  open(byte: number): Pending | undefined {
    const lead = LEADS.find(({ first, last }) => first <= byte && byte <= last)
    if (lead === undefined) return undefined
    const { missing, low, high } = lead
    return this.#pending({ taken: 1, missing, low, high, bits: byte & lead.mask })
  }

  /** The sequence after one more byte that `low` and `high` allow and that does not end it. */
  extend(pending: Pending, byte: number): Pending {
    const { taken, missing, bits } = pending
    return this.#pending({
      taken: taken + 1,
      missing: missing - 1,
      low: 0x80,
      high: 0xbf,
      bits: (bits << 6) | (byte & 0x3f),
    })
  }

  #pending(sequence: Omit<Pending, 'key'>): Pending {
    const { taken, missing, low, high, bits } = sequence
    const width = 6 * (missing - 1)
    const first = this.classOf(((bits << 6) | (low & 0x3f)) << width)
    const last = this.classOf((((bits << 6) | (high & 0x3f)) << width) | ((1 << width) - 1))
    const rune = first === last ? `class${first}` : `bits${bits}`
    return { ...sequence, key: [taken, missing, low, high, rune].join('.') }
  }

  #tableOf({ ranges }: Instruction, tables: Map<string, Uint8Array>): Uint8Array | undefined {
    if (ranges.length === 0) return undefined
    const key = ranges.join()
    const table = tables.get(key) ?? this.#table(ranges)
    tables.set(key, table)
    return table
  }

  #table(ranges: readonly number[]): Uint8Array {
    const table = new Uint8Array(this.#starts.length)
    for (let index = 0; index < ranges.length; index += 2)
      table.fill(1, this.classOf(ranges[index] ?? 0), this.classOf(ranges[index + 1] ?? 0) + 1)
    return table
  }
}
