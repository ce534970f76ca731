/** Reads one directory, sorted, in bounded steps; names that are not UTF-8 keep their bytes. */
import { isUtf8 } from 'node:buffer'
import { lstatSync, opendirSync, readdirSync, type Dirent, type Stats } from 'node:fs'
import path from 'node:path'
import { escapeName } from './file-name.ts'

/** Entries read between two moments to pause. */
const BATCH_SIZE = 512

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
  const children = place.raw === undefined ? yield* readNames(place) : undefined
  const all = children ?? readRawNames(place)
  return all.sort((a, b) => (a.name < b.name ? -1 : 1))
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

/** Undefined when some name is perhaps not UTF-8: then only its bytes name the file. */
function* readNames(place: Place): Generator<undefined, Child[] | undefined> {
  const directory = opendirSync(place.path, { bufferSize: BATCH_SIZE })
  try {
    const children: Child[] = []
    let read = 0
    for (let entry = directory.readSync(); entry !== null; entry = directory.readSync()) {
      if (entry.name.includes('\ufffd')) return undefined
      const kind = kindOf(entry, place)
      if (kind !== undefined) children.push({ name: entry.name, rawName: undefined, kind })
      read += 1
      if (read % BATCH_SIZE === 0) yield undefined
    }
    return children
  } finally {
    directory.closeSync()
  }
}

function readRawNames(place: Place): Child[] {
  const entries = readdirSync(place.raw ?? place.path, { encoding: 'buffer', withFileTypes: true })
  return entries.flatMap((entry) => {
    const kind = kindOf(entry, place)
    if (kind === undefined) return []
    const rawName = isUtf8(entry.name) ? undefined : entry.name
    return [{ name: escapeName(entry.name), rawName, kind }]
  })
}

function kindOf(entry: Dirent<string | Buffer>, place: Place): Child['kind'] | undefined {
  if (entry.isFile()) return 'file'
  if (entry.isDirectory()) return 'directory'
  if (entry.isSymbolicLink()) return 'link'
  if (entry.isFIFO() || entry.isSocket() || entry.isCharacterDevice() || entry.isBlockDevice())
    return undefined
  return kindByStat(entry, place)
}

/** For file systems that do not tell the kind in the directory. */
function kindByStat(entry: Dirent<string | Buffer>, place: Place): Child['kind'] | undefined {
  const rawName = Buffer.from(entry.name)
  const { path: shown, raw } = childPlace(place, {
    name: String(entry.name),
    rawName,
    kind: 'file',
  })
  const stats: Stats | undefined = lstatSync(raw ?? shown, { throwIfNoEntry: false })
  if (stats?.isFile() === true) return 'file'
  if (stats?.isDirectory() === true) return 'directory'
  return stats?.isSymbolicLink() === true ? 'link' : undefined
}
