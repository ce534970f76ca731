/** One run of `autoruns`: collects what starts by itself, asks whose the files are, and yields what the filters hit. */
import type { RunContext } from '../contract.ts'
import { formatDuration } from '../support/go-format.ts'
import { accountProblems } from '../support/accounts.ts'
import { unsupportedHere, type Machine } from '../support/machine.ts'
import { softErrorsOf, type SoftErrors } from '../support/soft-errors.ts'
import type { Finding, Statistics } from './answer.ts'
import { Collection } from './collection.ts'
import { Completer } from './complete.ts'
import { ownablePaths, type Looked } from './look.ts'
import { Digests } from './digests.ts'
import { Filter } from './filter.ts'
import { HostFiles } from './host-files.ts'
import { linuxSources } from './linux/sources.ts'
import { macosSources } from './macos/sources.ts'
import { findOwners } from './packages/owners.ts'
import type { Parameters } from './parameters.ts'
import type { Source } from './start.ts'
import { windowsSources } from './windows/sources.ts'

const SOURCES: Readonly<Partial<Record<NodeJS.Platform, readonly Source[]>>> = {
  linux: linuxSources,
  darwin: macosSources,
  win32: windowsSources,
}

export async function* runOn(
  machine: Machine,
  parameters: Parameters,
  context: RunContext<Statistics>,
): AsyncGenerator<Finding, void> {
  const startedMs = performance.now()
  const sources = SOURCES[machine.platform] ?? unsupportedHere('autoruns', machine)
  const errors = softErrorsOf(context)
  const host = new HostFiles({ machine, errors, signal: context.signal })
  const run = new Run(host, errors, { parameters, nowMs: context.startedAtMs })
  try {
    for (const problem of accountProblems(machine)) errors.notice(problem)
    yield* run.findings(sources)
  } finally {
    for (const notice of run.notices()) errors.notice(notice)
    const { deniedCount } = host
    if (deniedCount > 0)
      errors.notice(
        `${deniedCount} files and directories may not be read by the user that the agent runs as`,
      )
    errors.close()
    context.reportStatistics({
      ...run.counts(),
      exectime: formatDuration(performance.now() - startedMs),
    })
  }
}

class Run {
  readonly #host: HostFiles
  readonly #errors: SoftErrors
  readonly #parameters: Parameters
  readonly #filter: Filter
  readonly #collection: Collection
  readonly #digests: Digests | undefined
  #hits = 0
  #manager: string | undefined

  constructor(
    host: HostFiles,
    errors: SoftErrors,
    asked: { readonly parameters: Parameters; readonly nowMs: number },
  ) {
    this.#host = host
    this.#errors = errors
    this.#parameters = asked.parameters
    this.#filter = new Filter(asked.parameters, asked.nowMs)
    this.#collection = new Collection(host, this.#filter)
    this.#digests = asked.parameters.hash === 'none' ? undefined : new Digests(host)
  }

  counts(): Omit<Statistics, 'exectime'> {
    return {
      entriescount: this.#collection.count,
      totalhits: this.#hits,
      ...(this.#manager === undefined ? {} : { packagemanager: this.#manager }),
    }
  }

  /** Which bounds left something out. */
  notices(): readonly string[] {
    return [...this.#collection.notices(), ...(this.#digests?.notices() ?? [])]
  }

  async *findings(sources: readonly Source[]): AsyncGenerator<Finding> {
    const wanted = sources.filter(({ kinds }) => kinds.some((kind) => this.#filter.wantsKind(kind)))
    const looked = await this.#collection.lookAt(wanted)
    const completer = await this.#completer(looked)
    const { matchlimit } = this.#parameters
    for (const each of looked) {
      await this.#host.turn()
      if (!this.#filter.mayHitFiles(each, completer.flagsOf(each))) continue
      const finding = await completer.finding(each)
      if (!this.#filter.hits(finding)) continue
      this.#hits += 1
      yield finding
      if (this.#hits !== matchlimit) continue
      this.#errors.notice(`stopped at the limit of ${matchlimit} entries, there may be more`)
      return
    }
  }

  async #completer(looked: readonly Looked[]): Promise<Completer> {
    const paths = ownablePaths(looked)
    const ownership = paths.size === 0 ? undefined : await findOwners(this.#host, paths)
    this.#manager = ownership?.manager
    if (ownership === undefined && paths.size > 0)
      this.#errors.notice(
        'this host has no package manager that tells whose files are: none is called unowned or modified',
      )
    return new Completer({
      host: this.#host,
      ownership,
      digests: this.#digests,
      returnsAll: this.#parameters.hash === 'all',
      wanted: this.#filter.digests,
    })
  }
}
