/** One run of `log`: each log is read once for all that is asked of it. */
import { accountProblems, readAccounts } from '../support/accounts.ts'
import path from 'node:path'
import type { RunContext } from '../contract.ts'
import { formatDuration } from '../support/go-format.ts'
import { placeOn, unsupportedHere, type Machine } from '../support/machine.ts'
import { Pace } from '../support/pace.ts'
import { hasVanished, reasonOf, type SoftErrors, softErrorsOf } from '../support/soft-errors.ts'
import type { Finding, Statistics } from './answer.ts'
import { Counting } from './counting.ts'
import type { Format } from './formats/format.ts'
import { journalFormat } from './formats/journal.ts'
import { journalEntries } from './journal-entries.ts'
import { LogReader } from './log-reader.ts'
import type { Parameters } from './parameters.ts'
import { compileQuestion, type Probe, type Question } from './question.ts'
import { findLogs, type LogFiles } from './rotation.ts'
import { Scan } from './scan.ts'
import { FILE_SOURCES, FORMATS, SOURCE_NAMES, type Folder, type SourceName } from './sources.ts'

export async function* runOn(
  machine: Machine,
  asked: Parameters,
  context: RunContext<Statistics>,
): AsyncGenerator<Finding, void> {
  const startedMs = performance.now()
  const question = await compileQuestion(asked, context.startedAtMs)
  const usesSources = question.probes.some(({ sources }) => sources.length > 0)
  if (machine.platform !== 'linux' && usesSources) unsupportedHere('logs by source', machine)
  const errors = softErrorsOf(context)
  const search = new Search({ machine, question, errors, signal: context.signal })
  try {
    yield* search.findings(asked)
  } finally {
    if (context.signal.aborted) errors.notice('stopped before the end of the search')
    errors.close()
    context.reportStatistics({
      ...search.statistics(),
      exectime: formatDuration(performance.now() - startedMs),
    })
  }
}

interface SearchInit {
  readonly machine: Machine
  readonly question: Question
  readonly errors: SoftErrors
  readonly signal: AbortSignal
}

interface Log extends LogFiles {
  readonly source: SourceName | 'file'
  readonly format: Format
  readonly probes: readonly Probe[]
}

class Search {
  readonly #init: SearchInit
  readonly #pace = new Pace()
  readonly #reader: LogReader
  readonly #isAccount: (name: string) => boolean
  #logs = 0
  #journalEntries = 0

  constructor(init: SearchInit) {
    this.#init = init
    this.#reader = new LogReader({ ...init, pace: this.#pace })
    for (const problem of accountProblems(init.machine)) init.errors.notice(problem)
    const accounts = new Set(readAccounts(init.machine).map(({ name }) => name))
    this.#isAccount = (name) => accounts.has(name)
  }

  statistics(): Omit<Statistics, 'exectime'> {
    return {
      logs: this.#logs,
      files: this.#reader.files,
      bytesread: this.#reader.bytesRead,
      journalentries: this.#journalEntries,
    }
  }

  async *findings({ paths, format }: Parameters): AsyncGenerator<Finding, void> {
    const { question, signal } = this.#init
    for (const source of SOURCE_NAMES) {
      const probes = question.probes.filter(({ sources }) => sources.includes(source))
      if (probes.length === 0 || signal.aborted) continue
      if (source === 'journal') yield* this.#journal(probes)
      else {
        const logs = this.#logsOf(source)
        for (const log of logs)
          yield* this.#log({ ...log, source, format: FORMATS[FILE_SOURCES[source].format], probes })
      }
    }
    const probes = question.probes.filter(({ atPaths }) => atPaths)
    for (const place of new Set(paths.map((each) => path.normalize(each))))
      for (const log of this.#logsAt(place))
        yield* this.#log({ ...log, source: 'file', format: FORMATS[format], probes })
  }

  #logsOf(source: Exclude<SourceName, 'journal'>): readonly LogFiles[] {
    const { folders } = FILE_SOURCES[source]
    const logs = folders.flatMap((folder) => this.#find(folder))
    if (logs.length === 0) {
      const places = folders.map((folder) => folder.path).join(', ')
      this.#init.errors.notice(`${source}: no such log was found in ${places}`)
    }
    return logs
  }

  #logsAt(place: string): readonly LogFiles[] {
    const name = path.basename(place)
    const logs = this.#find({ path: path.dirname(place), holds: (each) => each === name })
    if (logs.length === 0) this.#init.errors.add(place, 'there is no such file')
    return logs
  }

  #find(folder: Folder): readonly LogFiles[] {
    const { machine, errors } = this.#init
    try {
      const { logs, problems } = findLogs(folder, (absolute) => placeOn(machine, absolute))
      for (const problem of problems) errors.notice(problem)
      return logs
    } catch (error) {
      if (!hasVanished(error)) errors.add(folder.path, reasonOf(error))
      return []
    }
  }

  async *#log(log: Log): AsyncGenerator<Finding, void> {
    const { machine, question, signal } = this.#init
    if (signal.aborted) return
    this.#logs += 1
    const counting = new Counting(log.probes, {
      question,
      vocabulary: log.format,
      isAccount: this.#isAccount,
    })
    const scan = new Scan(log.format, counting, this.#pace)
    for (const file of log.files)
      for await (const block of this.#reader.read(file, placeOn(machine, file)))
        await scan.feed(block, signal)
    scan.end()
    yield* this.#told(counting, { source: log.source, log: log.path })
  }

  async *#journal(probes: readonly Probe[]): AsyncGenerator<Finding, void> {
    const { machine, question, errors, signal } = this.#init
    const { window } = question
    const counting = new Counting(probes, {
      question,
      vocabulary: journalFormat,
      isAccount: this.#isAccount,
    })
    const report = (problem: string): void => {
      errors.notice(`journal: ${problem}`)
    }
    this.#logs += 1
    let withoutMessage = 0
    if (process.getuid?.() !== 0) report('not root: only entries that this user may see')
    const entries = journalEntries({ machine, window, signal, pace: this.#pace, report })
    for await (const event of entries) {
      this.#journalEntries += 1
      if (event.lacksMessage) withoutMessage += 1
      counting.addToRules(event)
      counting.addToRegexes(event)
    }
    if (withoutMessage > 0)
      report(`${withoutMessage} entries have no message, or one too long to be read`)
    yield* this.#told(counting, { source: 'journal' })
  }

  /** What a log broken off holds is not known. */
  *#told(counting: Counting, place: Pick<Finding, 'source' | 'log'>): Generator<Finding, void> {
    const { errors, signal } = this.#init
    if (signal.aborted) return
    for (const problem of counting.problems()) errors.add(place.log ?? place.source, problem)
    yield* counting.findings(place)
  }
}
