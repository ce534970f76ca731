/** Answers of modules that search under labels: what each search found stands under its own. */

/** The filters of a search, as answers repeat them. */
export type Echo<S, L> = (search: S) => Partial<L>

interface Arrangement<F, S, L, T> {
  readonly filtersOf: (search: S) => L
  readonly foundBy: (finding: F, search: S, echo: Echo<S, L>) => T
}

/** A search that found nothing has an empty list. */
export function byLabel<F extends { readonly search: string }, S, L extends object, T>(
  findings: readonly F[],
  searches: Readonly<Record<string, S>>,
  { filtersOf, foundBy }: Arrangement<F, S, L, T>,
): Record<string, T[]> {
  const echo = createEcho(filtersOf)
  return Object.fromEntries(
    Object.entries(searches).map(([label, search]) => [
      label,
      findings
        .filter((found) => found.search === label)
        .map((found) => foundBy(found, search, echo)),
    ]),
  )
}

interface Searched {
  readonly search: { readonly options: { readonly matchall: boolean } }
}

/** Without the filters that hit, where they tell which of several did. */
export const withoutHits = <T extends Searched>(
  elements: Readonly<Record<string, readonly T[]>>,
): Record<string, T[]> =>
  Object.fromEntries(
    Object.entries(elements).map(([label, found]) => [
      label,
      found.map((one) => {
        const { options } = one.search
        return options.matchall ? one : { ...one, search: { options } }
      }),
    ]),
  )

/** In characters. */
const ECHO_LIMIT = 1024 * 1024

/**
 * The filters of a search, for answers that repeat them beside all that they found, as MIG's do: as long as there is room for it, then none. Many
 * filters beside many files would be gigabytes, in the process that must answer its neighbours.
 */
export function createEcho<S, L extends object>(filtersOf: (search: S) => L): Echo<S, L> {
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
