/** The machine's files as this module reads them: inside the machine's root, bounded, never a pipe, and with a pause when one is due. */
import { lstatSync, type BigIntStats } from 'node:fs'
import path from 'node:path'
import { readDirectory, type Child, type Place } from '../support/directory.ts'
import { placeOn, type Machine } from '../support/machine.ts'
import { Pace } from '../support/pace.ts'
import { printedBy } from '../support/program-output.ts'
import type { ProgramOutcome } from '../support/program.ts'
import { RegularFile } from '../support/regular-file.ts'
import { hasVanished, reasonOf, type SoftErrors } from '../support/soft-errors.ts'
import { Links } from './links.ts'

/** No definition that people write is longer. */
const TEXT_LIMIT = 256 * 1024
/** No directory of definitions has more. */
const CHILDREN_LIMIT = 10_000
const DENIED_CODES: ReadonlySet<string> = new Set(['EACCES', 'EPERM'])

/** A child of a directory; its place is where the machine has it. */
export interface HostChild {
  readonly name: string
  readonly kind: Child['kind']
  readonly place: Place
}

/** What a path leads to. */
export interface Located {
  /** Without links. */
  readonly real: Place
  readonly stats: BigIntStats
}

/** A file whose path is known to be text. */
export const placeAt = (file: string): Place => ({ path: file, raw: undefined })

export interface HostFilesInit {
  readonly machine: Machine
  readonly errors: SoftErrors
  readonly signal: AbortSignal
}

export class HostFiles {
  readonly machine: Machine
  readonly signal: AbortSignal
  readonly #errors: SoftErrors
  readonly #pace = new Pace()
  readonly #buffer = RegularFile.createBuffer()
  readonly #links: Links
  readonly #denied: Set<string>

