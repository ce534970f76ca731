/** One run of `process`: lists the processes once for all searches, and yields findings as they come. */
import type { RunContext } from '../contract.ts'
import { typedToPids } from '../support/asking-processes.ts'
import { formatDuration } from '../support/go-format.ts'
import { unsupportedHere, type Machine } from '../support/machine.ts'
import { Pace } from '../support/pace.ts'
import type { Finding, Statistics } from './answer.ts'
import { algorithmsOf, compileSearches, type Check, type CompiledSearch } from './checks.ts'
import { darwinHost } from './darwin.ts'
import { Executables } from './executables.ts'
import type { ProcessHost, ProcessRecord } from './host.ts'
import { judge, namedHits, needsDigests, variablesOf, type Verdict } from './judge.ts'
import { linuxHost } from './linux.ts'
import type { Parameters } from './parameters.ts'
import { Subject } from './subject.ts'
import { ancestorsOf } from './tree.ts'
import { windowsHost } from './windows.ts'

/** Bounds memory on a host that was made to start very many: some 150 MiB. */
const PROCESSES_LIMIT = 200_000

interface Run {
  readonly host: ProcessHost
  readonly context: RunContext<Statistics>
  readonly searches: readonly CompiledSearch[]
  readonly executables: Executables
  readonly pace: Pace
  hits: number
  /** Of how many processes something asked could not be told. */
  unsure: number
}

export async function* runOn(
  machine: Machine,
  parameters: Parameters,
  context: RunContext<Statistics>,
): AsyncGenerator<Finding, void> {
  const startedMs = performance.now()
  const run = begin(machine, parameters, context)
  let processcount = 0
  try {
    const all = await listAll(run)
    processcount = all.size
    yield* search(run, all)
  } finally {
    sayWhatIsMissing(run)
    context.reportStatistics({
      processcount,
      totalhits: run.hits,
      bytesread: run.executables.bytesRead,
      exectime: formatDuration(performance.now() - startedMs),
    })
  }
}

function begin(machine: Machine, parameters: Parameters, context: RunContext<Statistics>): Run {
  const host = hostOf(machine, parameters, context.signal)
  const searches = compileSearches(parameters, context.startedAtMs)
  const cannot = host.cannot.filter((kind) =>
    searches.some(({ checks }) => checks.some((check) => check.kind === kind)),
  )
  if (cannot.length > 0) unsupportedHere(`process by ${cannot.join(', ')}`, machine)
  const pace = new Pace()
  const { signal } = context
  const algorithms = algorithmsOf(parameters)
  const executables = new Executables({ host, algorithms, pace, signal })
  return { host, context, searches, executables, pace, hits: 0, unsure: 0 }
}

function hostOf(machine: Machine, { searches }: Parameters, signal: AbortSignal): ProcessHost {
  if (machine.platform === 'linux') return linuxHost(machine)
  if (machine.platform === 'win32') return windowsHost(machine, signal)
  if (machine.platform !== 'darwin') return unsupportedHere('process', machine)
  const withCommandLines = Object.values(searches).some(({ cmdlines }) => cmdlines.length > 0)
  return darwinHost(machine, { withCommandLines, signal })
}

async function listAll({ host, pace, context }: Run): Promise<ReadonlyMap<number, ProcessRecord>> {
  const all = new Map<number, ProcessRecord>()
  for (const record of await host.list()) {
    if (all.size >= PROCESSES_LIMIT) {
      context.reportError(`only the first ${PROCESSES_LIMIT} processes were looked at`)
      break
    }
    all.set(record.pid, record)
    if (pace.isDue()) await pace.turn()
    if (context.signal.aborted) break
  }
  return all
}

async function* search(
  run: Run,
  all: ReadonlyMap<number, ProcessRecord>,
): AsyncGenerator<Finding, void> {
  const { searches, pace, context } = run
  const askers = askersOf(run, all)
  const found = new Map(searches.map(({ label }) => [label, new Set<number>()]))
  for (const record of all.values()) {
    if (pace.isDue()) await pace.turn()
    const subject = new Subject(record, { ...run, parent: all.get(record.ppid) })
    if (searches.some((search) => needsDigests(search, subject))) await subject.readDigests()
    if (context.signal.aborted) return
    for (const finding of examine(run, subject, askers)) {
      found.get(finding.search)?.add(record.pid)
      yield finding
    }
  }
  for (const { label, options } of searches)
    if (options.tree)
      for (const ancestor of ancestorsOf(found.get(label) ?? new Set(), all))
        yield { search: label, process: factsOf(ancestor), isancestor: true }
}

/** Whose command lines hold what is looked for only because somebody looks for it. */
function askersOf(
  { host, searches }: Run,
  all: ReadonlyMap<number, ProcessRecord>,
): ReadonlySet<number> {
  const words = searches.flatMap(({ checks }) => checks.filter(isOfCommandLine))
  return typedToPids(
    words.map(({ value }) => value),
    {
      parentOf: (pid) => all.get(pid)?.ppid,
      commandLineOf: (pid) => host.commandLine(pid)?.value.toString(),
    },
  )
}

const isOfCommandLine = ({ kind }: Check): boolean => kind === 'cmdline'

/** One process for all searches. */
function examine(run: Run, subject: Subject, askers: ReadonlySet<number>): readonly Finding[] {
  const findings: Finding[] = []
  let isUnsure = false
  const isAsker = askers.has(subject.record.pid)
  for (const search of run.searches) {
    if (isAsker && search.checks.some(isOfCommandLine)) continue
    const verdict = judge(search, subject)
    isUnsure ||= verdict.isUnsure
    if (!verdict.isFound) continue
    const sha256 = search.options.returnsha256 ? subject.digest('sha256') : ''
    isUnsure ||= subject.record.path === undefined || sha256 === undefined
    findings.push(findingOf(search, subject, { ...verdict, sha256 }))
  }
  run.hits += findings.length
  if (isUnsure) run.unsure += 1
  return findings
}

function findingOf(
  { label, options }: CompiledSearch,
  subject: Subject,
  { hits, sha256 = '' }: Verdict & { readonly sha256: string | undefined },
): Finding {
  const envs = variablesOf(hits, subject)
  return {
    search: label,
    process: {
      ...factsOf(subject.record),
      ...(sha256 === '' ? {} : { sha256: sha256.toUpperCase() }),
      ...(envs.length === 0 ? {} : { envs: [...envs] }),
    },
    ...(options.matchall ? {} : { checks: namedHits(hits) }),
  }
}

function factsOf(record: ProcessRecord): Finding['process'] {
  const { pid, ppid, name, path, isDeleted, user, startedMs, state, threads } = record
  return {
    pid,
    ppid,
    name: name.text,
    ...(path === undefined || path.text === '' ? {} : { path: path.text }),
    ...(isDeleted === undefined ? {} : { deleted: isDeleted }),
    ...(user === undefined ? {} : { user: user.name }),
    ...(startedMs === undefined ? {} : { started: rfc3339(startedMs) }),
    ...(state === undefined ? {} : { state }),
    ...(threads === undefined ? {} : { threads }),
    ...(record.residentBytes === undefined ? {} : { resident: record.residentBytes }),
  }
}

/** To the second: systems do not know it better. */
const rfc3339 = (atMs: number): string =>
  new Date(Math.floor(atMs / 1000) * 1000).toISOString().replace('.000Z', 'Z')

function sayWhatIsMissing({ unsure, context }: Run): void {
  if (unsure > 0)
    context.reportError(
      `${unsure} processes ended meanwhile, or did not show this user all that was asked`,
    )
  if (context.signal.aborted) context.reportError('stopped before the end of the search')
}
