/** Scans the memory that processes have touched, part by part: a rule hits a process when it hits a part of its memory. */
import { askingPids } from '../support/asking-processes.ts'
import type { Name } from '../support/file-name.ts'
import { readProcess, type LinuxProcess } from '../support/linux-process.ts'
import { LocalDevices } from '../support/local-devices.ts'
import { listPids } from '../support/procfs.ts'
import { type Machine, unsupportedHere } from '../support/machine.ts'
import { pageSizeOf } from '../support/page-size.ts'
import type { Range } from '../support/populated.ts'
import { leftOutNotice, ProcessMemory } from '../support/process-memory.ts'
import { parsePattern } from '../support/pattern-filter.ts'
import { hasVanished, type SoftErrors } from '../support/soft-errors.ts'
import type { Finding } from './answer.ts'
import type { RuleHit } from './engine.ts'
import type { ProcessChoice } from './parameters.ts'
import type { Scanning } from './scanning.ts'

/** Scanned at once; the parts of a larger range overlap, so that what lies across a border is found. */
const PART_BYTES = 16 * 1024 * 1024
const OVERLAP_BYTES = 64 * 1024
/** Read between two moments to pause. */
const STEP_BYTES = 1024 * 1024
/** Of one process: a database may have a hundred times as much. */
const PROCESS_LIMIT_BYTES = 4 * 1024 ** 3

/** What stopped a read of memory before its end; what was freed meanwhile is nothing to tell. */
type Stop = 'unreadable' | 'freed' | 'ended'

export async function* scanProcesses(
  choice: ProcessChoice,
  scanning: Scanning,
  machine: Machine,
): AsyncGenerator<Finding, void> {
  requireMemory(machine)
  const scanner = new ProcessScanner(scanning, machine)
  for (const process of wantedProcesses(choice, machine, scanning.errors)) {
    if (scanning.isOver) break
    const found = scanning.found(await scanner.scan(process))
    if (found !== undefined) yield { ...factsOf(process), ...found, PID: process.pid }
    if (scanning.pace.isDue()) await scanning.pace.turn()
  }
  scanner.sayWhatIsMissing()
}

/** @throws UnsupportedError where the memory of processes is not a file */
export function requireMemory(machine: Machine): void {
  if (machine.platform !== 'linux') unsupportedHere('memory of processes', machine)
}

/** Who was asked for by number and is not among them is an error. */
function* wantedProcesses(
  { names, pids }: ProcessChoice,
  machine: Machine,
  errors: SoftErrors,
): Generator<LinuxProcess> {
  const patterns = names.map(parsePattern)
  const isAny = names.length + pids.length === 0
  const missing = new Set(pids)
  const asking = askingPids(machine)
  for (const pid of listPids(machine)) {
    if (asking.has(pid)) {
      if (missing.delete(pid)) errors.add(`process ${pid}`, 'holds the rules, and was not scanned')
      continue
    }
    const process = readProcess(machine, pid)
    if (process === undefined) continue
    const isNamed = namesOf(process).some(({ text, raw }) =>
      patterns.some((pattern) => pattern.test(text, raw)),
    )
    if (missing.delete(pid) || isNamed || isAny) yield process
  }
  for (const pid of missing) errors.add(`process ${pid}`, 'there is none')
}

/** What it is called, and the path of its program. */
const namesOf = ({ name, executable }: LinuxProcess): readonly Name[] =>
  executable.kind === 'known' ? [name, executable.path] : [name]

/** Its program; of one that does not say, what it calls itself. */
function factsOf({
  name,
  executable,
}: LinuxProcess): Pick<Finding, 'Object' | 'Object64' | 'Deleted'> {
  if (executable.kind !== 'known') return { Object: `[${name.text}]` }
  const { path, isDeleted } = executable
  return {
    Object: path.text,
    ...(path.raw === undefined ? {} : { Object64: path.raw.toString('base64') }),
    ...(isDeleted ? { Deleted: true } : {}),
  }
}

class ProcessScanner {
  readonly #scanning: Scanning
  readonly #machine: Machine
  readonly #pageSize: number
  readonly #devices: LocalDevices
  #refused = 0
  /** Pages of files that are not local. */
  #leftOut = 0

  constructor(scanning: Scanning, machine: Machine) {
    this.#scanning = scanning
    this.#machine = machine
    this.#pageSize = pageSizeOf(machine)
    this.#devices = new LocalDevices(machine)
  }

