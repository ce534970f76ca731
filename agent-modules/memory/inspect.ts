/** Looks at one process for all searches at once, cheapest checks first: what it is called, what it has mapped, what its memory holds. */
import type { Name } from '../support/file-name.ts'
import type { LinuxProcess } from '../support/linux-process.ts'
import { LocalDevices } from '../support/local-devices.ts'
import type { Machine } from '../support/machine.ts'
import { hasVanished, reasonOf, type SoftErrors } from '../support/soft-errors.ts'
import type { Finding, NamedHits, Statistics } from './answer.ts'
import type { CompiledSearch, NameCheck } from './checks.ts'
import { isFile } from '../support/memory-maps.ts'
import { FILTER_KEYS } from './parameters.ts'
import { leftOutNotice, ProcessMemory } from '../support/process-memory.ts'
import type { Pace } from '../support/pace.ts'
import { Scan } from './scan.ts'
import { Watcher } from './watcher.ts'

export interface InspectContext {
  readonly machine: Machine
  readonly pace: Pace
  readonly signal: AbortSignal
  readonly errors: SoftErrors
  readonly pageSize: number
}

/** One process as one search sees it. */
interface Candidate {
  readonly search: CompiledSearch
  readonly hits: NameCheck[]
  readonly watcher: Watcher | undefined
}

export class Inspector {
  readonly #context: InspectContext
  readonly #devices: LocalDevices
  readonly #buffer = Scan.createBuffer()
  readonly counts: Omit<Statistics, 'exectime'> = {
    processcount: 0,
    memoryread: 0,
    totalhits: 0,
    failures: 0,
  }
  /** Processes whose memory is not ours to read. */
  #denied = 0
  /** Pages of files that are not local. */
  #leftOut = 0
  /** Labels of searches that wanted to see no more of some process than they said. */
  readonly #cut = new Set<string>()

  constructor(context: InspectContext) {
    this.#context = context
    this.#devices = new LocalDevices(context.machine)
  }

  /** One finding per search that finds the process. */
  async inspect(
    process: LinuxProcess,
    searches: readonly CompiledSearch[],
  ): Promise<readonly Finding[]> {
    this.counts.processcount += 1
    const candidates = this.#named(process, searches)
    const left = candidates.every(({ search }) => needsNoMemory(search))
      ? candidates
      : await this.#withMemory(process, candidates)
    return left
      .filter((candidate) => isFound(candidate))
      .map((candidate) => findingOf(process, candidate))
  }

  #named(process: LinuxProcess, searches: readonly CompiledSearch[]): readonly Candidate[] {
    const names = namesOf(process)
    return searches.flatMap((search) => {
      const hits = search.names.filter((check) => check.matches(names))
      if (search.options.matchall && hits.length < search.names.length) return []
      const watcher =
        search.contents.length === 0 ? undefined : new Watcher(search, this.#context.pageSize)
      return [{ search, hits, watcher }]
    })
  }

