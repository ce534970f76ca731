/** The memory of a Linux process: which parts of its addresses are there, and their bytes. Nothing of it is stopped or changed. */
import { closeSync, constants, openSync, readSync } from 'node:fs'
import { placeOn, type Machine } from './machine.ts'
import { readProc } from './procfs.ts'

export interface MemoryRegion {
  readonly from: number
  readonly size: number
}

/** `from-to perms offset device inode name` of /proc/PID/maps. */
const LINE = /^(?<from>[0-9a-f]+)-(?<to>[0-9a-f]+) r\S+ \S+ \S+ \S+ *(?<name>.*)$/

/** Regions that may be read; undefined when the process is gone, or not ours to look at. */
export function listRegions(machine: Machine, pid: number): readonly MemoryRegion[] | undefined {
  return readProc(machine, `${pid}/maps`)
    ?.toString('utf8')
    .split('\n')
    .flatMap((line) => {
      const { from = '', to = '', name = '' } = LINE.exec(line)?.groups ?? {}
      if (from === '' || isApart(name)) return []
      return [{ from: parseInt(from, 16), size: parseInt(to, 16) - parseInt(from, 16) }]
    })
}

/** The kernel's own pages, and devices: reading those may do something. */
const isApart = (name: string): boolean =>
  /^\[v(?:var|syscall)/.test(name) ||
  (name.startsWith('/dev/') && !/^\/dev\/(?:shm\/|zero\b)/.test(name))

/** The open memory of a process. */
export class ProcessMemory {
  readonly #descriptor: number

  /** @throws the system's error */
  constructor(machine: Machine, pid: number) {
    this.#descriptor = openSync(placeOn(machine, `/proc/${pid}/mem`), constants.O_RDONLY)
  }

  /** How many bytes from this address on were read into the buffer: 0 where there is nothing to be read (any more). */
  read(from: number, buffer: Buffer): number {
    try {
      return readSync(this.#descriptor, buffer, 0, buffer.length, from)
    } catch {
      // Unmapped meanwhile, never touched, or beyond the end of the file behind it: there is nothing here.
      return 0
    }
  }

  close(): void {
    closeSync(this.#descriptor)
  }
}