  constructor({ machine, errors, signal }: HostFilesInit, denied = new Set<string>()) {
    this.machine = machine
    this.signal = signal
    this.#errors = errors
    this.#denied = denied
    this.#links = new Links(machine, (place, error) => {
      this.#failed(place, error)
    })
  }

  /** The same files, which another signal may call off as well. */
  until(signal: AbortSignal): HostFiles {
    const either = AbortSignal.any([this.signal, signal])
    const init = { machine: this.machine, errors: this.#errors, signal: either }
    return new HostFiles(init, this.#denied)
  }

  report(place: string, reason: string): void {
    this.#errors.add(place, reason)
  }

  /** How many files and directories this user may not read. */
  get deniedCount(): number {
    return this.#denied.size
  }

  /** Pauses when it is time to. @throws the signal's reason when the run was called off */
  async turn(): Promise<void> {
    if (this.#pace.isDue()) await this.#pace.turn()
    this.signal.throwIfAborted()
  }

  /** What a program of the machine prints, however it ends; empty where it could not be asked, which is reported. */
  async printedBy(...argv: readonly [name: string, ...args: string[]]): Promise<string> {
    const printed = await printedBy(this.machine, argv, { signal: this.signal, mayFail: true })
    if (printed.kind === 'printed') return printed.text
    this.report(argv[0], printed.reason)
    return ''
  }

  run(name: string, args: readonly string[]): Promise<ProgramOutcome> {
    return this.machine.run(name, args, { signal: this.signal })
  }

  /** Directories, regular files and links in lexicographic order; none where there is no such directory. */
  async *children(directory: string, limit = CHILDREN_LIMIT): AsyncGenerator<HostChild> {
    await this.turn()
    const located = this.locate(directory)
    if (located?.stats.isDirectory() !== true) return
    const children = await this.#list(located)
    if (children.length > limit)
      this.report(directory, `only the first ${limit} of its ${children.length} entries count`)
    for (const { name, rawName, kind } of children.slice(0, limit)) {
      await this.turn()
      const raw = rawName && Buffer.concat([Buffer.from(`${located.real.path}/`), rawName])
      yield { name, kind, place: { path: path.posix.join(directory, name), raw } }
    }
  }

  /** The start of a regular file, up to 256 KiB or what is told; undefined when there is none that can be read. */
  text(file: Place | string, limit = TEXT_LIMIT): string | undefined {
    const located = this.locate(file)
    const open = located && this.#open(located)
    if (open === undefined) return undefined
    try {
      const chunks: Buffer[] = []
      let chunk = open.next()
      for (; chunk !== undefined && open.bytesRead <= limit; chunk = open.next())
        chunks.push(Buffer.from(chunk.bytes))
      if (chunk !== undefined)
        this.report(located?.real.path ?? '', `only its first ${limit} bytes count`)
      return Buffer.concat(chunks).toString('utf8', 0, limit)
    } catch (error) {
      this.#failed(located?.real.path ?? '', error)
      return undefined
    } finally {
      open.close()
    }
  }

  /** The lines of a text, numbered from 1. */
  *lines(file: Place): Generator<{ readonly line: number; readonly text: string }> {
    const all = this.text(file) ?? ''
    let line = 1
    for (let from = 0; from < all.length; line += 1) {
      const found = all.indexOf('\n', from)
      const to = found === -1 ? all.length : found
      yield { line, text: all.slice(from, to) }
      from = to + 1
    }
  }

  /** All bytes of a regular file in pieces, with pauses; false when it could not be read to its end. */
  async feed(located: Located, take: (bytes: Buffer) => void): Promise<boolean> {
    const open = this.#open(located)
    if (open === undefined) return false
    try {
      for (let chunk = open.next(); chunk !== undefined; chunk = open.next()) {
        take(chunk.bytes)
        await this.turn()
      }
      return !open.isCut
    } catch (error) {
      this.signal.throwIfAborted()
      this.#failed(located.real.path, error)
      return false
    } finally {
      open.close()
    }
  }

  /** What a path leads to, through all links; undefined when it leads nowhere. */
  locate(file: Place | string): Located | undefined {
    const { path: shown, raw } = typeof file === 'string' ? { path: file } : file
    const real = raw === undefined ? this.#links.follow(shown) : shown
    const place = { path: real ?? '', raw }
    const stats = real === undefined ? undefined : this.#stats(place)
    return stats === undefined ? undefined : { real: place, stats }
  }

  /** Of a path that is known to have no links in it. */
  statsOf(real: string): BigIntStats | undefined {
    return this.#stats(placeAt(real))
  }

  /** Where a link leads, as written; undefined for what is none. */
  linkTarget(file: string): string | undefined {
    return this.#links.targetOf(file)
  }

  /** A path without links; what it names need not exist. Undefined when they go round in circles. */
  follow(file: string): string | undefined {
    return this.#links.follow(file)
  }

  /** Whether a path leads to a regular file, which somebody may run where asked. */
  isFile(file: string, mode: 'any' | 'executable' = 'any'): boolean {
    const stats = this.locate(file)?.stats
    return stats?.isFile() === true && (mode === 'any' || (Number(stats.mode) & 0o111) !== 0)
  }

  async #list({ real }: Located): Promise<readonly Child[]> {
    try {
      const steps = readDirectory(this.#here(real))
      let step = steps.next()
      for (; step.done !== true; step = steps.next()) await this.turn()
      return step.value
    } catch (error) {
      this.signal.throwIfAborted()
      this.#failed(real.path, error)
      return []
    }
  }

  /** Nothing else is opened at all: opening is enough to wake some devices. */
  #open({ real, stats }: Located): RegularFile | undefined {
    if (!stats.isFile()) return undefined
    try {
      const { path: shown, raw } = this.#here(real)
      return RegularFile.open(raw ?? shown, this.#buffer)
    } catch (error) {
      this.#failed(real.path, error)
      return undefined
    }
  }

  #stats(place: Place): BigIntStats | undefined {
    try {
      const { path: shown, raw } = this.#here(place)
      return lstatSync(raw ?? shown, { bigint: true, throwIfNoEntry: false })
    } catch (error) {
      this.#failed(place.path, error)
      return undefined
    }
  }

  #here({ path: shown, raw }: Place): Place {
    const root = Buffer.from(this.machine.root)
    return {
      path: placeOn(this.machine, shown),
      raw: raw === undefined ? undefined : Buffer.concat([root, raw]),
    }
  }

  /** What is gone is no error, and what is denied is counted: there may be as much of it as there are users. */
  #failed(place: string, error: unknown): void {
    if (hasVanished(error)) return
    const code = error instanceof Error && 'code' in error ? String(error.code) : ''
    if (DENIED_CODES.has(code)) this.#denied.add(place)
    else this.report(place, reasonOf(error))
  }
}
