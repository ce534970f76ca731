/** The filters of one action, compiled, in the order of their cost. */
import { parseInvertible, type PatternFilter } from '../support/pattern-filter.ts'
import { parseTime, type TimeRange } from '../support/time-filter.ts'
import { FLAGS, type Finding, type Flag } from './answer.ts'
import type { Looked } from './look.ts'
import type { Parameters } from './parameters.ts'
import type { Kind, Start } from './start.ts'

const NANOSECONDS_PER_MS = 1_000_000

export class Filter {
  readonly #parameters: Parameters
  readonly #names: readonly PatternFilter[]
  readonly #paths: readonly PatternFilter[]
  readonly #times: readonly TimeRange[]
  /** SHA-256 in upper case, one of which a file must have; empty: any. */
  readonly digests: ReadonlySet<string>
  readonly #wanted: readonly Flag[]

  /** `nowMs` is what relative times count from. */
  constructor(parameters: Parameters, nowMs: number) {
    this.#parameters = parameters
    this.#names = parameters.names.map(parseInvertible)
    this.#paths = parameters.paths.map(parseInvertible)
    this.#times = parameters.mtimes.map((text) => parseTime(text, nowMs))
    this.digests = new Set(parameters.sha2.map((text) => text.toUpperCase()))
    this.#wanted = FLAGS.filter((flag) => parameters[flag])
  }

  wantsKind(kind: Kind): boolean {
    const { kinds } = this.#parameters
    return kinds.length === 0 || kinds.includes(kind)
  }

  /** By what a definition says. */
  mayHit({ kind, name, definition, executable, enabled }: Start): boolean {
    if (!this.wantsKind(kind) || (this.#parameters.enabled && enabled === false)) return false
    const paths = executable === undefined ? [definition.path] : [definition.path, executable]
    return areMet(this.#names, [name]) && areMet(this.#paths, paths)
  }

  /** By metadata and packages. */
  mayHitFiles({ definition, executable }: Looked, flags: ReadonlySet<Flag>): boolean {
    if (this.#wanted.some((flag) => flag !== 'modified' && !flags.has(flag))) return false
    const stats = [definition, executable].flatMap((file) => file?.located?.stats ?? [])
    return this.#times.every(({ afterMs, beforeMs }) =>
      stats.some(({ mtimeNs }) => {
        const atMs = Number(mtimeNs) / NANOSECONDS_PER_MS
        return afterMs < atMs && atMs < beforeMs
      }),
    )
  }

  /** By what reading the files told. */
  hits({ definition, executable }: Finding): boolean {
    const files = executable === undefined ? [definition] : [definition, executable]
    if (this.#parameters.modified && !files.some(({ flags }) => flags.includes('modified')))
      return false
    return this.digests.size === 0 || files.some(({ sha256 }) => this.digests.has(sha256 ?? ''))
  }
}

/** A pattern is met by one of the texts; inverted, by none. */
const areMet = (filters: readonly PatternFilter[], texts: readonly string[]): boolean =>
  filters.every(({ pattern, inverse }) => texts.some((text) => pattern.test(text)) !== inverse)
