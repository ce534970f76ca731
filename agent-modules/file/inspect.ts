/** Looks at one file for all searches at once, cheapest checks first: name, metadata, content, hashes. */
import { formatMode, formatTime } from '../support/go-format.ts'
import { fileBehind, isInside } from '../support/link.ts'
import type { Steps } from '../support/pace.ts'
import { readMetadata, type Metadata } from '../support/regular-file.ts'
import type { Scope } from '../support/roots.ts'
import type { WalkEntry } from '../support/walk.ts'
import type { Finding } from './answer.ts'
import { needsBody } from './body.ts'
import { Candidate } from './candidate.ts'
import type { CompiledSearch } from './checks.ts'
import { Reader, type ExamineContext, type FileToRead, type Reading } from './reader.ts'
import { hasVanished, reasonOf } from './soft-errors.ts'

export class Inspector {
  readonly #context: ExamineContext
  readonly #reader: Reader

  constructor(context: ExamineContext) {
    this.#context = context
    this.#reader = new Reader(context)
  }

  /** One finding per search that finds the file; undefined when no search wants it by its name, which is nearly always. */
  inspect(entry: WalkEntry<CompiledSearch>): Steps<readonly Finding[]> | undefined {
    const { tally } = this.#context
    tally.files += 1
    const scopes: Scope<CompiledSearch>[] = []
    for (const scope of entry.scopes)
      if (!tally.isFull(scope.owner) && isWantedByName(scope.owner, entry)) scopes.push(scope)
    return scopes.length === 0 ? undefined : this.#examineSafely(entry, scopes)
  }

  *#examineSafely(
    entry: WalkEntry<CompiledSearch>,
    scopes: readonly Scope<CompiledSearch>[],
  ): Steps<readonly Finding[]> {
    try {
      return yield* this.#examine(entry, scopes)
    } catch (error) {
      if (hasVanished(error)) this.#context.tally.vanished += 1
      else this.#context.errors.add(entry.place.path, reasonOf(error))
      return []
    }
  }

  *#examine(
    entry: WalkEntry<CompiledSearch>,
    scopes: readonly Scope<CompiledSearch>[],
  ): Steps<readonly Finding[]> {
    const { place } = entry
    const target = entry.isLink ? fileBehind(place) : (place.raw ?? place.path)
    if (target === undefined) return []
    const allowed = this.#allowed(entry, scopes, target)
    const candidates = allowed.map(({ owner }) => namedCandidate(owner, entry))
    const file: FileToRead = { place, target }
    const early = this.#checkMetadata(file, candidates)
    const readers = candidates.filter((one) => !one.isOut && needsBody(one))
    const reading = readers.length === 0 ? undefined : yield* this.#reader.read(file, readers)
    const metadata = early ?? reading?.metadata
    if (metadata === undefined) return []
    if (readers.length > 0 && reading === undefined)
      readers.forEach((one) => {
        one.giveUp()
      })
    return candidates
      .filter((one) => one.isFound)
      .map((one) => this.#found(one, file, { metadata, reading }))
  }

  /** Links lead only to where the search could have gone by itself, or where a person named them. */
  #allowed(
    entry: WalkEntry<CompiledSearch>,
    scopes: readonly Scope<CompiledSearch>[],
    target: string | Buffer,
  ): readonly Scope<CompiledSearch>[] {
    if (typeof target === 'string' || !entry.isLink || entry.isRoot) return scopes
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

  #found(
    candidate: Candidate,
    { place }: FileToRead,
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

/** Where all filters must hit, the names alone decide about most files. */
function isWantedByName(search: CompiledSearch, entry: WalkEntry<CompiledSearch>): boolean {
  if (!search.options.matchall) return true
  for (const check of search.names)
    if (check.matches(entry.name, entry.rawName) === check.isFlipped) return false
  return true
}

/** A candidate that knows what the names say. */
function namedCandidate(search: CompiledSearch, entry: WalkEntry<CompiledSearch>): Candidate {
  const candidate = new Candidate(search)
  if (!search.options.matchall)
    for (const check of search.names)
      candidate.record(check, check.matches(entry.name, entry.rawName))
  return candidate
}
