/** Reads one directory, sorted, in bounded steps; names that are not UTF-8 keep their bytes. */
import { isUtf8 } from 'node:buffer'
import { opendirSync, readdirSync, statSync, type Dirent } from 'node:fs'
import path from 'node:path'
import { escapeName } from './file-name.ts'
import { sortInSteps } from './sort-in-steps.ts'

/** Entries read between two moments to pause. */
const BATCH_SIZE = 512
/** Directories of more bytes, some 10,000 entries and up, are read in pieces. What a file system calls their size differs, by no more than a few times. */
const LARGE_SIZE = 512 * 1024
/** Latin-1 keeps every byte of a name, and is the cheapest to decode (measured). */
const ENCODING = 'latin1'
const BEYOND_ASCII = /[^\0-\x7f]/

/** A path as shown; `raw` is what to open when it is not UTF-8. */
export interface Place {
  readonly path: string
  readonly raw: Buffer | undefined
}

export interface Child {
  readonly name: string
  /** The bytes of the name, when they are not UTF-8. */
  readonly rawName: Buffer | undefined
  readonly kind: 'directory' | 'file' | 'link'
}

/** Directories, regular files and links in lexicographic order; pipes, sockets and devices are left out. Yields when it can pause. */
export function* readDirectory(place: Place): Generator<undefined, readonly Child[]> {
  const target = place.raw ?? place.path
  if (statSync(target).size <= LARGE_SIZE) return readAtOnce(target)
  return yield* sortInSteps(yield* readInPieces(target), isBefore)
}

/** The place of a child. */
export function childPlace(directory: Place, { name, rawName }: Child): Place {
  const separator = directory.path.endsWith(path.sep) ? '' : path.sep
  const shown = `${directory.path}${separator}${name}`
  if (directory.raw === undefined && rawName === undefined) return { path: shown, raw: undefined }
  const parent = directory.raw ?? Buffer.from(directory.path)
  const raw = Buffer.concat([parent, Buffer.from(separator), rawName ?? Buffer.from(name)])
  return { path: shown, raw }
}

const isBefore = (a: Child, b: Child): boolean => a.name < b.name

/** Node reads it sorted by bytes, which needs no second sorting where all names are ASCII. */
function readAtOnce(target: string | Buffer): Child[] {
  const children: Child[] = []
  let last = ''
  let isSorted = true
  for (const entry of entriesOf(target)) {
    const child = childOf(entry)
    if (child === undefined) continue
    if (child.name < last) isSorted = false
    last = child.name
    children.push(child)
  }
  return isSorted ? children : children.sort((a, b) => (isBefore(a, b) ? -1 : 1))
}

function entriesOf(target: string | Buffer): Dirent<string | Buffer>[] {
  try {
    return readdirSync(target, { encoding: ENCODING, withFileTypes: true })
  } catch {
    // Where a file system does not tell kinds, Node asks by name, and this is not how a name beyond ASCII is spelt. Or it cannot be read at all.
    return readdirSync(target, { encoding: 'buffer', withFileTypes: true })
  }
}

function* readInPieces(target: string | Buffer): Generator<undefined, Child[]> {
  const directory = opendirSync(target, { encoding: ENCODING, bufferSize: BATCH_SIZE })
  try {
    const children: Child[] = []
    let read = 0
    for (let entry = directory.readSync(); entry !== null; entry = directory.readSync()) {
      const child = childOf(entry)
      if (child !== undefined) children.push(child)
      read += 1
      if (read % BATCH_SIZE === 0) yield undefined
    }
    return children
  } finally {
    directory.closeSync()
  }
}

function childOf(entry: Dirent<string | Buffer>): Child | undefined {
  const kind = kindOf(entry)
  if (kind === undefined) return undefined
  const name = typeof entry.name === 'string' ? entry.name : entry.name.toString(ENCODING)
  if (!BEYOND_ASCII.test(name)) return { name, rawName: undefined, kind }
  const bytes = Buffer.from(name, ENCODING)
  return isUtf8(bytes)
    ? { name: bytes.toString(), rawName: undefined, kind }
    : { name: escapeName(bytes), rawName: bytes, kind }
}

function kindOf(entry: Dirent<string | Buffer>): Child['kind'] | undefined {
  if (entry.isFile()) return 'file'
  if (entry.isDirectory()) return 'directory'
  return entry.isSymbolicLink() ? 'link' : undefined
}
