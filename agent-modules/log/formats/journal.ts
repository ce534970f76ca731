/** The journal of systemd, as journalctl prints an entry in JSON (systemd, "Journal Export Formats"). Not for asking journalctl (journal-entries.ts). */
import { z } from 'zod'
import { Fields, Text, type LogEvent } from '../event.ts'
import type { Format } from './format.ts'
import { loginIn } from './message.ts'

/** What journalctl is asked for. */
export const JOURNAL_FIELDS = [
  'MESSAGE',
  'PRIORITY',
  'SYSLOG_FACILITY',
  'SYSLOG_IDENTIFIER',
  '_AUDIT_LOGINUID',
  '_AUDIT_SESSION',
  '_CMDLINE',
  '_COMM',
  '_EXE',
  '_GID',
  '_HOSTNAME',
  '_PID',
  '_SYSTEMD_UNIT',
  '_SYSTEMD_USER_UNIT',
  '_TRANSPORT',
  '_UID',
] as const

/** What it needs to have; the others are read one by one (textsOf). */
const entrySchema = z.looseObject({
  __CURSOR: z.string(),
  __REALTIME_TIMESTAMP: z.string().regex(/^\d{1,19}$/),
})

export class JournalEvent implements LogEvent {
  readonly cursor: string
  readonly atMs: number
  readonly #given: ReadonlyMap<string, readonly string[]>
  readonly #fields = new Fields(() => this.#read())
  #text: Text | undefined

  constructor(entry: z.infer<typeof entrySchema>) {
    this.cursor = entry.__CURSOR
    this.atMs = Number(entry.__REALTIME_TIMESTAMP) / 1000
    this.#given = new Map(
      JOURNAL_FIELDS.map((name) => [name.toLowerCase(), textsOf(entry[name])] as const),
    )
  }

  /** As journalctl shows it, without the time: `host sshd[99]: message`. */
  get text(): Text {
    const { host, program, pid, message } = this.#parts()
    const tag = pid === undefined ? program : `${program}[${pid}]`
    return (this.#text ??= new Text(`${host} ${tag}: ${message}`))
  }

  values(field: string): readonly Text[] {
    return this.#fields.values(field)
  }

  /** Too long to be read: only what is beside it was seen. */
  get lacksMessage(): boolean {
    return this.#given.get('message')?.length === 0
  }

  #parts(): { host: string; program: string; pid: string | undefined; message: string } {
    const first = (name: string): string | undefined => this.#given.get(name)?.[0]
    return {
      host: first('_hostname') ?? '',
      program: first('syslog_identifier') ?? first('_comm') ?? 'unknown',
      pid: first('_pid'),
      message: first('message') ?? '',
    }
  }

  /** Its own fields, and those that files of syslog have. */
  #read(): ReadonlyMap<string, readonly string[]> {
    const { host, program, pid, message } = this.#parts()
    const { user, address } = loginIn(message)
    const shared = { host, program, pid, user, src_ip: address }
    const fields = new Map([...this.#given].filter(([, values]) => values.length > 0))
    for (const [name, text] of Object.entries(shared))
      if (text !== undefined) fields.set(name, [text])
    return fields
  }
}

/** One line of `journalctl -o json`; undefined for what is none. */
export function parseJournalEntry(line: string): JournalEvent | undefined {
  try {
    const entry = entrySchema.safeParse(JSON.parse(line))
    return entry.success ? new JournalEvent(entry.data) : undefined
  } catch {
    // Cut, where journalctl was stopped within it: the caller counts what it could not read.
    return undefined
  }
}

/** Bytes where a value is no text; null where it is too long; a list of these where a field is there twice. */
function textsOf(given: unknown): readonly string[] {
  if (typeof given === 'string') return [given]
  if (!Array.isArray(given)) return []
  const bytes = z.array(z.int()).safeParse(given)
  return bytes.success ? [Buffer.from(bytes.data).toString('utf8')] : given.flatMap(textsOf)
}

export const journalFormat: Pick<Format, 'fields' | 'metadata'> = {
  fields: new Set([
    ...JOURNAL_FIELDS.map((name) => name.toLowerCase()),
    ...['host', 'program', 'pid', 'user', 'src_ip'],
  ]),
  metadata: new Map([
    ...['host', '_hostname', 'program', 'syslog_identifier', '_comm'].map(
      (name) => [name, 'name'] as const,
    ),
    ['user', 'account'],
    ...['_systemd_unit', '_systemd_user_unit'].map((name) => [name, 'name'] as const),
    ...['pid', '_pid', '_uid', '_gid', 'priority', 'syslog_facility', '_transport'].map(
      (name) => [name, 'word'] as const,
    ),
    ...['_audit_loginuid', '_audit_session'].map((name) => [name, 'word'] as const),
    ['_exe', 'path'],
    ['src_ip', 'address'],
  ]),
}
