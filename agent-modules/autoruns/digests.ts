/** Hashes of files, each file read once. */
import { createHash, getHashes } from 'node:crypto'
import type { HostFiles, Located } from './host-files.ts'

/** A second or so to read; programs are smaller. */
const SIZE_LIMIT = 512n * 1024n * 1024n

export class Digests {
  readonly #host: HostFiles
  /** By path without links: hex by algorithm; undefined for what could not be read. */
  readonly #known = new Map<string, ReadonlyMap<string, string> | undefined>()
  readonly #algorithms = new Set(getHashes().map((name) => name.toLowerCase()))

  constructor(host: HostFiles) {
    this.#host = host
  }

  /** Lower-case hex by algorithm, of SHA-256 and another that is asked for; undefined when the file could not be read. */
  async of(
    located: Located,
    other: string | undefined,
  ): Promise<ReadonlyMap<string, string> | undefined> {
    const { path: file } = located.real
    if (!this.#known.has(file)) this.#known.set(file, await this.#read(located, other))
    return this.#known.get(file)
  }

  async #read(
    located: Located,
    other: string | undefined,
  ): Promise<ReadonlyMap<string, string> | undefined> {
    const { real, stats } = located
    if (!stats.isFile() || stats.size > SIZE_LIMIT) {
      if (stats.isFile())
        this.#host.report(real.path, `is over ${SIZE_LIMIT} bytes and was not hashed`)
      return undefined
    }
    // A host in FIPS mode has no MD5.
    const names = ['sha256', other ?? 'sha256'].filter((name) => this.#algorithms.has(name))
    const hashes = new Map([...new Set(names)].map((name) => [name, createHash(name)]))
    const isWhole = await this.#host.feed(located, (bytes) => {
      for (const hash of hashes.values()) hash.update(bytes)
    })
    if (!isWhole) return undefined
    return new Map([...hashes].map(([name, hash]) => [name, hash.digest('hex')]))
  }
}
