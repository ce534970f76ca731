/** What memory a process has, from /proc/PID/maps (proc(5)). */
import { nameOf, NO_NAME, type Name } from './file-name.ts'

const NEWLINE = 0x0a
const LINE_FORM =
  /^(?<start>[0-9a-f]+)-(?<end>[0-9a-f]+) (?<permissions>\S{4}) [0-9a-f]+ (?<major>[0-9a-f]+):(?<minor>[0-9a-f]+) \d+ *(?<name>.*)$/s
/** Reading what a driver maps may block, or do something to a device; what the kernel maps for itself cannot be read. */
const UNREADABLE_FORM = /^(?:\[vvar|\[vsyscall\]|\/dev\/(?!shm\/|zero\b|hugepages\/))/

export interface Mapping {
  readonly start: bigint
  /** Behind its last byte. */
  readonly end: bigint
  /** `rw-p`: what may be done, and whether it is shared or private. */
  readonly permissions: string
  /** `254:0`: of the file system of its file, as tables of mounts write it; `0:0` for other memory. */
  readonly device: string
  /** A file, ` (deleted)` behind it where that is so, or what the kernel calls it: `[heap]`; empty for other memory. */
  readonly name: Name
}

/** Lazily, because there may be a million. */
export function* parseMaps(bytes: Buffer): Generator<Mapping, void> {
  let from = 0
  while (from < bytes.length) {
    const newline = bytes.indexOf(NEWLINE, from)
    const to = newline < 0 ? bytes.length : newline
    const mapping = parseLine(bytes.toString('latin1', from, to))
    if (mapping !== undefined) yield mapping
    from = to + 1
  }
}

/** Whether it is a file that the process has mapped: a program, a library. */
export const isFile = ({ name }: Mapping): boolean => name.text.startsWith('/')

export const isReadable = ({ permissions, name }: Mapping): boolean =>
  permissions.startsWith('r') && !UNREADABLE_FORM.test(name.text)

function parseLine(line: string): Mapping | undefined {
  const groups = LINE_FORM.exec(line)?.groups
  if (groups === undefined) return undefined
  const { start = '', end = '', permissions = '', major = '', minor = '', name = '' } = groups
  return {
    start: BigInt(`0x${start}`),
    end: BigInt(`0x${end}`),
    permissions,
    device: `${Number.parseInt(major, 16)}:${Number.parseInt(minor, 16)}`,
    name: name === '' ? NO_NAME : nameOf(Buffer.from(name, 'latin1')),
  }
}
