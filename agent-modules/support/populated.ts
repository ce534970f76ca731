/**
 * Which pages of a mapping hold anything, from /proc/PID/pagemap.
 *
 * DEV NOTE. Only those are read: reading the others would cost the host page tables for gigabytes that were never used, bring files in from disks and
 * servers that may be gone, and could be made to block for ever by whoever serves a mapped file. What is only in a file is found by `file`.
 * Source: Documentation/admin-guide/mm/pagemap.rst of Linux.
 */
import { readSync } from 'node:fs'
import { endianness } from 'node:os'
import type { Mapping } from './memory-maps.ts'

const ENTRY_SIZE = 8
/** Entries read at a time: 128 KiB of them, for 64 MiB of memory. */
const ENTRIES = 16 * 1024
/** Bits 63 and 62, present and swapped out, as seen in the upper half. */
const PRESENT_OR_SWAPPED = 0xc000_0000
const UPPER_HALF = endianness() === 'LE' ? 1 : 0

export interface Range {
  readonly start: bigint
  readonly end: bigint
  readonly mapping: Mapping
}

export class Populated {
  readonly #pageSize: number
  readonly #bytes = Buffer.alloc(ENTRIES * ENTRY_SIZE)
  readonly #halves = new Uint32Array(this.#bytes.buffer, this.#bytes.byteOffset, ENTRIES * 2)

  constructor(pageSize: number) {
    this.#pageSize = pageSize
  }

  /** In ascending order; `undefined` is a moment to pause. Without a pagemap (undefined) all of it. */
  *of(mapping: Mapping, pagemap: number | undefined): Generator<Range | undefined, void> {
    const step = BigInt(ENTRIES * this.#pageSize)
    for (let at = mapping.start; at < mapping.end; at += step) {
      const end = at + step < mapping.end ? at + step : mapping.end
      if (pagemap === undefined) yield { start: at, end, mapping }
      else yield* this.#within({ start: at, end, mapping }, pagemap)
      yield undefined
    }
  }

  *#within({ start, end, mapping }: Range, pagemap: number): Generator<Range, void> {
    const size = BigInt(this.#pageSize)
    const count = this.#read(pagemap, start / size, Number((end - start) / size))
    const addressOf = (index: number): bigint => start + BigInt(index) * size
    let first = -1
    for (let index = 0; index < count; index += 1) {
      const isIn = ((this.#halves[2 * index + UPPER_HALF] ?? 0) & PRESENT_OR_SWAPPED) !== 0
      if (isIn && first < 0) first = index
      if (isIn || first < 0) continue
      yield { start: addressOf(first), end: addressOf(index), mapping }
      first = -1
    }
    if (first >= 0) yield { start: addressOf(first), end: addressOf(count), mapping }
  }

  /** How many entries there are. */
  #read(pagemap: number, page: bigint, count: number): number {
    const length = count * ENTRY_SIZE
    const position = page * BigInt(ENTRY_SIZE)
    return Math.floor(readSync(pagemap, this.#bytes, 0, length, position) / ENTRY_SIZE)
  }
}