  /** Every rule that some part of its memory matches. */
  async scan(process: LinuxProcess): Promise<readonly RuleHit[]> {
    const memory = this.#open(process)
    if (memory === undefined) return []
    try {
      // A thread of the kernel, or gone.
      if (memory.mappings()[Symbol.iterator]().next().done === true) return []
      this.#scanning.counts.processescount += 1
      return await this.#scanParts(memory, process)
    } finally {
      this.#leftOut += memory.leftOut
      memory.close()
    }
  }

  sayWhatIsMissing(): void {
    const { errors } = this.#scanning
    if (this.#refused > 0)
      errors.notice(
        `${this.#refused} processes are another user's, or protected, and were not scanned`,
      )
    if (this.#leftOut > 0) errors.notice(leftOutNotice(this.#leftOut))
  }

  #open({ pid }: LinuxProcess): ProcessMemory | undefined {
    const [machine, pageSize, devices] = [this.#machine, this.#pageSize, this.#devices]
    try {
      return ProcessMemory.open({ machine, pid, pageSize, devices })
    } catch (error) {
      if (hasVanished(error)) this.#scanning.counts.vanished += 1
      else this.#refused += 1
      return undefined
    }
  }

  async #scanParts(memory: ProcessMemory, process: LinuxProcess): Promise<readonly RuleHit[]> {
    const hits = new Map<string, RuleHit>()
    const { errors } = this.#scanning
    const place = placeOf(process)
    let [left, failures] = [PROCESS_LIMIT_BYTES, 0]
    for await (const part of this.#read(memory)) {
      if (part === 'unreadable') failures += 1
      else if (part === 'ended') {
        errors.add(place, 'ended, or became another program, while it was scanned')
        break
      } else if (part !== 'freed') {
        left -= part
        for (const hit of await this.#scanning.scan(part, place)) hits.set(hit.name, hit)
      }
      if (left > 0) continue
      errors.add(place, `only its first ${PROCESS_LIMIT_BYTES / 1024 ** 3} GiB were scanned`)
      break
    }
    if (memory.limit !== undefined) errors.add(place, memory.limit)
    if (failures > 0) errors.add(place, `${failures} pages of memory could not be read`)
    return [...hits.values()]
  }

  /**
   * What it has touched, to the room, part by part: how many bytes are there. An unreadable page, which a process can make of
   * any, ends a part and not the memory behind it.
   */
  async *#read(memory: ProcessMemory): AsyncGenerator<number | Stop, void> {
    const { pace } = this.#scanning
    for (const range of memory.ranges()) {
      if (pace.isDue()) await pace.turn()
      if (this.#scanning.isOver) return
      if (range !== undefined) yield* this.#readRange(memory, range)
    }
  }

  async *#readRange(memory: ProcessMemory, range: Range): AsyncGenerator<number | Stop, void> {
    const { start, end } = range
    let at = start
    while (at < end && !this.#scanning.isOver) {
      const wanted = end - at < PART_BYTES ? Number(end - at) : PART_BYTES
      const { length, stop } = await this.#readPart(memory, { ...range, start: at }, wanted)
      if (length > 0) yield length
      if (stop !== undefined) {
        if (this.#scanning.pace.isDue()) await this.#scanning.pace.turn()
        yield stop
        at = memory.nextPage(at + BigInt(length))
      } else at += BigInt(at + BigInt(length) < end ? length - OVERLAP_BYTES : length)
    }
  }

  /** Fewer bytes than wanted where something stopped it, or the run is over. */
  async #readPart(
    memory: ProcessMemory,
    range: Range,
    wanted: number,
  ): Promise<{ readonly length: number; readonly stop: Stop | undefined }> {
    const { room, pace } = this.#scanning
    let length = 0
    while (length < wanted && !this.#scanning.isOver) {
      const step = room.subarray(length, Math.min(wanted, length + STEP_BYTES))
      const read = readSome(memory, step, { ...range, start: range.start + BigInt(length) })
      if (typeof read !== 'number') return { length, stop: read }
      length += read
      if (pace.isDue()) await pace.turn()
    }
    return { length, stop: undefined }
  }
}

function readSome(memory: ProcessMemory, into: Buffer, range: Range): number | Stop {
  try {
    const length = memory.read(into, range)
    if (length === undefined) return 'freed'
    return length === 0 ? 'ended' : length
  } catch {
    // Unmapped meanwhile, or a page that nobody may read: the caller counts it.
    return 'unreadable'
  }
}

const placeOf = (process: LinuxProcess): string => `${factsOf(process).Object} (pid ${process.pid})`
