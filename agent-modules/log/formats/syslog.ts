/** What syslog daemons write: RFC 3164 (no year, local time), RFC 5424, and RFC 3164 with ISO times. */
import { Fields, fieldMap, Text, type LogEvent } from '../event.ts'
import { lineReader, type Format } from './format.ts'
import { loginIn } from './message.ts'

const OLD_FORM =
  /^(?:<\d{1,3}>)?(?<month>[A-Z][a-z]{2}) (?<day>[ \d]\d) (?<time>\d\d:\d\d:\d\d)(?:\.\d{1,9})? (?<host>\S{1,255}) (?<rest>.*)$/s
const ISO_FORM =
  /^(?:<\d{1,3}>)?(?<iso>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:?\d\d)) (?<host>\S{1,255}) (?<rest>.*)$/s
/** Structured data may hold anything in quotes, with `\]` and `\"` for itself. */
const NEW_FORM =
  /^<\d{1,3}>1 (?<iso>\S{1,40}) (?<host>\S{1,255}) (?<program>\S{1,48}) (?<pid>\S{1,128}) \S{1,32} (?:-|(?:\[(?:[^\]"\\]|\\.|"(?:[^"\\]|\\.)*")*\])+)(?: (?<message>.*))?$/s
const TAG_FORM = /^(?<program>[^\s:[\]]{1,64})(?:\[(?<pid>\d{1,10})\])?:\s?(?<message>.*)$/s

const MONTHS = 'Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec'.split(' ')
const DAY_MS = 86_400_000

class SyslogEvent implements LogEvent {
  readonly text: Text
  readonly #modifiedMs: number
  readonly #fields = new Fields(() => this.#read())

  constructor(line: string, modifiedMs: number) {
    this.text = new Text(line)
    this.#modifiedMs = modifiedMs
  }

  get atMs(): number | undefined {
    return timeOf(this.text.raw, this.#modifiedMs)
  }

  values(field: string): readonly Text[] {
    return this.#fields.values(field)
  }

  #read(): ReadonlyMap<string, readonly string[]> {
    const { host, program, pid, message } = partsOf(this.text.raw)
    const { user, address } = loginIn(message ?? '')
    return fieldMap({ host, program, pid, message, user, src_ip: address })
  }
}

interface Parts {
  readonly host?: string | undefined
  readonly program?: string | undefined
  readonly pid?: string | undefined
  readonly message?: string | undefined
}

/** A line that has no header, as the second one of a message, is a message. */
function partsOf(line: string): Parts {
  const modern = NEW_FORM.exec(line)?.groups
  if (modern !== undefined)
    return Object.fromEntries(Object.entries(modern).filter(([, value]) => value !== '-'))
  const header = (OLD_FORM.exec(line) ?? ISO_FORM.exec(line))?.groups
  if (header === undefined) return { message: line }
  const { host, rest = '' } = header
  const tag = TAG_FORM.exec(rest)?.groups
  return { host, program: tag?.['program'], pid: tag?.['pid'], message: tag?.['message'] ?? rest }
}

function timeOf(line: string, modifiedMs: number): number | undefined {
  // Only the beginning: a line may be long.
  const start = line.slice(0, 512)
  const old = OLD_FORM.exec(start)?.groups
  if (old !== undefined) return finite(oldTime(old, modifiedMs))
  return finite(Date.parse((ISO_FORM.exec(start) ?? NEW_FORM.exec(start))?.groups?.['iso'] ?? ''))
}

const finite = (atMs: number): number | undefined => (Number.isFinite(atMs) ? atMs : undefined)

/** In this host's zone, and in the last year in which the file can have held it: nothing is written after the last write. */
function oldTime(
  { month = '', day, time = '' }: Readonly<Record<string, string>>,
  modifiedMs: number,
): number {
  const monthIndex = MONTHS.indexOf(month)
  if (monthIndex < 0) return NaN
  const [hours = 0, minutes = 0, seconds = 0] = time.split(':').map(Number)
  const inYear = (year: number): number =>
    new Date(year, monthIndex, Number(day), hours, minutes, seconds).getTime()
  const lastYear = new Date(modifiedMs).getFullYear()
  const atMs = inYear(lastYear)
  // A day for clocks that were set back, and for what a copy did to the file's own time.
  return atMs <= modifiedMs + DAY_MS ? atMs : inYear(lastYear - 1)
}

const eventOf = (line: string, modifiedMs: number): LogEvent => new SyslogEvent(line, modifiedMs)

export const syslogFormat: Format = {
  fields: new Set(['host', 'program', 'pid', 'message', 'user', 'src_ip']),
  metadata: new Map([
    ['host', 'name'],
    ['program', 'name'],
    ['pid', 'word'],
    ['user', 'account'],
    ['src_ip', 'address'],
  ]),
  hasTimes: true,
  eventOf,
  createReader: () => lineReader(eventOf),
}
