/** Collects what starts by itself: first what is the machine's own, then of each user no more than a share, in no more than a share of the time. */
import { userNames } from '../support/accounts.ts'
import { Allowance, type Whose } from './allowance.ts'
import { Looker, type Looked } from './look.ts'
import type { Filter } from './filter.ts'
import { homesOf, type Home } from './homes.ts'
import type { HostFiles } from './host-files.ts'
import type { InHome, Source, Start } from './start.ts'

/** A host has some thousand at most, and a user some tens. */
const ENTRIES = { machine: 20_000, user: 1000, users: 10_000, unit: 'entries' }
/** Of the paths of one entry. */
const ENTRY_LENGTH = 1024
/** A home takes some milliseconds; more where it comes over a network. */
const SECONDS = { machine: 60, user: 3, users: 60, unit: 'seconds' }
const MS_PER_SECOND = 1000

export class Collection {
  readonly #host: HostFiles
  readonly #filter: Filter
  readonly #looker: Looker
  readonly #nameOf: (uid: number) => string
  /** Root, and whose the root directory is, where numbers of users are others outside. */
  readonly #machineUids: ReadonlySet<number>
  readonly #entries = new Allowance({
    ...ENTRIES,
    said: (whom) => `entries of ${whom} were looked at`,
  })
  readonly #seconds = new Allowance({
    ...SECONDS,
    said: (whom) => `definitions of ${whom} were looked at`,
  })
  readonly #ofMachine: Looked[] = []
  readonly #ofUsers: Looked[] = []
  #count = 0

  constructor(host: HostFiles, filter: Filter) {
    this.#host = host
    this.#filter = filter
    this.#looker = new Looker(host)
    this.#nameOf = userNames(host.machine)
    this.#machineUids = new Set([0, Number(host.locate('/')?.stats.uid ?? 0)])
  }

  /** How many entries of the kinds asked for there were. */
  get count(): number {
    return this.#count
  }

  notices(): readonly string[] {
    return [...this.#entries.notices(), ...this.#seconds.notices()]
  }

  /** The machine's before those of users. */
  async lookAt(sources: readonly Source[]): Promise<readonly Looked[]> {
    const inHomes: InHome[] = []
    for await (const start of machineStarts(this.#host, sources, inHomes))
      this.#take(start, this.#ownerOf(start))
    for (const home of await this.#homes()) await this.#lookInHome(home, inHomes)
    return [...this.#ofMachine, ...this.#ofUsers]
  }

  /** Whoever the definition belongs to; those of Windows do not say. */
  #ownerOf({ definition }: Start): Whose {
    const stats = definition.path.startsWith('/') ? this.#host.locate(definition)?.stats : undefined
    return stats && this.#whoseIs(Number(stats.uid))
  }

  #whoseIs(uid: number): Whose {
    return this.#machineUids.has(uid) ? undefined : this.#nameOf(uid)
  }

  async #homes(): Promise<readonly Home[]> {
    const homes: Home[] = []
    for await (const home of homesOf(this.#host)) homes.push(home)
    const isOfUser = ({ uid }: Home): boolean => this.#whoseIs(uid) !== undefined
    return homes.toSorted((one, other) => Number(isOfUser(one)) - Number(isOfUser(other)))
  }

  /** All that is found there counts as that user's, wherever links and includes lead. */
  async #lookInHome(home: Home, inHomes: readonly InHome[]): Promise<void> {
    const whose = this.#whoseIs(home.uid)
    if (!this.#seconds.has(whose, 0)) return
    const leftMs = Math.ceil(this.#seconds.left(whose) * MS_PER_SECOND)
    const files = this.#host.until(AbortSignal.timeout(leftMs))
    const startedMs = performance.now()
    try {
      for await (const start of homeStarts(files, home, inHomes))
        if (!this.#take(start, whose)) return
    } catch (error) {
      this.#host.signal.throwIfAborted()
      if (!files.signal.aborted) throw error
      this.#seconds.has(whose, Infinity)
    } finally {
      this.#seconds.spend(whose, (performance.now() - startedMs) / MS_PER_SECOND)
    }
  }

  /** False when there were too many of that user. */
  #take(start: Start, whose: Whose): boolean {
    if (!this.#filter.wantsKind(start.kind)) return true
    const weight = weightOf(start)
    if (!this.#entries.has(whose, weight)) return false
    this.#entries.spend(whose, weight)
    this.#count += 1
    const ofThese = whose === undefined ? this.#ofMachine : this.#ofUsers
    if (this.#filter.mayHit(start)) ofThese.push(this.#looker.look(start, whose))
    return true
  }
}

/** An answer holds so many bytes: long paths count for several entries. */
const weightOf = ({ definition, executable = '' }: Start): number =>
  1 + Math.floor((definition.path.length + executable.length) / ENTRY_LENGTH)

async function* machineStarts(
  host: HostFiles,
  sources: readonly Source[],
  inHomes: InHome[],
): AsyncGenerator<Start> {
  for (const source of sources) {
    const inHome = yield* source.find(host)
    if (inHome !== undefined) inHomes.push(inHome)
  }
}

async function* homeStarts(
  host: HostFiles,
  home: Home,
  inHomes: readonly InHome[],
): AsyncGenerator<Start> {
  for (const inHome of inHomes) yield* inHome(host, home)
}
