/** Which processes hold a socket: Linux tells it only the other way round, by the links in /proc/PID/fd. */
import { opendirSync, readdirSync, readlinkSync, statSync } from 'node:fs'
import { readProcess } from '../support/linux-process.ts'
import { placeOn, type Machine } from '../support/machine.ts'
import { once } from '../support/once.ts'
import { listPids } from '../support/procfs.ts'
import { hasVanished } from '../support/soft-errors.ts'
import type { HostInit } from './host.ts'
import type { Owner } from './socket.ts'

/** Servers that fork may share one among hundreds. */
const OWNERS_LIMIT = 32
const SOCKET_LINK = 'socket:['
/** Descriptors looked at between two moments to pause. */
const PART = 256
/** A process may have a million: more than these are not listed at once. */
const LONG_LIST = 16_384

/** By inode. */
export async function findOwners(
  { machine, signal, errors, pace }: HostInit,
  wanted: ReadonlySet<number>,
): Promise<ReadonlyMap<number, readonly Owner[]>> {
  const search = new OwnerSearch(machine, wanted)
  for (const pid of listPids(machine)) {
    const steps = search.steps(pid)
    while (steps.next().done !== true) {
      if (pace.isDue()) await pace.turn()
      if (signal.aborted) return search.found
    }
  }
  for (const problem of search.problems()) errors.notice(problem)
  return search.found
}

class OwnerSearch {
  readonly found = new Map<number, Owner[]>()
  readonly #machine: Machine
  readonly #wanted: ReadonlySet<number>
  readonly #crowded = new Set<number>()
  #hidden = 0

  constructor(machine: Machine, wanted: ReadonlySet<number>) {
    this.#machine = machine
    this.#wanted = wanted
  }

  /** Looks at one process, some descriptors a step. */
  *steps(pid: number): Generator<undefined, void> {
    const folder = placeOn(this.#machine, `/proc/${pid}/fd`)
    const describeOnce = once(() => describe(this.#machine, pid))
    try {
      for (const names of listInParts(folder)) {
        for (const name of names) this.#look(`${folder}/${name}`, describeOnce)
        yield undefined
      }
    } catch (error) {
      if (!hasVanished(error)) this.#hidden += 1
    }
  }

  #look(descriptor: string, holder: () => Owner): void {
    const inode = socketBehind(descriptor)
    if (inode !== undefined && this.#wanted.has(inode)) this.#add(inode, holder())
  }

  #add(inode: number, owner: Owner): void {
    const owners = this.found.get(inode)
    if (owners === undefined) this.found.set(inode, [owner])
    else if (owners.includes(owner)) return
    else if (owners.length < OWNERS_LIMIT) owners.push(owner)
    else this.#crowded.add(inode)
  }

  /** What the answer lacks. */
  *problems(): Generator<string, void> {
    const unknown = this.#wanted.size - this.found.size
    if (this.#hidden > 0 && unknown > 0)
      yield `who holds ${unknown} of the sockets is not known (processes that may not be looked at: ${this.#hidden})`
    if (this.#crowded.size > 0)
      yield `${this.#crowded.size} sockets are held by more than ${OWNERS_LIMIT} processes, of which ${OWNERS_LIMIT} are named`
  }
}

/** A short list is read at once, which is twice as fast. */
function* listInParts(folder: string): Generator<readonly string[], void> {
  // Linux tells how many descriptors there are as the folder's size, before 6.2 always 0.
  if (statSync(folder).size > LONG_LIST) return yield* readInParts(folder)
  const names = readdirSync(folder)
  for (let from = 0; from < names.length; from += PART) yield names.slice(from, from + PART)
}

function* readInParts(folder: string): Generator<readonly string[], void> {
  const directory = opendirSync(folder, { bufferSize: PART })
  try {
    let names: string[] = []
    for (let entry = directory.readSync(); entry !== null; entry = directory.readSync()) {
      if (names.push(entry.name) < PART) continue
      yield names
      names = []
    }
    yield names
  } finally {
    directory.closeSync()
  }
}

/** The inode of the socket that a descriptor is; undefined for all else, and for what was closed meanwhile. */
function socketBehind(descriptor: string): number | undefined {
  try {
    const target = readlinkSync(descriptor)
    return target.startsWith(SOCKET_LINK)
      ? Number.parseInt(target.slice(SOCKET_LINK.length), 10)
      : undefined
  } catch (error) {
    if (hasVanished(error)) return undefined
    throw error
  }
}

/** A process that is gone by now has a number only. */
function describe(machine: Machine, pid: number): Owner {
  const process = readProcess(machine, pid)
  const executable = process?.executable.kind === 'known' ? process.executable : undefined
  return {
    pid,
    name: process?.name.text ?? '',
    path: executable?.path.text,
    deleted: executable?.isDeleted === true ? true : undefined,
  }
}
