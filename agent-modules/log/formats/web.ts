/** Access logs of nginx and Apache, common and combined, by the names that Sigma's webserver rules give to fields. */
import { Fields, fieldMap, Text, type LogEvent } from '../event.ts'
import { lineReader, type Format } from './format.ts'

/** Apache's `vhost_combined` has the server's name and port before all else. */
const LINE_FORM =
  /^(?:(?<vhost>\S{1,255}):\d{1,5} )?(?<ip>\S{1,255}) \S{1,255} (?<user>[^[]{1,256}?) \[(?<time>[^\]]{1,40})\] "(?<request>(?:[^"\\]|\\.)*)" (?<status>\d{3}|-) (?<bytes>\d{1,19}|-)(?: "(?<referer>(?:[^"\\]|\\.)*)" "(?<agent>(?:[^"\\]|\\.)*)")?/s
const REQUEST_FORM = /^(?<method>[A-Za-z_-]{1,32}) (?<uri>.*?)(?: (?<version>HTTP\/[\d.]{1,8}))?$/s
const TIME_FORM =
  /\[(?<day>\d\d)\/(?<month>[A-Z][a-z]{2})\/(?<year>\d{4}):(?<time>\d\d:\d\d:\d\d) (?<zone>[+-]\d{4})\]/

class WebEvent implements LogEvent {
  readonly text: Text
  readonly #fields = new Fields(() => fieldsOf(this.text.raw))

  constructor(line: string) {
    this.text = new Text(line)
  }

  get atMs(): number | undefined {
    return timeOf(this.text.raw)
  }

  values(field: string): readonly Text[] {
    return this.#fields.values(field)
  }
}

/** What is no request, as the first bytes of a TLS client, is a URI without a method. */
function fieldsOf(line: string): ReadonlyMap<string, readonly string[]> {
  const groups = LINE_FORM.exec(line)?.groups
  if (groups === undefined) return new Map()
  const { vhost, ip, user, status, bytes, referer, agent, request = '' } = groups
  const { method, version, uri = request } = REQUEST_FORM.exec(request)?.groups ?? {}
  const query = uri.indexOf('?')
  return fieldMap({
    'c-ip': said(ip),
    'cs-host': vhost,
    'cs-username': said(user),
    'cs-method': method,
    'cs-uri': said(uri),
    'cs-uri-stem': said(query < 0 ? uri : uri.slice(0, query)),
    'cs-uri-query': query < 0 ? undefined : uri.slice(query + 1),
    'cs-version': version,
    'sc-status': said(status),
    'sc-bytes': said(bytes),
    'cs-referer': said(referer),
    'cs-user-agent': said(agent),
  })
}

/** Servers write `-` for what was not said. */
const said = (text: string | undefined): string | undefined =>
  text === '-' || text === '' ? undefined : text

function timeOf(line: string): number | undefined {
  const groups = TIME_FORM.exec(line.slice(0, 1024))?.groups
  if (groups === undefined) return undefined
  const { day = '', month = '', year = '', time = '', zone = '' } = groups
  const atMs = Date.parse(`${day} ${month} ${year} ${time} ${zone}`)
  return Number.isFinite(atMs) ? atMs : undefined
}

const eventOf = (line: string): LogEvent => new WebEvent(line)

export const webFormat: Format = {
  fields: new Set([
    ...['c-ip', 'cs-host', 'cs-username', 'cs-method', 'cs-uri', 'cs-uri-stem', 'cs-uri-query'],
    ...['cs-version', 'sc-status', 'sc-bytes', 'cs-referer', 'cs-user-agent'],
  ]),
  metadata: new Map([
    ['c-ip', 'address'],
    ['cs-host', 'name'],
    ['cs-method', 'word'],
    ['cs-version', 'word'],
    ['sc-status', 'word'],
    ['sc-bytes', 'word'],
  ]),
  hasTimes: true,
  eventOf,
  createReader: () => lineReader(eventOf),
}
