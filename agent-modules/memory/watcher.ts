/** What one search sees of one process's memory: how often, and where, what it looks for is there. */
import { answerablePath } from '../support/file-name.ts'
import type { Piece } from '../support/pattern-hits.ts'
import type { Place } from './answer.ts'
import type { CompiledSearch, Scanner } from './checks.ts'
import type { Mapping } from '../support/memory-maps.ts'

/** Pages counted of one pattern in one process: enough to tell a few from very many. */
const HITS_LIMIT = 10_000
/** Told of one search in one process. */
const PLACES_LIMIT = 16

/** A piece of memory, valid until the next is read. */
export interface MemoryPiece extends Piece {
  /** Of its first byte. */
  readonly address: bigint
  readonly mapping: Mapping
}

interface Counter {
  readonly scanner: Scanner
  /** Pages with a hit. */
  hits: number
  last: bigint | undefined
}

export class Watcher {
  readonly search: CompiledSearch
  readonly #counters: readonly Counter[]
  readonly #pageSize: bigint
  readonly #offset: bigint
  readonly #places = new Map<bigint, Place>()
  #left: number
  #last: MemoryPiece | undefined

  constructor(search: CompiledSearch, pageSize: number) {
    const { offset, maxlength } = search.options
    this.search = search
    this.#counters = search.contents.map((create) => ({
      scanner: create(),
      hits: 0,
      last: undefined,
    }))
    this.#pageSize = BigInt(pageSize)
    this.#offset = BigInt(offset)
    this.#left = maxlength === 0 ? Infinity : maxlength
  }

  /** Nothing more is to be learnt from further memory. */
  get isDone(): boolean {
    return this.#left === 0 || this.#counters.every(isFull)
  }

  /** It wanted to see no more than so much, and there was more. */
  get isCut(): boolean {
    return this.#left === 0
  }

  get hits(): number {
    return this.#counters.reduce((sum, { hits }) => sum + hits, 0)
  }

  /** Some pattern was there more often than is counted. */
  get isCapped(): boolean {
    return this.#counters.some(isFull)
  }

  /** In ascending order. */
  get places(): readonly Place[] {
    return [...this.#places]
      .sort(([one], [other]) => (one < other ? -1 : 1))
      .map(([, place]) => place)
  }

  /** Whether its contents and byte strings make the process found: all of them, or where one is enough some. */
  get isFound(): boolean {
    return this.search.options.matchall
      ? this.#counters.every(({ hits }) => hits > 0)
      : this.hits > 0
  }

  /** Where this search has its first and last byte, memory seems to begin and end. Yields between two patterns, when it can pause. */
  *feed(whole: MemoryPiece): Generator<undefined, void> {
    const piece = this.#wanted(whole)
    if (piece === undefined) return
    this.#left -= piece.bytes.length - piece.fresh
    this.#last = piece
    for (const counter of this.#counters) {
      if (isFull(counter)) continue
      counter.scanner.feed(piece, (offset) => this.#count(counter, piece, offset))
      yield undefined
    }
    if (this.#left === 0) this.end()
  }

  /** The memory ends, or has a gap. */
  end(): void {
    const last = this.#last
    if (last === undefined) return
    this.#last = undefined
    for (const counter of this.#counters)
      if (counter.scanner.end()) this.#count(counter, last, last.bytes.length - 1)
  }

  #wanted(piece: MemoryPiece): MemoryPiece | undefined {
    const { address, bytes, fresh, mapping } = piece
    const from = this.#offset > address ? Number(this.#offset - address) : 0
    if (from >= bytes.length) return undefined
    const to = Math.min(bytes.length, Math.max(from, fresh) + this.#left)
    return {
      address: address + BigInt(from),
      bytes: bytes.subarray(from, to),
      fresh: Math.max(0, fresh - from),
      mapping,
    }
  }

  /** Returns where in the piece the next page begins. */
  #count(counter: Counter, { address, mapping }: MemoryPiece, offset: number): number {
    const at = address + BigInt(offset)
    const inPage = at % this.#pageSize
    const page = at - inPage
    const next = offset + Number(this.#pageSize - inPage)
    if (isFull(counter) || counter.last === page) return next
    counter.hits += 1
    counter.last = page
    const { start, permissions, name } = mapping
    if (this.#places.has(start) || this.#places.size >= PLACES_LIMIT) return next
    this.#places.set(start, {
      start: `0x${start.toString(16)}`,
      permissions,
      ...(name.text === '' ? {} : { mapping: answerablePath(name.text) }),
    })
    return next
  }
}

const isFull = ({ hits }: Counter): boolean => hits >= HITS_LIMIT
