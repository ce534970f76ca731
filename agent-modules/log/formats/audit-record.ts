/** One line of Linux's audit log: its type, its serial number, and its fields, decoded where the kernel wrote them in hex. */

const HEADER_FORM =
  /^(?:node=(?<node>\S{1,255}) )?type=(?<type>\S{1,64}) msg=audit\((?<seconds>\d{1,12})\.(?<fraction>\d{3}):(?<serial>\d{1,20})\): ?(?<body>.*)$/s
/** Values in quotes of either kind, or up to the next blank. */
const FIELD_FORM =
  /(?<![\w-])([A-Za-z][\w-]{0,63}(?:\[\d{1,6}\])?)=(?:"([^"]*)"|'([^']*)'|([^\s"']*))/g
const HEX_FORM = /^(?:[0-9A-F]{2})+$/
/** What users may have chosen: in quotes, or in hex where it holds a quote, a blank or a control character (audit_log_untrustedstring). */
const UNTRUSTED: ReadonlySet<string> = new Set(
  'proctitle comm exe name cwd acct key cmd data dir path file vm ocomm watch new-disk old-disk'.split(
    ' ',
  ),
)
const ARGUMENT_FORM = /^a\d{1,6}(?:\[\d{1,6}\])?$/
/** Set off by auditd itself: names for the numbers before it. */
const ENRICHED = '\x1d'

export interface AuditRecord {
  readonly type: string
  /** Time and number: the records of one event have the same. */
  readonly serial: string
  readonly atMs: number
  readonly line: string
  /** Name in lower case and value, in order; a name may be there twice. */
  readonly fields: readonly (readonly [name: string, value: string])[]
}

/** Undefined for what is no audit record. */
export function parseAuditRecord(line: string): AuditRecord | undefined {
  const groups = HEADER_FORM.exec(line)?.groups
  if (groups === undefined) return undefined
  const { node, type = '', seconds = '', fraction = '', serial = '', body = '' } = groups
  const fields = [...fieldsIn(body.replace(ENRICHED, ' '), type)]
  return {
    type,
    serial: `${node ?? ''} ${seconds}.${fraction}:${serial}`,
    atMs: Number(seconds) * 1000 + Number(fraction),
    line,
    fields: node === undefined ? fields : [['node', node], ...fields],
  }
}

function* fieldsIn(body: string, type: string): Generator<readonly [string, string]> {
  for (const [, written = '', double, single, bare = ''] of body.matchAll(FIELD_FORM)) {
    const name = written.toLowerCase()
    const quoted = double ?? single
    yield [name, quoted ?? (isEncoded(name, type) ? decoded(bare) : bare)]
    // What programs report stands in single quotes, and has fields itself.
    if (name === 'msg' && single !== undefined) yield* fieldsIn(single, type)
  }
}

const isEncoded = (name: string, type: string): boolean =>
  UNTRUSTED.has(name) || (type === 'EXECVE' && ARGUMENT_FORM.test(name))

/** Arguments of a process title have zero bytes between them. */
const decoded = (text: string): string =>
  HEX_FORM.test(text)
    ? Buffer.from(text, 'hex').toString('utf8').replace(/\0+$/, '').replaceAll('\0', ' ')
    : text
