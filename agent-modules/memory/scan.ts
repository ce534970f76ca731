/** Reads one process's memory once for all searches that want to see it. */
import type { Pace } from '../support/pace.ts'
import { WINDOW } from '../support/pattern-hits.ts'
import { reasonOf } from '../support/soft-errors.ts'
import type { Range } from '../support/populated.ts'
import type { ProcessMemory } from '../support/process-memory.ts'
import type { Watcher } from './watcher.ts'

/** Read at a time: larger is not faster (measured). */
const CHUNK_SIZE = 256 * 1024
/** What was read last is kept before it, so that what lies across chunks is seen whole. */
const HISTORY_SIZE = 2 * WINDOW
/** Bytes shown to one pattern between two moments to pause. */
const PART_MIN = 1024

export interface ScanInit {
  readonly memory: ProcessMemory
  readonly watchers: readonly Watcher[]
  /** HISTORY_SIZE and CHUNK_SIZE bytes that all scans of a run share. */
  readonly buffer: Buffer
  readonly pace: Pace
  readonly signal: AbortSignal
}

export class Scan {
  readonly #init: ScanInit
  /** How much of what was read last stands before the chunk: none behind a gap. */
  #history = 0
  #partSize = CHUNK_SIZE
  /** The process ended meanwhile. */
  #isGone = false
  bytesRead = 0
  /** Pages that could not be read. */
  failures = 0
  /** Why the first of them could not. */
  reason: string | undefined

  static createBuffer(): Buffer {
    return Buffer.allocUnsafeSlow(HISTORY_SIZE + CHUNK_SIZE)
  }

  constructor(init: ScanInit) {
    this.#init = init
  }

  async run(): Promise<void> {
    const { memory, watchers, pace } = this.#init
    const from = BigInt(Math.min(...watchers.map(({ search }) => search.options.offset)))
    let next = 0n
    for (const range of memory.ranges()) {
      if (pace.isDue()) await pace.turn()
      if (this.#isOver()) break
      if (range === undefined || range.end <= from) continue
      if (range.start !== next) this.#leaveGap()
      await this.#readRange(range.start < from ? { ...range, start: from } : range)
      next = range.end
    }
    this.#leaveGap()
  }

  async #readRange(range: Range): Promise<void> {
    let address = range.start
    while (address < range.end && !this.#isOver()) {
      const length = this.#read({ ...range, start: address })
      if (length === undefined) {
        this.#leaveGap()
        address = this.#init.memory.nextPage(address)
        if (this.#init.pace.isDue()) await this.#init.pace.turn()
        continue
      }
      this.#isGone = length === 0
      await this.#show({ ...range, start: address }, length)
      this.#keepEnd(length)
      address += BigInt(length)
    }
  }

  /** Undefined where there is nothing at its start, or nothing that can be read. */
  #read(range: Range): number | undefined {
    const { memory, buffer } = this.#init
    try {
      const length = memory.read(buffer.subarray(HISTORY_SIZE), range)
      this.bytesRead += length ?? 0
      return length
    } catch (error) {
      this.failures += 1
      this.reason ??= reasonOf(error)
      return undefined
    }
  }

  /** The chunk just read, in parts. */
  async #show({ start, mapping }: Range, length: number): Promise<void> {
    const { buffer, watchers } = this.#init
    for (let from = 0; from < length && !this.#isOver();) {
      const to = Math.min(length, from + this.#partSize)
      const fresh = Math.min(HISTORY_SIZE, this.#history + from)
      const bytes = buffer.subarray(HISTORY_SIZE + from - fresh, HISTORY_SIZE + to)
      const address = start + BigInt(from - fresh)
      for (const watcher of watchers) {
        const steps = watcher.feed({ bytes, fresh, address, mapping })
        while (steps.next().done !== true) await this.#pause()
      }
      from = to
    }
  }

  /** Parts shrink while they take long, so that a slow pattern does not keep the run from being stopped. */
  #pause(): Promise<void> | undefined {
    const isDue = this.#init.pace.isDue()
    if (isDue) this.#partSize = Math.max(PART_MIN, this.#partSize >> 2)
    else if (this.#partSize < CHUNK_SIZE) this.#partSize *= 2
    return isDue ? this.#init.pace.turn() : undefined
  }

  #keepEnd(length: number): void {
    const kept = Math.min(HISTORY_SIZE, this.#history + length)
    const end = HISTORY_SIZE + length
    this.#init.buffer.copyWithin(HISTORY_SIZE - kept, end - kept, end)
    this.#history = kept
  }

  #leaveGap(): void {
    for (const watcher of this.#init.watchers) watcher.end()
    this.#history = 0
  }

  #isOver(): boolean {
    const { signal, watchers } = this.#init
    return this.#isGone || signal.aborted || watchers.every(({ isDone }) => isDone)
  }
}
