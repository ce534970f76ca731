/** The memory of one process, opened: /proc/PID/mem read where it holds anything, without stopping the process. */
import { closeSync, openSync, readSync } from 'node:fs'
import type { LocalDevices } from './local-devices.ts'
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
  readonly devices: LocalDevices
}

interface Open {
  readonly memory: number
  readonly pagemap: number | undefined
  readonly maps: Buffer
  readonly pageSize: number
  readonly isLocal: (device: string) => boolean
}

export class ProcessMemory {
  readonly #open: Open
  readonly #populated: Populated
  /** Why not all of it was looked at. */
  limit: string | undefined

  /** @throws the system's error, where it is gone or not ours to read */
  static open({ machine, pid, pageSize, devices }: ProcessMemoryInit): ProcessMemory {
    // What is open stays with the process, even if its number is used again: so that the mappings, read after it, may only fit too badly.
    const memory = openSync(placeOn(machine, `/proc/${pid}/mem`), 'r')
    const pagemap = openIfThere(placeOn(machine, `/proc/${pid}/pagemap`))
    const maps = readProc(machine, `${pid}/maps`, MAPS_LIMIT) ?? Buffer.alloc(0)
    return new ProcessMemory({ memory, pagemap, maps, pageSize, isLocal: devices.ofProcess(pid) })
  }

  private constructor(open: Open) {
    this.#open = open
    this.#populated = new Populated(open.pageSize, open.pagemap)
    if (!isWholeProc(open.maps, MAPS_LIMIT))
      this.limit = `only the first ${MAPS_LIMIT} bytes of its list of mappings were looked at`
  }

  /** What it has mapped. */
  mappings(): Iterable<Mapping> {
    return parseMaps(this.#open.maps)
  }

  /** Where there is something to read, ascending; `undefined` is a moment to pause. */
  *ranges(): Generator<Range | undefined, void> {
    let left = ADDRESSES_LIMIT
    for (const mapping of this.mappings()) {
      if (!isReadable(mapping)) continue
      const size = mapping.end - mapping.start
      const end = size > left ? mapping.start + left : mapping.end
      if (end < mapping.end)
        this.limit ??= `only the first ${ADDRESSES_LIMIT} bytes of its mappings were looked at`
      const isLocal = this.#open.isLocal(mapping.device)
      yield* this.#populated.of({ start: mapping.start, end, mapping, isLocal })
      left -= end - mapping.start
    }
  }

  /** Pages of files that are not local: met by `ranges`, and left out. */
  get leftOut(): number {
    return this.#populated.leftOut
  }

  /**
   * How many bytes from the start of the range on were read; 0 when the process has ended, undefined when its first page holds nothing any more.
   * @throws the system's error where nothing can be read
   */
  read(into: Buffer, range: Range): number | undefined {
    const there = this.#populated.lengthNow(range)
    if (there === undefined || there === 0) return there
    return readSync(this.#open.memory, into, 0, Math.min(into.length, there), range.start)
  }

  /** Behind the page of this address. */
  nextPage(address: bigint): bigint {
    const size = BigInt(this.#open.pageSize)
    return address - (address % size) + size
  }

  close(): void {
    const { memory, pagemap } = this.#open
    closeSync(memory)
    if (pagemap !== undefined) closeSync(pagemap)
  }
}

/** Said once of all processes of a run. */
export const leftOutNotice = (pages: number): string =>
  `${pages} pages of memory belong to files on no local file system (FUSE, network), and were not read`

function openIfThere(place: string): number | undefined {
  try {
    return openSync(place, 'r')
  } catch {
    // An old kernel, or one built without it: then all is read.
    return undefined
  }
}
