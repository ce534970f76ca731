/** Looks at one file for all searches at once, cheapest checks first: name, metadata, content, hashes. */
import type { Child } from '../support/directory.ts'
import { formatMode, formatTime } from '../support/go-format.ts'
import { fileBehind, isInside } from '../support/link.ts'
import { readMetadata, type Metadata } from '../support/regular-file.ts'
import type { WalkEntry, WalkStep } from '../support/walk.ts'
import type { Finding } from './answer.ts'
import { needsBody } from './body.ts'
import { Candidate } from './candidate.ts'
import type { CompiledSearch } from './checks.ts'
import { Reader, type ExamineContext, type FileToRead, type Reading } from './reader.ts'
import { hasVanished, reasonOf } from '../support/soft-errors.ts'

type Entry = WalkEntry<CompiledSearch>
type Findings = readonly Finding[]
const NONE: Findings = []

/** A look at the clock costs as much as one name; a pattern of the largest size may take some milliseconds for one name. */
const CHECKS_BETWEEN_PAUSES = 16

/** What the looks at one file brought to light. */
interface Known {
  readonly metadata: Metadata | undefined
  readonly reading?: Reading | undefined
}

export class Inspector {
  readonly #context: ExamineContext
  readonly #reader: Reader

  constructor(context: ExamineContext) {
    this.#context = context
    this.#reader = new Reader(context)
  }

  /** The files that some search wants by their names, and `undefined` for moments to pause: names are looked at without a pause, many at a time. */
  *wanted(steps: Iterable<WalkStep<CompiledSearch>>): Generator<Entry | undefined, void> {
    let looked = 0
    for (const batch of steps) {
      yield undefined
      if (batch === undefined) continue
      const pauseAfter = checksBetweenPauses(batch.scopes)
      for (let index = batch.from; index < batch.to; index += 1) {
        const child = batch.children[index]
        if (child === undefined) continue
        this.#context.tally.files += 1
        looked += 1
        if (this.#isWanted(batch.scopes, child)) yield batch.entryOf(child)
        else if (looked % pauseAfter === 0) yield undefined
      }
    }
  }

  /** One finding per search that finds the file. A promise only where a file is long or packed: an await for each small one would cost more than the file. */
  inspect(entry: Entry): Findings | Promise<Findings> {
    try {
      return this.#examine(entry)
    } catch (error) {
      if (hasVanished(error)) this.#context.tally.vanished += 1
      else this.#context.errors.add(entry.place.path, reasonOf(error))
      return NONE
    }
  }

  #isWanted(scopes: Entry['scopes'], child: Child): boolean {
    for (const { owner } of scopes)
      if (!this.#context.tally.isFull(owner) && isWantedByName(owner, child)) return true
    return false
  }

  #examine(entry: Entry): Findings | Promise<Findings> {
    const { place } = entry
    const target = entry.kind === 'link' ? fileBehind(place) : (place.raw ?? place.path)
    if (target === undefined) return NONE
    const file: FileToRead = { place, target }
    const candidates = this.#candidates(entry, target)
    const metadata = this.#checkMetadata(file, candidates)
    const readers = candidates.filter((one) => !one.isOut && needsBody(one))
    if (readers.length === 0) return this.#found(file, candidates, { metadata })
    const reading = this.#reader.read(file, readers)
    return reading instanceof Promise
      ? reading.then((read) => this.#foundByReading(file, candidates, { metadata, reading: read }))
      : this.#foundByReading(file, candidates, { metadata, reading })
  }

  #candidates(entry: Entry, target: string | Buffer): readonly Candidate[] {
    const { scopes } = entry
    const { tally } = this.#context
    // Of one search it is known that it wants the file.
    const wanting =
      scopes.length === 1
        ? scopes
        : scopes.filter(({ owner }) => !tally.isFull(owner) && isWantedByName(owner, entry))
    return this.#allowed(entry, wanting, target).map(({ owner }) => namedCandidate(owner, entry))
  }

  /** Links lead only to where the search could have gone by itself, or where a person named them. */
  #allowed(entry: Entry, scopes: Entry['scopes'], target: string | Buffer): Entry['scopes'] {
    if (typeof target === 'string' || entry.kind !== 'link' || entry.isRoot) return scopes
    const inside = scopes.filter(({ realRoot }) => isInside(target, realRoot))
    if (inside.length < scopes.length) this.#context.tally.linksOutside += 1
    return inside
  }

  /** Without opening the file; undefined when an open file will tell it more cheaply, or when it is gone. */
  #checkMetadata(file: FileToRead, candidates: readonly Candidate[]): Metadata | undefined {
    if (candidates.length === 0) return undefined
    const isAsked = candidates.some(({ search }) => search.metadata.length > 0)
    if (!isAsked && candidates.every(needsBody)) return undefined
    const metadata = readMetadata(file.target)
    if (metadata === undefined) {
      this.#context.tally.vanished += 1
      for (const candidate of candidates) candidate.drop()
      return undefined
    }
    for (const candidate of candidates)
      for (const check of candidate.search.metadata)
        if (!candidate.isOut) candidate.record(check, check.matches(metadata))
    return metadata
  }

  /** Without a reading there is no hit for those that asked for it. */
  #foundByReading(file: FileToRead, candidates: readonly Candidate[], known: Known): Findings {
    if (known.reading === undefined)
      for (const candidate of candidates) if (needsBody(candidate)) candidate.giveUp()
    const metadata = known.metadata ?? known.reading?.metadata
    return this.#found(file, candidates, { ...known, metadata })
  }

  #found(file: FileToRead, candidates: readonly Candidate[], known: Known): Findings {
    const { metadata, reading } = known
    if (metadata === undefined) return NONE
    return candidates
      .filter((one) => one.isFound)
      .map((one) => this.#finding(file, one, { metadata, reading }))
  }

  #finding(
    { place }: FileToRead,
    candidate: Candidate,
    known: { readonly metadata: Metadata; readonly reading: Reading | undefined },
  ): Finding {
    const { search } = candidate
    if (this.#context.tally.hit(search))
      this.#context.errors.notice(
        `search '${search.label}' stopped at its limit of ${search.options.matchlimit} files, there may be more`,
      )
    const { size, mode, modifiedNs } = known.metadata
    const sha256 = known.reading?.sha256Of(candidate)
    const checks = candidate.hitFilters()
    return {
      search: search.label,
      file: place.path,
      ...(place.raw === undefined ? {} : { file64: place.raw.toString('base64') }),
      size,
      mode: formatMode(mode),
      lastmodified: formatTime(modifiedNs),
      ...(sha256 === undefined ? {} : { sha256 }),
      ...(checks === undefined ? {} : { checks }),
    }
  }
}

/** Names looked at between two looks at the clock: one name is nothing, but there may be hundreds of patterns. */
function checksBetweenPauses(scopes: Entry['scopes']): number {
  const checks = scopes.reduce((sum, { owner }) => sum + owner.names.length, 1)
  return Math.max(1, Math.floor(CHECKS_BETWEEN_PAUSES / checks))
}

/** Where all filters must hit, the names alone decide about most files. */
function isWantedByName(search: CompiledSearch, child: Child): boolean {
  if (!search.options.matchall) return true
  for (const check of search.names)
    if (check.matches(child.name, child.rawName) === check.isFlipped) return false
  return true
}

/** A candidate that knows what the names say. */
function namedCandidate(search: CompiledSearch, entry: Entry): Candidate {
  const candidate = new Candidate(search)
  if (!search.options.matchall)
    for (const check of search.names)
      candidate.record(check, check.matches(entry.name, entry.rawName))
  return candidate
}
