/** Hashes of files, each file read once, and no more than there is time for. */
import { createHash, getHashes } from 'node:crypto'
import { Allowance, type Whose } from './allowance.ts'
import type { HostFiles, Located } from './host-files.ts'

const MIBIBYTE = 1024 * 1024
/** A second or two to read; programs are smaller. */
const SIZE_LIMIT = 512 * MIBIBYTE
/** Many times what hosts have. Holes of a sparse file count: they cost as much to hash. */
const MIBIBYTES = { machine: 8192, user: 1024, users: 4096, unit: 'MiB' }
/** For slow disks: an operation has some minutes. */
const SECONDS = { machine: 60, user: 5, users: 20, unit: 'seconds' }
const MS_PER_SECOND = 1000

/** Lower-case hex by algorithm. */
export type Hashes = ReadonlyMap<string, string>

export interface DigestInit {
  readonly whose: Whose
  /** An algorithm beside SHA-256. */
  readonly other: string | undefined
}

const said = (whom: string): string => `files of ${whom} were hashed`
const mibibytesOf = ({ stats }: Located): number => Number(stats.size) / MIBIBYTE

export class Digests {
  readonly #host: HostFiles
  /** By path without links; undefined for what could not be read. */
  readonly #known = new Map<string, Hashes | undefined>()
  readonly #algorithms = new Set(getHashes().map((name) => name.toLowerCase()))
  readonly #mibibytes = new Allowance({ ...MIBIBYTES, said })
  readonly #seconds = new Allowance({ ...SECONDS, said })

  constructor(host: HostFiles) {
    this.#host = host
  }

  /** Of SHA-256 and another that is asked for; undefined when the file could not be read, or not any more. */
  async of(located: Located, { whose, other }: DigestInit): Promise<Hashes | undefined> {
    const { path: file } = located.real
    if (this.#known.has(file)) return this.#known.get(file)
    if (!this.#isAllowed(located, whose)) return undefined
    const startedMs = performance.now()
    const digests = await this.#read(located, other)
    this.#mibibytes.spend(whose, mibibytesOf(located))
    this.#seconds.spend(whose, (performance.now() - startedMs) / MS_PER_SECOND)
    this.#known.set(file, digests)
    return digests
  }

  /** What is refused to one may be read for another who has not had as much. */
  #isAllowed(located: Located, whose: Whose): boolean {
    const { real, stats } = located
    if (!stats.isFile()) return false
    if (stats.size > SIZE_LIMIT) {
      this.#host.report(real.path, `is over ${SIZE_LIMIT} bytes and was not hashed`)
      return false
    }
    return this.#mibibytes.has(whose, mibibytesOf(located)) && this.#seconds.has(whose, 0)
  }

  notices(): readonly string[] {
    return [...this.#mibibytes.notices(), ...this.#seconds.notices()]
  }

  async #read(located: Located, other: string | undefined): Promise<Hashes | undefined> {
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
