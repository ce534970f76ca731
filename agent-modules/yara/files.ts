/** Scans what a search of `file` finds: whole files, because rules speak of their size, their first bytes and their headers. */
import { realpathSync } from 'node:fs'
import path from 'node:path'
import type { RunContext } from '../contract.ts'
import type { Finding as FileFinding } from '../file/answer.ts'
import type { Search } from '../file/parameters.ts'
import { run as findFiles } from '../file/run.ts'
import type { Place } from '../support/directory.ts'
import { fileBehind, isInside } from '../support/link.ts'
import { RegularFile } from '../support/regular-file.ts'
import { hasVanished, reasonOf } from '../support/soft-errors.ts'
import type { Finding } from './answer.ts'
import type { Scanning } from './scanning.ts'

type Outside = Pick<RunContext<unknown>, 'signal' | 'startedAtMs' | 'reportError'>

export async function* scanFiles(
  search: Search,
  scanning: Scanning,
  outside: Outside,
): AsyncGenerator<Finding, void> {
  const scanner = new FileScanner(search, scanning)
  const context = {
    signal: outside.signal,
    startedAtMs: outside.startedAtMs,
    reportError: outside.reportError,
    // What was scanned counts here, not what was looked at to find it.
    reportStatistics: () => undefined,
  }
  for await (const file of findFiles({ searches: { files: search } }, context)) {
    if (scanning.isOver) return
    const found = await scanner.scan(file)
    if (found !== undefined) yield found
    if (scanning.pace.isDue()) await scanning.pace.turn()
  }
}

class FileScanner {
  readonly #search: Search
  readonly #scanning: Scanning
  readonly #buffer = RegularFile.createBuffer()

  constructor(search: Search, scanning: Scanning) {
    this.#search = search
    this.#scanning = scanning
  }

  async scan(file: FileFinding): Promise<Finding | undefined> {
    const { counts, errors } = this.#scanning
    try {
      const length = await this.#fillRoom(file)
      if (length === undefined) return undefined
      counts.filescount += 1
      const found = this.#scanning.found(await this.#scanning.scan(length, file.file))
      return found === undefined ? undefined : { Object: file.file, ...found, ...detailsOf(file) }
    } catch (error) {
      if (hasVanished(error)) counts.vanished += 1
      else {
        counts.openfailed += 1
        errors.add(file.file, reasonOf(error))
      }
      return undefined
    }
  }

  /** All bytes of the file to the room; undefined when they do not fit, or when there is no file any more. @throws the system's error */
  async #fillRoom(file: FileFinding): Promise<number | undefined> {
    const { counts, errors, room } = this.#scanning
    const open = this.#open(file)
    if (open === undefined) {
      counts.vanished += 1
      return undefined
    }
    try {
      if (open.metadata.size > room.length) {
        counts.toolarge += 1
        errors.add(file.file, `larger than ${room.length / 1024 ** 2} MiB, not scanned`)
        return undefined
      }
      const length = await this.#readAll(open)
      if (open.isCut) errors.add(file.file, `only its first ${length} bytes were scanned`)
      return length
    } finally {
      open.close()
    }
  }

  async #readAll(open: RegularFile): Promise<number> {
    const { pace, room } = this.#scanning
    let length = 0
    for (let chunk = open.next(); chunk !== undefined; chunk = open.next()) {
      length += chunk.bytes.copy(room, length)
      if (pace.isDue()) await pace.turn()
      if (this.#scanning.isOver) break
    }
    return length
  }

  /** Undefined when there is no such file (any more). @throws the system's error */
  #open({ file, file64 }: FileFinding): RegularFile | undefined {
    const raw = file64 === undefined ? undefined : Buffer.from(file64, 'base64')
    try {
      return RegularFile.open(raw ?? file, this.#buffer)
    } catch (error) {
      if (!isLink(error)) throw error
      const target = this.#targetOf({ path: file, raw })
      return target === undefined ? undefined : RegularFile.open(target, this.#buffer)
    }
  }

  /** A link is followed where the search for files may follow it, and only there: it may lead elsewhere by now. */
  #targetOf(link: Place): Buffer | undefined {
    const { paths } = this.#search
    const real = fileBehind(link)
    if (real === undefined || paths.some((root) => path.normalize(root) === link.path)) return real
    return paths.some((root) => isInside(real, realPathOf(root))) ? real : undefined
  }
}

/** What opening says of a link that it must not follow. */
const isLink = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && error.code === 'ELOOP'

const realPathOf = (root: string): Buffer => realpathSync.native(root, { encoding: 'buffer' })

const detailsOf = ({ file64, size, lastmodified, sha256 }: FileFinding): Partial<Finding> => ({
  ...(file64 === undefined ? {} : { Object64: file64 }),
  Size: size,
  LastModified: lastmodified,
  ...(sha256 === undefined ? {} : { SHA256: sha256 }),
})
