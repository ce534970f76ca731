/** One run of `file`: walks once for all searches, and yields findings as they come. */
import { Pace } from '../support/pace.ts'
import type { Root } from '../support/roots.ts'
import { walk, type WalkReport } from '../support/walk.ts'
import type { RunContext } from '../contract.ts'
import type { Finding, Statistics } from './answer.ts'
import { compileSearches, type CompiledSearch } from './checks.ts'
import { Inspector } from './inspect.ts'
import type { Parameters } from './parameters.ts'
import { hasVanished, reasonOf, softErrorsOf, type SoftErrors } from '../support/soft-errors.ts'
import { Tally } from './tally.ts'

export async function* run(
  parameters: Parameters,
  context: RunContext<Statistics>,
): AsyncGenerator<Finding, void> {
  const searches = compileSearches(parameters, context.startedAtMs)
  const tally = new Tally()
  const errors = softErrorsOf(context, errorLimit(searches))
  const pace = new Pace()
  const inspector = new Inspector({ errors, tally, pace, signal: context.signal })
  try {
    const steps = walk(rootsOf(parameters, searches), reportTo(errors, tally))
    for (const entry of inspector.wanted(steps)) {
      if (pace.isDue()) await pace.turn()
      if (context.signal.aborted || tally.areFull(searches)) break
      if (entry === undefined) continue
      const found = inspector.inspect(entry)
      for (const finding of found instanceof Promise ? await found : found) yield finding
    }
  } finally {
    sayWhatIsMissing({ errors, tally, signal: context.signal })
    context.reportStatistics(tally.statistics())
  }
}

/** One walk serves all searches, so the most generous limit counts. */
function errorLimit(searches: readonly CompiledSearch[]): number {
  const limits = searches.map(({ options }) => options.maxerrors)
  return limits.includes(0) ? 0 : Math.max(...limits)
}

function rootsOf(
  { searches }: Parameters,
  compiled: readonly CompiledSearch[],
): readonly Root<CompiledSearch>[] {
  return compiled.flatMap((owner) =>
    (searches[owner.label]?.paths ?? []).map((path) => ({
      path,
      maxDepth: owner.options.maxdepth === 0 ? Infinity : owner.options.maxdepth,
      owner,
    })),
  )
}

function reportTo(errors: SoftErrors, tally: Tally): WalkReport {
  return {
    rootUnreadable: (place, error) => {
      errors.add(place, reasonOf(error))
    },
    unreadable: (place, error) => {
      if (hasVanished(error)) tally.vanished += 1
      else errors.add(place, reasonOf(error))
    },
  }
}

function sayWhatIsMissing(run: { errors: SoftErrors; tally: Tally; signal: AbortSignal }): void {
  const { errors, tally, signal } = run
  if (tally.linksOutside > 0)
    errors.notice(
      `${tally.linksOutside} links lead outside the paths searched and were not followed`,
    )
  if (signal.aborted) errors.notice('stopped before the end of the search')
  errors.close()
}
