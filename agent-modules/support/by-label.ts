/** Answers of modules that search under labels: what each search found stands under its own. */

/** A search that found nothing has an empty list. */
export const byLabel = <F extends { readonly search: string }, S, T>(
  findings: readonly F[],
  searches: Readonly<Record<string, S>>,
  foundBy: (finding: F, search: S) => T,
): Record<string, T[]> =>
  Object.fromEntries(
    Object.entries(searches).map(([label, search]) => [
      label,
      findings.filter((found) => found.search === label).map((found) => foundBy(found, search)),
    ]),
  )

/** In characters. */
const ECHO_LIMIT = 1024 * 1024

/**
 * The filters of a search, for answers that repeat them beside all that they found, as MIG's do: as long as there is room for it, then none. Many
 * filters beside many files would be gigabytes, in the process that must answer its neighbours.
 */
export function createEcho<S, L extends object>(
  filtersOf: (search: S) => L,
): (search: S) => Partial<L> {
  const known = new Map<S, ReturnType<typeof sized<L>>>()
  let room = ECHO_LIMIT
  return (search) => {
    const echo = known.get(search) ?? sized(filtersOf(search))
    known.set(search, echo)
    if (echo.size > room) return {}
    room -= echo.size
    return echo.lists
  }
}

const sized = <L>(lists: L): { readonly lists: L; readonly size: number } => ({
  lists,
  size: JSON.stringify(lists).length,
})
