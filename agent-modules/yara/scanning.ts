/** One run's scans: each within its time, counted, and told as an answer that names no more rules than it may. */
import { formatDuration } from '../support/go-format.ts'
import type { Pace } from '../support/pace.ts'
import type { SoftErrors } from '../support/soft-errors.ts'
import type { Finding, Statistics } from './answer.ts'
import type { Engine, RuleHit } from './engine.ts'

/** MIG's limit for one file. */
const SCAN_LIMIT_MS = 10_000
const NONE: readonly RuleHit[] = []

export interface ScanningInit {
  /** On the clock of `performance`. */
  readonly startedMs: number
  readonly engine: Engine
  /** Rules that an answer may name (secrecy.ts). */
  readonly namedRules: number
  readonly errors: SoftErrors
  readonly pace: Pace
  readonly signal: AbortSignal
}

type Counts = Omit<Statistics, 'engine' | 'exectime'>

export class Scanning {
  readonly counts: Counts = {
    filescount: 0,
    processescount: 0,
    bytesread: 0,
    totalhits: 0,
    toolarge: 0,
    openfailed: 0,
    vanished: 0,
  }
  readonly errors: SoftErrors
  readonly pace: Pace
  readonly room: Buffer
  readonly #init: ScanningInit
  #isSpent = false

  constructor(init: ScanningInit) {
    this.#init = init
    this.errors = init.errors
    this.pace = init.pace
    this.room = init.engine.room
  }

  /** Called off, or the engine can take no more. */
  get isOver(): boolean {
    return this.#init.signal.aborted || this.#isSpent
  }

  /** The rules that the first bytes of the room match; none when that is not known in time, which is an error of `place`. */
  scan(length: number, place: string): readonly RuleHit[] | Promise<readonly RuleHit[]> {
    this.counts.bytesread += length
    const hits = this.#init.engine.scan(length)
    return hits instanceof Promise ? this.#inTime(hits, place) : hits
  }

  /** What may be told of these hits; undefined when there are none. */
  found(hits: readonly RuleHit[]): Pick<Finding, 'MatchedRules' | 'More' | 'Tags'> | undefined {
    if (hits.length === 0) return undefined
    this.counts.totalhits += 1
    const named = hits
      .toSorted((one, other) => (one.name < other.name ? -1 : 1))
      .slice(0, this.#init.namedRules)
    const tags = [...new Set(named.flatMap((hit) => hit.tags))]
    return {
      MatchedRules: named.map(({ name }) => name),
      ...(named.length < hits.length ? { More: true } : {}),
      ...(tags.length === 0 ? {} : { Tags: tags }),
    }
  }

  statistics(): Statistics {
    return {
      ...this.counts,
      engine: this.#init.engine.name,
      exectime: formatDuration(performance.now() - this.#init.startedMs),
    }
  }

  /** A long scan goes on in a thread of its own, so that an abort is heard. */
  async #inTime(hits: Promise<readonly RuleHit[]>, place: string): Promise<readonly RuleHit[]> {
    const { engine, signal, errors } = this.#init
    const first = await firstOf(hits, signal)
    if (first !== 'late') return first === 'aborted' ? NONE : first
    errors.add(place, `not decided within ${SCAN_LIMIT_MS / 1000} s, given up`)
    this.#isSpent = !(await engine.giveUp())
    if (this.#isSpent)
      errors.notice('the engine is still busy with what was given up: the rest was not scanned')
    return NONE
  }
}

/** What comes first: the end of the task, of its time, or of the run. */
async function firstOf<T>(task: Promise<T>, signal: AbortSignal): Promise<T | 'late' | 'aborted'> {
  const { promise, resolve } = Promise.withResolvers<'late' | 'aborted'>()
  const timer = setTimeout(resolve, SCAN_LIMIT_MS, 'late')
  const callOff = (): void => {
    resolve('aborted')
  }
  signal.addEventListener('abort', callOff, { once: true })
  if (signal.aborted) callOff()
  try {
    return await Promise.race([task, promise])
  } finally {
    clearTimeout(timer)
    signal.removeEventListener('abort', callOff)
    // What was given up ends when it does, and nobody hears of it.
    task.catch(() => undefined)
  }
}
