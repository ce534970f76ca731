/** Who started whom: the ancestors of what was found, and the order and depth in which a tree is printed. */

interface Node {
  readonly pid: number
  readonly ppid: number
}

/** All that started one of these, at whatever remove, and is not one of them; parents may have ended, and numbers been used again. */
export function ancestorsOf<T extends Node>(
  found: ReadonlySet<number>,
  all: ReadonlyMap<number, T>,
): readonly T[] {
  const ancestors = new Map<number, T>()
  const seen = new Set<number>()
  for (const pid of found) {
    let next = all.get(pid)
    while (next !== undefined && !seen.has(next.pid)) {
      seen.add(next.pid)
      if (!found.has(next.pid)) ancestors.set(next.pid, next)
      next = all.get(next.ppid)
    }
  }
  return [...ancestors.values()].sort((a, b) => a.pid - b.pid)
}

export interface Placed<T> {
  readonly one: T
  readonly depth: number
}

/** Each behind its parent, children by number; what has no parent here stands at depth 0. */
export function inTree<T extends { readonly process: Node }>(
  all: readonly T[],
): readonly Placed<T>[] {
  const sorted = all.toSorted((a, b) => a.process.pid - b.process.pid)
  const pids = new Set(sorted.map(({ process }) => process.pid))
  const children = Map.groupBy(sorted, ({ process }) => process.ppid)
  const placed: Placed<T>[] = []
  const left = new Set(sorted)
  const descend = (root: T): void => {
    const open = [{ one: root, depth: 0 }]
    for (let next = open.pop(); next !== undefined; next = open.pop()) {
      if (!left.delete(next.one)) continue
      placed.push(next)
      const depth = next.depth + 1
      for (const one of (children.get(next.one.process.pid) ?? []).toReversed())
        open.push({ one, depth })
    }
  }
  for (const one of sorted)
    if (!pids.has(one.process.ppid) || one.process.ppid === one.process.pid) descend(one)
  // Parents in a ring: the number of one was used again while they were listed.
  for (const one of sorted) if (left.has(one)) descend(one)
  return placed
}
