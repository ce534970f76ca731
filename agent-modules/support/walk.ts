/**
 * Walks directories once for many searches, in lexicographic order, with its own stack.
 *
 * DEV NOTE. Memory is bounded by the sizes of the directories on one path, not by the tree. Links to directories are never followed, so there are
 * no loops; links to files are handed out, and the reader decides (link.ts). A root below another root is taken along in the outer walk. Roots
 * themselves are followed when they are links, because a person named them: `/bin` on most Linux systems.
 */
import { statSync } from 'node:fs'
import path from 'node:path'
import { childPlace, readDirectory, type Child, type Place } from './directory.ts'
import { Roots, type Root, type Scope } from './roots.ts'

export interface WalkReport {
  /** A place that a person named cannot be searched. */
  rootUnreadable(place: string, error: unknown): void
  /** A directory met on the way cannot be read. */
  unreadable(place: string, error: unknown): void
}

/** A regular file, a link that may lead to one, or a root that is a file. */
export class WalkEntry<Owner> {
  readonly #directory: Place
  readonly #child: Child
  readonly scopes: readonly Scope<Owner>[]
  /** A person named this very path: it is followed wherever it leads. */
  readonly isRoot: boolean

  constructor(directory: Place, child: Child, where: Pick<WalkEntry<Owner>, 'scopes' | 'isRoot'>) {
    this.#directory = directory
    this.#child = child
    this.scopes = where.scopes
    this.isRoot = where.isRoot
  }

  get name(): string {
    return this.#child.name
  }

  get rawName(): Buffer | undefined {
    return this.#child.rawName
  }

  get isLink(): boolean {
    return this.#child.kind === 'link'
  }

  get place(): Place {
    return childPlace(this.#directory, this.#child)
  }
}

/** `undefined` is a moment to pause. */
export type WalkStep<Owner> = WalkEntry<Owner> | undefined

/** Walks all roots; a file that several roots hold comes once, with all their scopes. */
export function walk<Owner>(
  roots: readonly Root<Owner>[],
  report: WalkReport,
): Generator<WalkStep<Owner>, void> {
  return new Walk(new Roots(roots), report).steps()
}

interface Directory<Owner> extends Place {
  readonly scopes: readonly Scope<Owner>[]
}

interface Frame<Owner> {
  readonly directory: Directory<Owner>
  readonly children: readonly Child[]
  /** Names here that are roots themselves. */
  readonly rootNames: ReadonlySet<string> | undefined
  next: number
}

class Walk<Owner> {
  readonly #roots: Roots<Owner>
  readonly #report: WalkReport
  readonly #stack: Frame<Owner>[] = []

  constructor(roots: Roots<Owner>, report: WalkReport) {
    this.#roots = roots
    this.#report = report
  }

  *steps(): Generator<WalkStep<Owner>, void> {
    for (const place of this.#roots.remaining()) {
      const scopes = this.#roots.visit(place)
      const kind = this.#kindOfRoot(place)
      if (kind === 'file') yield rootEntry(place, scopes)
      if (kind !== 'directory') continue
      yield* this.#enter({ path: place, raw: undefined, scopes })
      yield* this.#descend()
    }
  }

  *#descend(): Generator<WalkStep<Owner>, void> {
    for (let frame = this.#stack.at(-1); frame !== undefined; frame = this.#stack.at(-1)) {
      const child = frame.children[frame.next]
      frame.next += 1
      if (child === undefined) this.#stack.pop()
      else if (child.kind === 'directory') yield* this.#enterChild(frame, child)
      else yield this.#entryOf(frame, child)
    }
  }

  #entryOf({ directory, rootNames }: Frame<Owner>, child: Child): WalkEntry<Owner> {
    const isRoot = child.kind === 'file' && rootNames?.has(child.name) === true
    const scopes = isRoot
      ? this.#roots.visit(childPlace(directory, child).path, directory.scopes)
      : directory.scopes
    return new WalkEntry(directory, child, { scopes, isRoot: false })
  }

  *#enterChild(frame: Frame<Owner>, child: Child): Generator<undefined, void> {
    const place = childPlace(frame.directory, child)
    const deeper = frame.directory.scopes
      .filter(({ depthLeft }) => depthLeft > 1)
      .map((scope) => ({ ...scope, depthLeft: scope.depthLeft - 1 }))
    const isRoot = frame.rootNames?.has(child.name) === true
    const scopes = isRoot ? this.#roots.visit(place.path, deeper) : deeper
    if (scopes.length > 0) yield* this.#enter({ ...place, scopes })
  }

  *#enter(directory: Directory<Owner>): Generator<undefined, void> {
    try {
      const children = yield* readDirectory(directory)
      const rootNames = this.#roots.namesIn(directory.path)
      this.#stack.push({ directory, children, rootNames, next: 0 })
    } catch (error) {
      this.#report.unreadable(directory.path, error)
    }
  }

  #kindOfRoot(place: string): 'directory' | 'file' | 'other' {
    try {
      const stats = statSync(place)
      if (stats.isDirectory()) return 'directory'
      return stats.isFile() ? 'file' : 'other'
    } catch (error) {
      this.#report.rootUnreadable(place, error)
      return 'other'
    }
  }
}

function rootEntry<Owner>(place: string, scopes: readonly Scope<Owner>[]): WalkEntry<Owner> {
  const directory = { path: path.dirname(place), raw: undefined }
  const child = { name: path.basename(place), rawName: undefined, kind: 'link' } as const
  return new WalkEntry(directory, child, { scopes, isRoot: true })
}
