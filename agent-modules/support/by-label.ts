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
