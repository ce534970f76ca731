/** One run of `pkg`: asks every package manager of the host, and yields what is wanted. */
import type { RunContext } from '../contract.ts'
import { formatDuration } from '../support/go-format.ts'
import type { Machine } from '../support/machine.ts'
import { examinePackages } from '../support/packages/installed.ts'
import type { InstalledPackage, PackageQuery } from '../support/packages/package.ts'
import { softErrorsOf } from '../support/soft-errors.ts'
import { finding, type Finding, type Statistics } from './answer.ts'
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
  const { found, examined } = await search(parameters, {
    machine,
    signal: context.signal,
    report: (message) => {
      errors.notice(message)
    },
  })
  const exectime = formatDuration(performance.now() - beganMs)
  let odd = 0
  for (const each of found) {
    const fitting = finding.safeParse(each)
    if (fitting.success) yield fitting.data
    else odd += 1
  }
  if (odd > 0)
    errors.notice(`${odd} packages were left out: their names or versions are no package's`)
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
      host.report(`stopped after ${EXAMINED_LIMIT} packages`)
      return 'enough'
    }
    examined += 1
    if (step !== 'unwanted' && filter.hasVersion(step))
      found.push(wantsTimes ? step : { ...step, installed: undefined })
    return 'more'
  })
  if (host.signal.aborted) host.report('stopped before the end')
  return { found, examined }
}
