/** Reads what counts from an RPM header as the database keeps it: an index of 16-byte entries, then their data (rpm's docs/manual/format_header.md). */

/** Numbers as decimal text. */
export interface RpmFields {
  name?: string
  version?: string
  release?: string
  epoch?: string
  installTime?: string
  arch?: string
  sourceRpm?: string
}

const TAGS: ReadonlyMap<number, keyof RpmFields> = new Map([
  [1000, 'name'],
  [1001, 'version'],
  [1002, 'release'],
  [1003, 'epoch'],
  [1008, 'installTime'],
  [1022, 'arch'],
  [1044, 'sourceRpm'],
])
const INT32 = 4
const STRING = 6
const ENTRY_SIZE = 16

/** Undefined when these bytes are no header. */
export function readRpmHeader(header: Buffer): RpmFields | undefined {
  if (header.length < 8) return undefined
  const data = 8 + header.readUInt32BE(0) * ENTRY_SIZE
  if (data + header.readUInt32BE(4) > header.length) return undefined
  const fields: RpmFields = {}
  for (let at = 8; at < data; at += ENTRY_SIZE) {
    const name = TAGS.get(header.readUInt32BE(at))
    if (name === undefined) continue
    const value = valueAt(header, header.readUInt32BE(at + 4), data + header.readUInt32BE(at + 8))
    if (value !== undefined) fields[name] = value
  }
  return fields
}

function valueAt(header: Buffer, type: number, at: number): string | undefined {
  if (type === INT32 && at + 4 <= header.length) return String(header.readUInt32BE(at))
  if (type !== STRING) return undefined
  const end = header.indexOf(0, at)
  return end < 0 ? undefined : header.toString('utf8', at, end)
}
