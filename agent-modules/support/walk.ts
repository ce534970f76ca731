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
export interface WalkEntry<Owner> extends Child {
  readonly place: Place
  readonly scopes: readonly Scope<Owner>[]
  /** A person named this very path: it is followed wherever it leads. */
  readonly isRoot: boolean
}

/**
 * Neighbours in one directory, none of them a directory: `children[from, to)`. Of many files few are wanted, by their names: handing them out in
 * one go, without a path or an object for each, is 3 times faster than one by one (measured).
 */
class Batch<Owner> {
  readonly children: readonly Child[]
  readonly from: number
  readonly to: number
  readonly scopes: readonly Scope<Owner>[]
  readonly #directory: Place
  readonly #isRoot: boolean

  constructor(
    directory: Place,
    children: readonly Child[],
    where: { from: number; to: number; scopes: readonly Scope<Owner>[]; isRoot: boolean },
  ) {
    this.#directory = directory
    this.children = children
    this.from = where.from
    this.to = where.to
    this.scopes = where.scopes
    this.#isRoot = where.isRoot
  }

  entryOf(child: Child): WalkEntry<Owner> {
    return {
      name: child.name,
      rawName: child.rawName,
      kind: child.kind,
      place: childPlace(this.#directory, child),
      scopes: this.scopes,
      isRoot: this.#isRoot,
    }
  }
}

/** `undefined` is a moment to pause. */
export type WalkStep<Owner> = Batch<Owner> | undefined

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
      if (kind === 'file') yield rootBatch(place, scopes)
      if (kind !== 'directory') continue
      yield* this.#enter({ path: place, raw: undefined, scopes })
      yield* this.#descend()
    }
  }

  *#descend(): Generator<WalkStep<Owner>, void> {
    for (let frame = this.#stack.at(-1); frame !== undefined; frame = this.#stack.at(-1)) {
      const child = frame.children[frame.next]
      if (child === undefined) this.#stack.pop()
      else if (child.kind !== 'directory') yield this.#nextBatch(frame, child)
      else {
        frame.next += 1
        yield* this.#enterChild(frame, child)
      }
    }
  }

  /** All files up to the next directory; where roots lie in this directory, one by one, because each may have scopes of its own. */
  #nextBatch(frame: Frame<Owner>, first: Child): Batch<Owner> {
    const { directory, children, rootNames, next: from } = frame
    const isRoot = first.kind === 'file' && rootNames?.has(first.name) === true
    const scopes = isRoot
      ? this.#roots.visit(childPlace(directory, first).path, directory.scopes)
      : directory.scopes
    frame.next += 1
    if (rootNames === undefined) frame.next = nextDirectory(children, frame.next)
    return new Batch(directory, children, { from, to: frame.next, scopes, isRoot: false })
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
    yield undefined
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

function nextDirectory(children: readonly Child[], from: number): number {
  let index = from
  while (index < children.length && children[index]?.kind !== 'directory') index += 1
  return index
}

function rootBatch<Owner>(place: string, scopes: readonly Scope<Owner>[]): Batch<Owner> {
  const directory = { path: path.dirname(place), raw: undefined }
  const child = { name: path.basename(place), rawName: undefined, kind: 'link' } as const
  return new Batch(directory, [child], { from: 0, to: 1, scopes, isRoot: true })
}
