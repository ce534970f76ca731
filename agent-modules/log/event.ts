/** One event of a log, as rules and reports see it: a text to search, and fields by name. */

/** A text, and the same without regard to case, made once however many rules ask. */
export class Text {
  readonly raw: string
  #folded: string | undefined

  constructor(raw: string) {
    this.raw = raw
  }

  get folded(): string {
    return (this.#folded ??= this.raw.toLowerCase())
  }
}

export interface LogEvent {
  /** Undefined where the event says no time, or none that can be read. */
  readonly atMs: number | undefined
  /** The whole event: what keywords and regular expressions are held against. */
  readonly text: Text
  /** All values of a field, by its name in lower case; none where the event has no such field. */
  values(field: string): readonly Text[]
}

/** Values that are made when they are first asked for, and kept. */
export class Fields {
  readonly #read: () => ReadonlyMap<string, readonly string[]>
  #texts: Map<string, readonly Text[]> | undefined

  constructor(read: () => ReadonlyMap<string, readonly string[]>) {
    this.#read = read
  }

  values(field: string): readonly Text[] {
    this.#texts ??= new Map(
      [...this.#read()].map(([name, values]) => [name, values.map((value) => new Text(value))]),
    )
    return this.#texts.get(field) ?? []
  }
}

/** Fields of which some are absent: those are left out, not empty. */
export const fieldMap = (
  fields: Readonly<Record<string, string | undefined>>,
): Map<string, readonly string[]> =>
  new Map(
    Object.entries(fields).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, [value]]],
    ),
  )
