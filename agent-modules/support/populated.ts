/**
 * Which pages of a mapping hold anything that may be read, from /proc/PID/pagemap.
 *
 * DEV NOTE. Only those are read: reading the others would cost the host page tables for gigabytes that were never used, bring files in from disks and
 * servers that may be gone, and wait, beyond the reach of SIGKILL, for whoever serves a mapped file. A page that is here can be gone when it is read,
 * so those of files that are not local (local-devices.ts) are left out too: their owner takes them back at will. Looked at twice: ahead, to find what
 * there is, and right before each read. What stays possible: a process that trades its mappings against such a file's all the time may do so between that
 * second look and the read; the child is stuck then, and the runner bounds how many such there are. (userfaultfd(2) makes nobody wait here: the read fails
 * at once, measured.) What is only in a file is found by `file`.
 * Source: Documentation/admin-guide/mm/pagemap.rst of Linux.
 */
import { readSync } from 'node:fs'
import { endianness } from 'node:os'
import type { Mapping } from './memory-maps.ts'

const ENTRY_SIZE = 8
/** Entries looked at ahead at a time: 128 KiB of them, for 64 MiB of memory. */
const ENTRIES_AHEAD = 16 * 1024
/** Entries looked at before a read, which is no longer then: for 1 MiB of memory. */
const ENTRIES_BEFORE = 256
/** Bits 63 and 62, present and swapped out, and 61, of a file or shared, as seen in the upper half. */
const PRESENT_OR_SWAPPED = 0xc000_0000
const OF_FILE = 0x2000_0000
const UPPER_HALF = endianness() === 'LE' ? 1 : 0

export interface Range {
  readonly start: bigint
  readonly end: bigint
  readonly mapping: Mapping
  /** Whether its file's own pages may be read as well; those that the process has changed always are. */
  readonly isLocal: boolean
}

export class Populated {
  readonly #pageSize: number
  readonly #pagemap: number | undefined
  readonly #ahead = new Entries(ENTRIES_AHEAD)
  readonly #before = new Entries(ENTRIES_BEFORE)
  /** Pages that are not local, met ahead. */
  leftOut = 0

  /** Without a pagemap (undefined) all counts as there, of mappings that are local. */
  constructor(pageSize: number, pagemap: number | undefined) {
    this.#pageSize = pageSize
    this.#pagemap = pagemap
  }

  /** In ascending order; `undefined` is a moment to pause. */
  *of(range: Range): Generator<Range | undefined, void> {
    const step = BigInt(ENTRIES_AHEAD * this.#pageSize)
    for (let start = range.start; start < range.end; start += step) {
      const end = start + step < range.end ? start + step : range.end
      yield* this.#within({ ...range, start, end })
      yield undefined
    }
  }

  /** How many bytes, from the start on, can be read now; 0 when the process has ended, undefined when there are none. */
  lengthNow({ start, end, isLocal }: Range): number | undefined {
    const pages = Math.min(this.#pagesOf(start, end), ENTRIES_BEFORE)
    if (this.#pagemap === undefined) return this.#bytesOf(start, pages, end)
    const count = this.#before.read(this.#pagemap, start / BigInt(this.#pageSize), pages)
    if (count === 0) return 0
    let length = 0
    while (length < count && this.#before.isReadable(length, isLocal)) length += 1
    return length === 0 ? undefined : this.#bytesOf(start, length, end)
  }

  *#within(range: Range): Generator<Range, void> {
    const { start, end, isLocal } = range
    const pages = this.#pagesOf(start, end)
    if (this.#pagemap === undefined) {
      if (isLocal) yield range
      else this.leftOut += pages
      return
    }
    const size = BigInt(this.#pageSize)
    const count = this.#ahead.read(this.#pagemap, start / size, pages)
    const addressOf = (index: number): bigint => start + BigInt(index) * size
    let first = -1
    for (let index = 0; index < count; index += 1) {
      const isReadable = this.#ahead.isReadable(index, isLocal)
      if (!isReadable && this.#ahead.isThere(index)) this.leftOut += 1
      if (isReadable && first < 0) first = index
      if (isReadable || first < 0) continue
      yield { ...range, start: addressOf(first), end: addressOf(index) }
      first = -1
    }
    if (first >= 0) yield { ...range, start: addressOf(first), end: addressOf(count) }
  }

  /** Those that the addresses touch. */
  #pagesOf(start: bigint, end: bigint): number {
    const size = BigInt(this.#pageSize)
    return Number((end - 1n) / size - start / size) + 1
  }

  /** From an address, which may be within a page, to the end of so many pages. */
  #bytesOf(start: bigint, pages: number, end: bigint): number {
    const inPage = Number(start % BigInt(this.#pageSize))
    return Math.min(pages * this.#pageSize - inPage, Number(end - start))
  }
}

/** Some entries of a pagemap, read at once. */
class Entries {
  readonly #bytes: Buffer
  readonly #halves: Uint32Array

  constructor(size: number) {
    this.#bytes = Buffer.alloc(size * ENTRY_SIZE)
    this.#halves = new Uint32Array(this.#bytes.buffer, this.#bytes.byteOffset, size * 2)
  }

  /** How many there are. */
  read(pagemap: number, page: bigint, count: number): number {
    const position = page * BigInt(ENTRY_SIZE)
    return Math.floor(readSync(pagemap, this.#bytes, 0, count * ENTRY_SIZE, position) / ENTRY_SIZE)
  }

  isThere(index: number): boolean {
    return (this.#upper(index) & PRESENT_OR_SWAPPED) !== 0
  }

  isReadable(index: number, isLocal: boolean): boolean {
    return this.isThere(index) && (isLocal || (this.#upper(index) & OF_FILE) === 0)
  }

  #upper(index: number): number {
    return this.#halves[2 * index + UPPER_HALF] ?? 0
  }
}
