/** The memory of one process, opened: /proc/PID/mem read where it holds anything, without stopping the process. */
import { closeSync, openSync, readSync } from 'node:fs'
import { placeOn, type Machine } from './machine.ts'
import { isWholeProc, readProc } from './procfs.ts'
import { isReadable, parseMaps, type Mapping } from './memory-maps.ts'
import { Populated, type Range } from './populated.ts'

/** Of /proc/PID/maps: half a million mappings. */
const MAPS_LIMIT = 64 * 1024 * 1024
/** Memory that a process may reserve is bounded by nothing; so much of it is asked for pages that hold something. */
const ADDRESSES_LIMIT = 256n * 1024n ** 3n

export interface ProcessMemoryInit {
  readonly machine: Machine
  readonly pid: number
  readonly pageSize: number
}

export class ProcessMemory {
  readonly #memory: number
  readonly #pagemap: number | undefined
  readonly #maps: Buffer
  readonly #pageSize: number
  /** Why not all of it was looked at. */
  limit: string | undefined

  /** @throws the system's error, where it is gone or not ours to read */
  static open({ machine, pid, pageSize }: ProcessMemoryInit): ProcessMemory {
    // What is open stays with the process, even if its number is used again: so that the mappings, read after it, may only fit too badly.
    const memory = openSync(placeOn(machine, `/proc/${pid}/mem`), 'r')
    const pagemap = openIfThere(placeOn(machine, `/proc/${pid}/pagemap`))
    const maps = readProc(machine, `${pid}/maps`, MAPS_LIMIT) ?? Buffer.alloc(0)
    return new ProcessMemory({ memory, pagemap, maps, pageSize })
  }

  private constructor(open: {
    readonly memory: number
    readonly pagemap: number | undefined
    readonly maps: Buffer
    readonly pageSize: number
  }) {
    this.#memory = open.memory
    this.#pagemap = open.pagemap
    this.#maps = open.maps
    this.#pageSize = open.pageSize
    if (!isWholeProc(open.maps, MAPS_LIMIT))
      this.limit = `only the first ${MAPS_LIMIT} bytes of its list of mappings were looked at`
  }

  /** What it has mapped. */
  mappings(): Iterable<Mapping> {
    return parseMaps(this.#maps)
  }

  /** Where there is something to read, ascending; `undefined` is a moment to pause. */
  *ranges(): Generator<Range | undefined, void> {
    const populated = new Populated(this.#pageSize)
    let left = ADDRESSES_LIMIT
    for (const mapping of this.mappings()) {
      if (!isReadable(mapping)) continue
      const size = mapping.end - mapping.start
      const end = size > left ? mapping.start + left : mapping.end
      if (end < mapping.end)
        this.limit ??= `only the first ${ADDRESSES_LIMIT} bytes of its mappings were looked at`
      yield* populated.of({ ...mapping, end }, this.#pagemap)
      left -= end - mapping.start
    }
  }

  /** How many bytes were read; 0 when the process has ended. @throws the system's error where nothing can be read */
  read(into: Buffer, address: bigint): number {
    return readSync(this.#memory, into, 0, into.length, address)
  }

  /** Behind the page of this address. */
  nextPage(address: bigint): bigint {
    const size = BigInt(this.#pageSize)
    return address - (address % size) + size
  }

  close(): void {
    closeSync(this.#memory)
    if (this.#pagemap !== undefined) closeSync(this.#pagemap)
  }
}

function openIfThere(place: string): number | undefined {
  try {
    return openSync(place, 'r')
  } catch {
    // An old kernel, or one built without it: then all is read.
    return undefined
  }
}
