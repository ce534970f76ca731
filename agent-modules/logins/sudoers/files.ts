/** The statements of /etc/sudoers and of all that it includes, in the order in which sudo reads them. */
import { readdirSync, statSync } from 'node:fs'
import path from 'node:path'
import { placeOn } from '../../support/machine.ts'
import { readSmallFile } from '../../support/small-file.ts'
import { hasVanished, reasonOf } from '../../support/soft-errors.ts'
import type { Asking } from '../asking.ts'
import { statementsOf } from './grammar.ts'
import { readHostName } from './host-name.ts'
import type { Include, Statement } from './statement.ts'

const SUDOERS = '/etc/sudoers'
const FILES_LIMIT = 256
/** sudo's own is 128; nobody nests them. */
const DEPTH_LIMIT = 16
/** Bytes. Half of a file could make users of aliases: one that is larger is not looked at. */
const FILE_LIMIT = 1024 * 1024
const TOTAL_LIMIT = 2 * FILE_LIMIT

export interface Found {
  readonly statement: Exclude<Statement, { kind: 'include' | 'unreadable' }>
  readonly file: string
}

/** What could not be read is among the errors. */
export const readSudoers = (asking: Asking): AsyncIterable<Found> =>
  new SudoersReader(asking).read(SUDOERS, 1)

class SudoersReader {
  readonly #asking: Asking
  readonly #seen = new Set<string>()
  #size = 0

  constructor(asking: Asking) {
    this.#asking = asking
  }

  async *read(file: string, depth: number): AsyncGenerator<Found, void> {
    if (this.#seen.has(file)) return
    this.#seen.add(file)
    const { pace, signal, errors } = this.#asking
    let unreadable = 0
    for (const statement of statementsOf(this.#text(file, depth))) {
      if (pace.isDue()) await pace.turn()
      if (signal.aborted) return
      if (statement.kind === 'unreadable') unreadable += 1
      else if (statement.kind === 'include') yield* this.#include(statement, { file, depth })
      else yield { statement, file }
    }
    if (unreadable > 0)
      errors.add(
        file,
        `${unreadable} lines are not as sudoers(5) has them, or too long, and were left out`,
      )
  }

  async *#include(
    { isFolder, path: written }: Include,
    { file, depth }: { readonly file: string; readonly depth: number },
  ): AsyncGenerator<Found, void> {
    const place = path.posix.resolve(path.posix.dirname(file), await this.#named(written))
    const files = isFolder ? this.#filesIn(place) : [place]
    for (const each of files) yield* this.read(each, depth + 1)
  }

  /** `%h` is the first part of this machine's name. */
  async #named(written: string): Promise<string> {
    if (!written.includes('%h')) return written
    const name = await readHostName(this.#asking)
    return written.replaceAll('%h', () => name?.split('.')[0] ?? '')
  }

  /** As sudo does: in order, regular files alone, without names that hold a dot or end in `~`. */
  #filesIn(folder: string): readonly string[] {
    const { machine, errors } = this.#asking
    try {
      const files = readdirSync(placeOn(machine, folder))
        .filter((name) => !name.includes('.') && !name.endsWith('~'))
        .sort()
        .map((name) => `${folder}/${name}`)
      if (files.length > FILES_LIMIT)
        errors.add(folder, `only the first ${FILES_LIMIT} files were looked at`)
      return files.slice(0, FILES_LIMIT).filter((file) => this.#isFile(file))
    } catch (error) {
      // sudo does not mind.
      if (!hasVanished(error)) errors.add(folder, reasonOf(error))
      return []
    }
  }

  #isFile(file: string): boolean {
    const stats = statSync(placeOn(this.#asking.machine, file), { throwIfNoEntry: false })
    return stats?.isFile() === true
  }

  #text(file: string, depth: number): string {
    const { machine, errors } = this.#asking
    try {
      if (this.#seen.size > FILES_LIMIT || depth > DEPTH_LIMIT)
        throw new Error('was not looked at: too many files are included')
      const limit = Math.min(FILE_LIMIT, TOTAL_LIMIT - this.#size)
      // They are the system's: who could put a link there could write rules.
      const bytes = readSmallFile(placeOn(machine, file), { limit, followLinks: true })
      this.#size += bytes.length
      return bytes.toString()
    } catch (error) {
      // A host without sudo has no sudoers.
      if (file !== SUDOERS || !hasVanished(error)) errors.add(file, reasonOf(error))
      return ''
    }
  }
}
