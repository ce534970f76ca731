/** Holds the events of one log against all that is asked of it, and counts. */
import type { Finding } from './answer.ts'
import type { LogEvent } from './event.ts'
import type { Probe, RegexProbe, RuleProbe, Vocabulary } from './question.ts'
import { LINES_LIMIT, Room, ROOM, Tally, type TallyInit } from './tally.ts'

interface Counted<P extends Probe> {
  readonly probe: P
  readonly tally: Tally
}

export class Counting {
  readonly #rules: readonly Counted<RuleProbe>[]
  readonly #regexes: readonly Counted<RegexProbe>[]
  readonly #room = new Room()

  constructor(
    probes: readonly Probe[],
    init: Pick<TallyInit, 'question' | 'isAccount'> & { readonly vocabulary: Vocabulary },
  ) {
    const counted = <P extends Probe>(probe: P): Counted<P> => ({
      probe,
      tally: new Tally({ ...init, probe, room: this.#room }),
    })
    this.#rules = probes.filter((probe) => probe.kind === 'rule').map(counted)
    this.#regexes = probes.filter((probe) => probe.kind === 'regex').map(counted)
  }

  get hasRules(): boolean {
    return this.#rules.length > 0
  }

  get regexes(): readonly Counted<RegexProbe>[] {
    return this.#regexes
  }

  addToRules(event: LogEvent): void {
    for (const { probe, tally } of this.#rules) if (probe.matches(event)) tally.add(event)
  }

  addToRegexes(event: LogEvent): void {
    for (const { probe, tally } of this.#regexes)
      if (probe.filter.pattern.test(event.text.raw) !== probe.filter.inverse) tally.add(event)
  }

  findings(place: Pick<Finding, 'source' | 'log'>): readonly Finding[] {
    return this.#all().map(({ tally }) => tally.finding(place))
  }

  /** What was not counted, or not kept. */
  problems(): readonly string[] {
    const untimed = this.#all().reduce((sum, { tally }) => sum + tally.untimed, 0)
    return [
      ...(untimed > 0 ? [`${untimed} matching events say no time, and were not counted`] : []),
      ...(this.#room.lacksValues
        ? [`more than ${ROOM.distinctValues} distinct values: rare ones were not counted each`]
        : []),
      ...(this.#room.lacksLines
        ? [
            `only ${ROOM.lines} lines are returned of one log: of some rules or expressions not their first ${LINES_LIMIT}`,
          ]
        : []),
    ]
  }

  #all(): readonly Counted<Probe>[] {
    return [...this.#rules, ...this.#regexes]
  }
}
