/** The log: one JSON object a line on stderr. Not for what a person reads at a prompt (cli/render). */
import { writeSync } from 'node:fs'
import type { Clock, Logger } from '../core/ports.ts'
import { toInstant } from '../core/time.ts'
import { systemClock } from './system.ts'

/** Strings come from peers too: a line says what happened, it does not carry documents. */
const TEXT_LIMIT = 1024
const LIST_LIMIT = 64
const STDERR = 2

/** `silent` writes nothing, for commands whose stderr is for people. */
export type LogLevel = 'info' | 'silent'

export interface LoggerInit {
  readonly level?: LogLevel
  readonly clock?: Pick<Clock, 'now'>
  /** Takes one line with its line feed; default: stderr. */
  readonly write?: (line: string) => void
}

type LogData = Parameters<Logger['log']>[1]

/**
 * `{"event":"ready",...,"time":"2026-11-21T02:30:00.000Z"}`: the event first, so that a line is found by its beginning.
 * `event` and `time` cannot be overwritten by data.
 */
export function openLogger(init: LoggerInit = {}): Logger {
  const { level = 'info', clock = systemClock, write = writeToStderr } = init
  if (level === 'silent') return { log: () => undefined }
  return {
    log: (event, data) => {
      const first = { event }
      const line = { ...first, ...shorten(data), event, time: toInstant(clock.now()) }
      write(`${JSON.stringify(line)}\n`)
    },
  }
}

function shorten(data: LogData): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(data ?? {}).map(([key, value]) => [
      key,
      typeof value === 'object' ? value.slice(0, LIST_LIMIT).map(cut) : cut(value),
    ]),
  )
}

const cut = <T>(value: T): T | string =>
  typeof value === 'string' && value.length > TEXT_LIMIT ? `${value.slice(0, TEXT_LIMIT)}…` : value

function writeToStderr(line: string): void {
  try {
    writeSync(STDERR, line)
  } catch {
    // Nobody reads stderr any more, or reads too slowly: a lost line must not stop the node.
  }
}
