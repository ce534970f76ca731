/** One run of `pkg`: asks every package manager of the host, and yields what is wanted. */
import type { RunContext } from '../contract.ts'
import { formatDuration } from '../support/go-format.ts'
import type { Machine } from '../support/machine.ts'
import { examinePackages } from '../support/packages/installed.ts'
import type { InstalledPackage, PackageQuery } from '../support/packages/package.ts'
import { softErrorsOf } from '../support/soft-errors.ts'
import type { Finding, Statistics } from './answer.ts'
import { compileFilter, type Parameters } from './parameters.ts'

/** Several times what any host has: a user can make as many as there is disk in a folder of brew's. */
const EXAMINED_LIMIT = 100_000

export async function* runOn(
  machine: Machine,
  parameters: Parameters,
  context: RunContext<Statistics>,
): AsyncGenerator<Finding, void> {
  const beganMs = performance.now()
  const errors = softErrorsOf(context)
  const { signal } = context
  const { found, examined } = await search(parameters, { machine, signal, errors })
  errors.close()
  const exectime = formatDuration(performance.now() - beganMs)
  yield* found
  context.reportStatistics({ exectime, examined })
}

async function search(
  parameters: Parameters,
  host: Omit<PackageQuery, 'wants' | 'wantsTimes'>,
): Promise<{ found: readonly InstalledPackage[]; examined: number }> {
  const filter = compileFilter(parameters)
  const wantsTimes = parameters.returninstalled === true
  const found: InstalledPackage[] = []
  let examined = 0
  const query = { ...host, wantsTimes, wants: (name: string) => filter.hasName(name) }
  await examinePackages(query, (step) => {
    if (step === undefined) return 'more'
    if (examined === EXAMINED_LIMIT) {
      host.errors.notice(`stopped after ${EXAMINED_LIMIT} packages`)
      return 'enough'
    }
    examined += 1
    if (step !== 'unwanted' && filter.hasVersion(step))
      found.push(wantsTimes ? step : { ...step, installed: undefined })
    return 'more'
  })
  if (host.signal.aborted) host.errors.notice('stopped before the end')
  return { found, examined }
}
