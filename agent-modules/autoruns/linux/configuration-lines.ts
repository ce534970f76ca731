/** Lines of a configuration with those of the files that it includes, each file once and their number bounded, so that no loop of includes goes round. */
import path from 'node:path'
import type { HostChild, HostFiles } from '../host-files.ts'
import { filesLike } from './files-like.ts'

const FILES_LIMIT = 1000
/** Paths that say what to include. */
const INCLUDES_LIMIT = 256
/** Longer ones are no paths that people write. */
const PATH_LIMIT = 512

export interface Configuration {
  /** Paths, with wildcards. */
  readonly files: readonly string[]
  /** What a line has to say, in its first group, to name other files: by absolute paths, or relative to the folder of the first. */
  readonly includes?: RegExp | undefined
  /** What a leading `~` stands for in those. */
  readonly home?: string | undefined
}

export interface ConfigurationLine {
  readonly child: HostChild
  /** From 1. */
  readonly line: number
  readonly text: string
}

export async function* configurationLines(
  host: HostFiles,
  configuration: Configuration,
): AsyncGenerator<ConfigurationLine> {
  const known = new Set<string>()
  // What is added while it is gone through is gone through as well.
  const patterns = new Set(configuration.files)
  const includes = new Includes(host, configuration, patterns)
  for (const pattern of patterns)
    for await (const child of filesLike(host, [pattern])) {
      const real = host.follow(child.place.path) ?? child.place.path
      if (known.has(real)) continue
      if (known.size === FILES_LIMIT) {
        host.report(pattern, `only the first ${FILES_LIMIT} files of this configuration count`)
        return
      }
      known.add(real)
      for (const { line, text } of host.lines(child.place)) {
        await host.turn()
        includes.take(child, text)
        yield { child, line, text }
      }
    }
}

/** Adds to the paths what lines include; each bound that is met is reported once. */
class Includes {
  readonly #host: HostFiles
  readonly #configuration: Configuration
  readonly #patterns: Set<string>
  readonly #base: string
  readonly #reported = new Set<string>()

  constructor(host: HostFiles, configuration: Configuration, patterns: Set<string>) {
    this.#host = host
    this.#configuration = configuration
    this.#patterns = patterns
    this.#base = path.posix.dirname(configuration.files[0] ?? '/')
  }

  take({ place }: HostChild, text: string): void {
    const named = this.#configuration.includes?.exec(text)?.[1] ?? ''
    for (const [word] of named.matchAll(/[^\s"]+/g)) this.#add(place.path, word)
  }

  #add(file: string, word: string): void {
    const { files, home = '~' } = this.#configuration
    if (word.length > PATH_LIMIT)
      this.#report(file, `paths to include over ${PATH_LIMIT} characters do not count`)
    else if (this.#patterns.size >= INCLUDES_LIMIT + files.length)
      this.#report(file, `only the first ${INCLUDES_LIMIT} paths to include count`)
    else this.#patterns.add(path.posix.resolve(this.#base, word.replace(/^~(?=\/)/, home)))
  }

  #report(file: string, reason: string): void {
    if (this.#reported.has(reason)) return
    this.#reported.add(reason)
    this.#host.report(file, reason)
  }
}
