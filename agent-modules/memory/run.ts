/** One run of `memory`: goes through the processes once for all searches, and yields findings as they come. */
import type { RunContext } from '../contract.ts'
import { askingPids } from '../support/asking-processes.ts'
import { formatDuration } from '../support/go-format.ts'
import { readProcess, readStat, type LinuxProcess } from '../support/linux-process.ts'
import { unsupportedHere, type Machine } from '../support/machine.ts'
import { Pace } from '../support/pace.ts'
import { pageSizeOf } from '../support/page-size.ts'
import { listPids } from '../support/procfs.ts'
import { softErrorsOf } from '../support/soft-errors.ts'
import type { Finding, Statistics } from './answer.ts'
import { compileSearches, type CompiledSearch } from './checks.ts'
import { Inspector } from './inspect.ts'
import type { Parameters } from './parameters.ts'

export async function* runOn(
  machine: Machine,
  parameters: Parameters,
  context: RunContext<Statistics>,
): AsyncGenerator<Finding, void> {
  if (machine.platform !== 'linux') unsupportedHere('memory', machine)
  const startedMs = performance.now()
  const pace = new Pace()
  const errors = softErrorsOf(context)
  const { signal } = context
  const inspector = new Inspector({ machine, errors, pace, signal, pageSize: pageSizeOf(machine) })
  const searches = compileSearches(parameters)
  const asking = askingPids(machine)
  try {
    for (const pid of listPids(machine)) {
      if (asking.has(pid)) continue
      if (pace.isDue()) await pace.turn()
      if (signal.aborted) break
      const process = readProcess(machine, pid)
      if (process !== undefined) yield* inspectOne({ machine, inspector, searches }, process)
    }
  } finally {
    if (signal.aborted) errors.notice('stopped before the end of the search')
    inspector.sayWhatIsMissing()
    errors.close()
    context.reportStatistics({
      ...inspector.counts,
      exectime: formatDuration(performance.now() - startedMs),
    })
  }
}

interface Run {
  readonly machine: Machine
  readonly inspector: Inspector
  readonly searches: readonly CompiledSearch[]
}

/** What was found of a process that ended, or became another program, while it was looked at may be anybody's. */
async function* inspectOne(
  { machine, inspector, searches }: Run,
  process: LinuxProcess,
): AsyncGenerator<Finding, void> {
  const findings = await inspector.inspect(process, searches)
  if (findings.length === 0) return
  if (readStat(machine, process.pid)?.startedMs !== process.startedMs) return
  for (const finding of findings) {
    inspector.counts.totalhits += 1
    yield finding
  }
}