  /** Those that are left after a look at the mappings and, where they ask for it, at what they hold. */
  async #withMemory(
    process: LinuxProcess,
    candidates: readonly Candidate[],
  ): Promise<readonly Candidate[]> {
    if (process.isKernelThread) return loaded([], candidates)
    const memory = this.#open(process, candidates)
    if (memory === undefined)
      return candidates.filter(({ search }) => !search.options.matchall || needsNoMemory(search))
    try {
      const left = loaded(filesOf(memory, candidates), candidates)
      const watchers = left.flatMap(({ watcher }) => (watcher === undefined ? [] : [watcher]))
      if (watchers.length > 0) await this.#watch(process, memory, watchers)
      return left
    } finally {
      memory.close()
    }
  }

  #open({ pid }: LinuxProcess, candidates: readonly Candidate[]): ProcessMemory | undefined {
    const { machine, pageSize, errors } = this.#context
    try {
      return ProcessMemory.open({ machine, pid, pageSize, devices: this.#devices })
    } catch (error) {
      if (hasVanished(error)) return undefined
      this.#denied += 1
      if (candidates.some(({ search }) => search.options.logfailures))
        errors.add(`process ${pid}`, reasonOf(error))
      return undefined
    }
  }

  async #watch(
    { pid }: LinuxProcess,
    memory: ProcessMemory,
    watchers: readonly Watcher[],
  ): Promise<void> {
    const { errors } = this.#context
    const scan = new Scan({ ...this.#context, memory, watchers, buffer: this.#buffer })
    await scan.run()
    this.counts.memoryread += scan.bytesRead
    this.counts.failures += scan.failures
    this.#leftOut += memory.leftOut
    for (const { search, isCut } of watchers) if (isCut) this.#cut.add(search.label)
    if (memory.limit !== undefined) errors.add(`process ${pid}`, memory.limit)
    const isLogged = watchers.some(({ search }) => search.options.logfailures)
    if (isLogged && scan.reason !== undefined)
      errors.add(`process ${pid}`, `${scan.failures} pages could not be read: ${scan.reason}`)
  }

  sayWhatIsMissing(): void {
    const { errors } = this.#context
    if (this.#denied > 0)
      errors.notice(`${this.#denied} processes did not let this user read their memory`)
    if (this.counts.failures > 0)
      errors.notice(`${this.counts.failures} pages of memory could not be read`)
    if (this.#leftOut > 0) errors.notice(leftOutNotice(this.#leftOut))
    for (const label of this.#cut)
      errors.notice(`search '${label}' looked at no more than its maxlength of some processes`)
  }
}

/** The path of the executable counts, and the name, which a process may choose. */
function namesOf({ executable, name }: LinuxProcess): readonly Name[] {
  return executable.kind === 'known' ? [executable.path, name] : [name]
}

const needsNoMemory = ({ libraries, contents }: CompiledSearch): boolean =>
  libraries.length === 0 && contents.length === 0

/** The files that a process has mapped, where somebody asks for them. */
function filesOf(memory: ProcessMemory, candidates: readonly Candidate[]): readonly Name[] {
  if (candidates.every(({ search }) => search.libraries.length === 0)) return []
  const files = new Map<string, Name>()
  for (const mapping of memory.mappings())
    if (isFile(mapping)) files.set(mapping.name.text, mapping.name)
  return [...files.values()]
}

/** Those that may still be found by one that has these files mapped. */
function loaded(files: readonly Name[], candidates: readonly Candidate[]): readonly Candidate[] {
  return candidates.filter(({ search, hits }) => {
    const libraries = search.libraries.filter((check) => check.matches(files))
    hits.push(...libraries)
    return !search.options.matchall || libraries.length === search.libraries.length
  })
}

function isFound({ search, hits, watcher }: Candidate): boolean {
  const { options, names, libraries } = search
  if (options.matchall) return watcher?.isFound !== false
  const isUnfiltered = names.length + libraries.length === 0 && watcher === undefined
  return hits.length > 0 || watcher?.isFound === true || isUnfiltered
}

function findingOf(
  { pid, name, executable }: LinuxProcess,
  { search, hits, watcher }: Candidate,
): Finding {
  const isKnown = executable.kind === 'known'
  return {
    search: search.label,
    process: {
      // A process may call itself nothing.
      name: (isKnown ? executable.path.text : name.text) || '-',
      pid,
      ...(isKnown && executable.isDeleted ? { deleted: true } : {}),
    },
    ...(watcher === undefined
      ? {}
      : {
          hits: watcher.hits,
          ...(watcher.isCapped ? { more: true as const } : {}),
          places: [...watcher.places],
        }),
    ...(search.options.matchall ? {} : { checks: namedHits(hits) }),
  }
}

function namedHits(hits: readonly NameCheck[]): NamedHits {
  const lists: NamedHits = {}
  for (const { kind, value } of hits) (lists[FILTER_KEYS[kind]] ??= []).push(value)
  return lists
}
