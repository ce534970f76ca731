/** What a kind of log is to the rest: its fields, which of them are metadata, and how its lines become events. */
import type { LogEvent } from '../event.ts'

/**
 * Kinds of facts.ts that a field's values may leave a host as. All other fields are raw content.
 * `account`: what was given as a user's name, which may be a password typed too early: told only where it is an account.
 */
export type MetadataKind = 'name' | 'account' | 'address' | 'path' | 'word'

export interface Format {
  /** Every field there can be, in lower case; undefined where programs add their own. */
  readonly fields: ReadonlySet<string> | undefined
  /** The closed list of those that tell who, from where and how it ended, but not what was said. */
  readonly metadata: ReadonlyMap<string, MetadataKind>
  readonly hasTimes: boolean
  /** One line by itself. `modifiedMs`: when its file was last written, for times that do not say the year. */
  eventOf(line: string, modifiedMs: number): LogEvent
  /** Makes the events of one log, whose lines come file by file. */
  createReader(): EventReader
}

/** Lines in, events out: at once, or where they have several lines when these are complete. */
export interface EventReader {
  add(line: string, modifiedMs: number): readonly LogEvent[]
  end(): readonly LogEvent[]
}

/** Of a format whose lines are its events. */
export function lineReader(eventOf: Format['eventOf']): EventReader {
  return { add: (line, modifiedMs) => [eventOf(line, modifiedMs)], end: () => [] }
}
