/** Scans the memory of processes, region by region: a rule hits a process when it hits a part of its memory. */
import { listPids, readProc, readProcLink } from '../support/procfs.ts'
import { type Machine, thisMachine, unsupportedHere } from '../support/machine.ts'
import { listRegions, ProcessMemory, type MemoryRegion } from '../support/memory-regions.ts'
import { Pattern } from '../support/pattern.ts'
import { hasVanished } from '../support/soft-errors.ts'
import type { Finding } from './answer.ts'
import type { RuleHit } from './engine.ts'
import type { ProcessChoice } from './parameters.ts'
import type { Scanning } from './scanning.ts'

/** Scanned at once; the parts of a larger region overlap, so that what lies across a border is found. */
const PART_BYTES = 16 * 1024 * 1024
const OVERLAP_BYTES = 64 * 1024
/** Read between two moments to pause. */
const STEP_BYTES = 1024 * 1024
/** Of one process: a database may have a hundred times as much. */
const PROCESS_LIMIT_BYTES = 4 * 1024 ** 3

interface Process {
  readonly pid: number
  /** Its program; of one that does not say, what it calls itself. */
  readonly program: string
}

export async function* scanProcesses(
  choice: ProcessChoice,
  scanning: Scanning,
  machine: Machine,
): AsyncGenerator<Finding, void> {
  requireMemory(machine)
  const scanner = new ProcessScanner(scanning, machine)
  for (const process of wantedProcesses(choice, machine)) {
    if (scanning.isOver) break
    const found = scanning.found(await scanner.scan(process))
    if (found !== undefined) yield { Object: process.program, ...found, PID: process.pid }
    if (scanning.pace.isDue()) await scanning.pace.turn()
  }
  scanner.sayWhatIsMissing()
}

/** @throws UnsupportedError where the memory of processes is not a file */
export function requireMemory(machine: Machine): void {
  if (machine.platform !== 'linux') unsupportedHere('memory of processes', machine)
}

function* wantedProcesses({ names, pids }: ProcessChoice, machine: Machine): Generator<Process> {
  const patterns = names.map((name) => new Pattern(name))
  const isAny = names.length + pids.length === 0
  for (const pid of listPids(machine)) {
    if (isOurselves(pid)) continue
    const name = readProc(machine, `${pid}/comm`)?.toString('utf8').trimEnd()
    if (name === undefined) continue
    const program = readProcLink(machine, `${pid}/exe`)
    const isNamed = patterns.some((pattern) => pattern.test(name) || pattern.test(program ?? ''))
    if (isAny || isNamed || pids.includes(pid)) yield { pid, program: program ?? `[${name}]` }
  }
}

/** This process holds the rules, and so every string of them; so does its parent, where that is the agent. */
function isOurselves(pid: number): boolean {
  if (pid === process.pid) return true
  return pid === process.ppid && readProcLink(thisMachine, `${pid}/exe`) === process.execPath
}

class ProcessScanner {
  readonly #scanning: Scanning
  readonly #machine: Machine
  #refused = 0

  constructor(scanning: Scanning, machine: Machine) {
    this.#scanning = scanning
    this.#machine = machine
  }

  /** Every rule that some part of its memory matches. */
  async scan(process: Process): Promise<readonly RuleHit[]> {
    const memory = this.#open(process)
    if (memory === undefined) return []
    try {
      const regions = listRegions(this.#machine, process.pid)
      // A thread of the kernel, or gone.
      if (regions === undefined || regions.length === 0) return []
      this.#scanning.counts.processescount += 1
      return await this.#scanRegions(memory, regions, process)
    } finally {
      memory.close()
    }
  }

  sayWhatIsMissing(): void {
    if (this.#refused > 0)
      this.#scanning.errors.notice(
        `${this.#refused} processes are another user's, or protected, and were not scanned`,
      )
  }

  #open({ pid }: Process): ProcessMemory | undefined {
    try {
      return new ProcessMemory(this.#machine, pid)
    } catch (error) {
      if (hasVanished(error)) this.#scanning.counts.vanished += 1
      else this.#refused += 1
      return undefined
    }
  }

  async #scanRegions(
    memory: ProcessMemory,
    regions: readonly MemoryRegion[],
    process: Process,
  ): Promise<readonly RuleHit[]> {
    const hits = new Map<string, RuleHit>()
    const place = placeOf(process)
    let left = PROCESS_LIMIT_BYTES
    for (const { from, size } of regions.flatMap(partsOf)) {
      if (this.#scanning.isOver) break
      if (left < size) {
        this.#scanning.errors.add(
          place,
          `only its first ${PROCESS_LIMIT_BYTES / 1024 ** 3} GiB were scanned`,
        )
        break
      }
      left -= size
      const length = await this.#readPart(memory, { from, size })
      if (length === 0) continue
      for (const hit of await this.#scanning.scan(length, place)) hits.set(hit.name, hit)
    }
    return [...hits.values()]
  }

  /** To the room; fewer bytes than asked where the rest of the part is not there. */
  async #readPart(memory: ProcessMemory, { from, size }: MemoryRegion): Promise<number> {
    const { room, pace } = this.#scanning
    let length = 0
    while (length < size && !this.#scanning.isOver) {
      const step = room.subarray(length, Math.min(size, length + STEP_BYTES))
      const read = memory.read(from + length, step)
      if (read === 0) break
      length += read
      if (pace.isDue()) await pace.turn()
    }
    return length
  }
}

const placeOf = ({ pid, program }: Process): string => `${program} (pid ${pid})`

function partsOf({ from, size }: MemoryRegion): readonly MemoryRegion[] {
  const parts: MemoryRegion[] = []
  for (let at = 0; at < size; at += PART_BYTES - OVERLAP_BYTES) {
    parts.push({ from: from + at, size: Math.min(PART_BYTES, size - at) })
    if (at + PART_BYTES >= size) break
  }
  return parts
}
