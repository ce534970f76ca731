/** A log of which nothing is known but that it has lines. */
import { Text, type LogEvent } from '../event.ts'
import { lineReader, type Format } from './format.ts'

export const lineEvent = (line: string): LogEvent => ({
  atMs: undefined,
  text: new Text(line),
  values: () => [],
})

export const linesFormat: Format = {
  fields: new Set(),
  metadata: new Map(),
  hasTimes: false,
  eventOf: lineEvent,
  createReader: () => lineReader(lineEvent),
}
