/** The places that searches begin at: who asked for each, and which lie below another. */
import { realpathSync } from 'node:fs'
import path from 'node:path'

/** A place to search, and who asked. `maxDepth` counts directories, the root is 1; Infinity for no limit. */
export interface Root<Owner> {
  readonly path: string
  readonly maxDepth: number
  readonly owner: Owner
}

/** Where an owner's search stands in some directory. */
export interface Scope<Owner> {
  readonly owner: Owner
  /** How deep directories may still go, this one included. */
  readonly depthLeft: number
  /** The root as the file system knows it: what links must stay inside. */
  readonly realRoot: Buffer
}

export class Roots<Owner> {
  readonly #byPath = new Map<string, Root<Owner>[]>()
  /** Names of roots by the directory they are in, so that a walk from above takes them along. */
  readonly #namesByParent = new Map<string, Set<string>>()
  readonly #visited = new Set<string>()

  constructor(roots: readonly Root<Owner>[]) {
    for (const root of roots) {
      const place = cleanPath(root.path)
      this.#byPath.set(place, [...(this.#byPath.get(place) ?? []), root])
      const parent = path.dirname(place)
      const names = this.#namesByParent.get(parent) ?? new Set()
      this.#namesByParent.set(parent, names.add(path.basename(place)))
    }
  }

  /** The places not yet visited, parents before what is below them. */
  *remaining(): Generator<string, void> {
    for (const place of [...this.#byPath.keys()].sort()) if (!this.#visited.has(place)) yield place
  }

  /** The names in `directory` that are roots themselves; undefined for nearly all directories. */
  namesIn(directory: string): ReadonlySet<string> | undefined {
    return this.#namesByParent.get(directory)
  }

  /** Marks a place as walked; returns the scopes there: those that come from above, and those that begin here. */
  visit(place: string, outer: readonly Scope<Owner>[] = []): readonly Scope<Owner>[] {
    this.#visited.add(place)
    const scopes = new Map(outer.map((scope) => [scope.owner, scope]))
    for (const { owner, maxDepth } of this.#byPath.get(place) ?? []) {
      const above = scopes.get(owner)
      scopes.set(owner, {
        owner,
        depthLeft: maxDepth,
        realRoot: above?.realRoot ?? realPath(place),
      })
    }
    return [...scopes.values()]
  }
}

/** Without `.`, `..`, doubled or trailing separators. */
function cleanPath(place: string): string {
  const normal = path.normalize(place)
  return normal.length > 1 && normal.endsWith(path.sep) ? normal.slice(0, -1) : normal
}

function realPath(place: string): Buffer {
  try {
    return realpathSync.native(place, { encoding: 'buffer' })
  } catch {
    // It cannot be read either, and the walk reports that.
    return Buffer.from(place)
  }
}
