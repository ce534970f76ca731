/** What is kept of the events of one log that a rule or expression holds for: their number, times, values and, where asked for, lines. */
import { LINE_LIMIT, WORD_FORM } from '../facts.ts'
import type { LogEvent } from './event.ts'
import type { MetadataKind } from './formats/format.ts'
import { VALUE_LENGTH_LIMIT, VALUES_LIMIT, type FieldValues, type Finding } from './answer.ts'
import type { Probe, Question, Vocabulary } from './question.ts'

/** Of one rule or expression. */
export const LINES_LIMIT = 100

/** What all tallies of one log may hold together: any user can make as many users and addresses as there are events. */
export const ROOM = { distinctValues: 32_768, lines: 1000 } as const

/** How much of it is left, and whether more was wanted. */
export class Room {
  distinctValues: number = ROOM.distinctValues
  lines: number = ROOM.lines
  lacksValues = false
  lacksLines = false
}

export interface TallyInit {
  readonly probe: Probe
  readonly question: Question
  readonly vocabulary: Pick<Vocabulary, 'metadata'>
  /** Whether somebody on this host is called so. */
  isAccount(name: string): boolean
  readonly room: Room
}

export class Tally {
  readonly #init: TallyInit
  readonly #counters: readonly Counter[]
  readonly #lines: string[] = []
  #count = 0
  #firstMs = Infinity
  #lastMs = -Infinity
  /** Events that are not counted because they lie in no time. */
  untimed = 0

  constructor(init: TallyInit) {
    this.#init = init
    const { probe, question, vocabulary, room } = init
    this.#counters = probe.shown.flatMap((field) => {
      const kind = vocabulary.metadata.get(field.toLowerCase())
      if (kind === 'account') {
        const told = (raw: string): string => (init.isAccount(raw) ? raw : UNKNOWN_USER)
        return [new Counter(field, 'name', { room, told })]
      }
      if (kind !== undefined) return [new Counter(field, kind, { room })]
      return question.asksLines ? [new Counter(field, 'content', { room })] : []
    })
  }

  /** An event that the rule or expression holds for, whenever it was. */
  add(event: LogEvent): void {
    const { atMs } = event
    const { hasWindow, window, asksLines } = this.#init.question
    if (hasWindow && atMs === undefined) this.untimed += 1
    if (hasWindow && !(atMs !== undefined && window.afterMs < atMs && atMs < window.beforeMs))
      return
    this.#count += 1
    this.#firstMs = Math.min(this.#firstMs, atMs ?? Infinity)
    this.#lastMs = Math.max(this.#lastMs, atMs ?? -Infinity)
    for (const counter of this.#counters) counter.add(event)
    if (asksLines) this.#keepLine(event)
  }

  finding(place: Pick<Finding, 'source' | 'log'>): Finding {
    const { kind, label } = this.#init.probe
    const times = Number.isFinite(this.#firstMs)
      ? { first: new Date(this.#firstMs).toISOString(), last: new Date(this.#lastMs).toISOString() }
      : {}
    return {
      search: label,
      kind,
      ...place,
      count: this.#count,
      ...times,
      fields: this.#counters.flatMap((counter) => counter.values()),
      lines: this.#lines,
    }
  }

  #keepLine({ text }: LogEvent): void {
    const { room } = this.#init
    if (this.#lines.length === LINES_LIMIT) return
    if (room.lines === 0) {
      room.lacksLines = true
      return
    }
    room.lines -= 1
    this.#lines.push(text.raw.slice(0, LINE_LIMIT))
  }
}

/** What was typed as a user's name, and is none. */
const UNKNOWN_USER = '(unknown)'

type ToldKind = Exclude<MetadataKind, 'account'> | 'content'

interface CounterInit {
  readonly room: Room
  /** What is told of a value; absent: itself. */
  readonly told?: (raw: string) => string
}

/** Counts the values of one field. */
class Counter {
  readonly #field: string
  readonly #kind: ToldKind
  readonly #room: Room
  readonly #told: (raw: string) => string
  readonly #counts = new Map<string, number>()
  #total = 0

  constructor(field: string, kind: ToldKind, { room, told = (raw) => raw }: CounterInit) {
    this.#field = field
    this.#kind = kind
    this.#room = room
    this.#told = told
  }

  add(event: LogEvent): void {
    for (const { raw } of event.values(this.#field.toLowerCase())) {
      this.#total += 1
      // What is no word is counted among the others.
      if (raw !== '' && (this.#kind !== 'word' || WORD_FORM.test(raw)))
        this.#count(this.#told(raw).slice(0, VALUE_LENGTH_LIMIT))
    }
  }

  /** None where no event had the field. */
  values(): readonly FieldValues[] {
    if (this.#total === 0) return []
    const top = [...this.#counts]
      .sort(([, one], [, other]) => other - one)
      .slice(0, VALUES_LIMIT)
      .map(([value, count]) => ({ value, count }))
    const others = top.reduce((left, { count }) => left - count, this.#total)
    return [{ kind: this.#kind, field: this.#field, values: top, others }]
  }

  #count(value: string): void {
    const count = this.#counts.get(value)
    if (count === undefined && this.#room.distinctValues === 0) {
      this.#room.lacksValues = true
      return
    }
    if (count === undefined) this.#room.distinctValues -= 1
    this.#counts.set(value, (count ?? 0) + 1)
  }
}
