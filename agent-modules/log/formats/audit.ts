/** Linux's audit log: its records, put together to the events that they tell of. */
import { Fields, Text, type LogEvent } from '../event.ts'
import { parseAuditRecord, type AuditRecord } from './audit-record.ts'
import type { EventReader, Format } from './format.ts'
import { lineEvent } from './lines.ts'

/** Records of several events can be mixed; the kernel and auditd keep them within moments of each other. */
const OPEN_EVENTS_LIMIT = 32
/** Larger ones are looked at in parts. */
const RECORDS_LIMIT = 256
/** Characters of all events that are not complete. */
const HELD_LIMIT = 8 * 1024 * 1024

/** By the names that Sigma's process_creation rules give to fields, for events that started a program. */
export const PROCESS_FIELDS: ReadonlySet<string> = new Set([
  'image',
  'commandline',
  'currentdirectory',
  'user',
  'processid',
  'parentprocessid',
])

class AuditEvent implements LogEvent {
  readonly atMs: number | undefined
  readonly #records: readonly AuditRecord[]
  readonly #fields = new Fields(() => fieldsOf(this.#records))
  #text: Text | undefined

  constructor(records: readonly AuditRecord[]) {
    this.#records = records
    this.atMs = records[0]?.atMs
  }

  get text(): Text {
    return (this.#text ??= new Text(this.#records.map(({ line }) => line).join('\n')))
  }

  values(field: string): readonly Text[] {
    return this.#fields.values(field)
  }
}

/** Every value that a name has in any of the records: an event of a file has many paths. */
function fieldsOf(records: readonly AuditRecord[]): ReadonlyMap<string, readonly string[]> {
  const sets = new Map<string, Set<string>>()
  const add = (name: string, value: string): void => {
    sets.set(name, (sets.get(name) ?? new Set()).add(value))
  }
  for (const { type, fields } of records) {
    add('type', type)
    for (const [name, value] of fields) add(name, value)
  }
  for (const [name, value] of processFields(records)) add(name, value)
  return new Map([...sets].map(([name, values]) => [name, [...values]]))
}

function processFields(records: readonly AuditRecord[]): readonly (readonly [string, string])[] {
  const execve = records.find(({ type }) => type === 'EXECVE')
  if (execve === undefined) return []
  const call = records.find(({ type }) => type === 'SYSCALL')
  const of = (record: AuditRecord | undefined, name: string): string | undefined =>
    // The last is auditd's own name for the number before it.
    record?.fields.findLast(([each]) => each === name)?.[1]
  const named = {
    image: of(call, 'exe'),
    commandline: commandLine(execve),
    currentdirectory: of(
      records.find(({ type }) => type === 'CWD'),
      'cwd',
    ),
    user: of(call, 'uid'),
    processid: of(call, 'pid'),
    parentprocessid: of(call, 'ppid'),
  }
  return Object.entries(named).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, value] as const],
  )
}

/** Long arguments come in parts, `a1[0]`, `a1[1]`. */
function commandLine({ fields }: AuditRecord): string {
  const words = new Map<string, string>()
  for (const [name, value] of fields) {
    const argument = /^a\d+/.exec(name)?.[0]
    if (argument !== undefined && !name.endsWith('_len'))
      words.set(argument, (words.get(argument) ?? '') + value)
  }
  return [...words.values()].join(' ')
}

/** Events are complete when their end is said, or when many others have begun since. */
class AuditReader implements EventReader {
  readonly #open = new Map<string, AuditRecord[]>()
  #held = 0

  add(line: string): readonly LogEvent[] {
    const record = parseAuditRecord(line)
    if (record === undefined) return [lineEvent(line)]
    const records = this.#open.get(record.serial) ?? []
    this.#open.set(record.serial, records)
    records.push(record)
    this.#held += line.length
    if (record.type === 'EOE' || records.length >= RECORDS_LIMIT)
      return [this.#close(record.serial, records)]
    const [oldest] = this.#open
    const isFull = this.#open.size > OPEN_EVENTS_LIMIT || this.#held > HELD_LIMIT
    return isFull && oldest !== undefined ? [this.#close(...oldest)] : []
  }

  end(): readonly LogEvent[] {
    return [...this.#open].map(([serial, records]) => this.#close(serial, records))
  }

  #close(serial: string, records: readonly AuditRecord[]): LogEvent {
    this.#open.delete(serial)
    for (const { line } of records) this.#held -= line.length
    return new AuditEvent(records)
  }
}

function eventOf(line: string): LogEvent {
  const record = parseAuditRecord(line)
  return record === undefined ? lineEvent(line) : new AuditEvent([record])
}

export const auditFormat: Format = {
  fields: undefined,
  metadata: new Map([
    ...['type', 'syscall', 'arch', 'success', 'exit', 'res', 'op', 'tty', 'terminal'].map(
      (name) => [name, 'word'] as const,
    ),
    ...['pid', 'ppid', 'ses', 'processid', 'parentprocessid'].map(
      (name) => [name, 'word'] as const,
    ),
    ...['uid', 'auid', 'euid', 'suid', 'fsuid', 'gid', 'egid'].map(
      (name) => [name, 'name'] as const,
    ),
    ['acct', 'account'],
    // The kernel's own word, never typed.
    ['user', 'name'],
    ...['comm', 'unit', 'key'].map((name) => [name, 'name'] as const),
    ...['addr', 'hostname', 'node'].map((name) => [name, 'address'] as const),
    ...['exe', 'image'].map((name) => [name, 'path'] as const),
  ]),
  hasTimes: true,
  eventOf,
  createReader: () => new AuditReader(),
}
