/** What candidates want to know of one stream of bytes, a file or what it unpacks to: read once for all patterns, byte strings and hashes. */
import { createHash, type Hash } from 'node:crypto'
import type { Candidate } from './candidate.ts'
import type { ContentCheck, Scanner } from './checks.ts'

const SHA256 = 'sha256'
const NO_ALGORITHMS: ReadonlySet<string> = new Set()

interface Scan {
  readonly candidate: Candidate
  readonly check: ContentCheck
  readonly scanner: Scanner
}

/** True for a candidate whose answer depends on bytes. */
export function needsBody({ search, isFound }: Candidate): boolean {
  if (search.contents.length + search.digests.length > 0) return true
  return search.options.returnsha256 && isFound
}

export class Body {
  readonly #candidates: readonly Candidate[]
  readonly #mayHash: boolean
  #scans: Scan[] = []
  #hashes: Map<string, Hash> | undefined
  #sha256: string | undefined
  #isFirst = true
  #isComplete = false

  constructor(candidates: readonly Candidate[]) {
    this.#candidates = candidates
    this.#mayHash = candidates.some(
      ({ search }) => search.digests.length > 0 || search.options.returnsha256,
    )
    for (const candidate of candidates)
      for (const check of candidate.search.contents)
        this.#scans.push({ candidate, check, scanner: check.scan() })
  }

  /** Nothing more is to be learnt from further bytes. */
  get isDone(): boolean {
    return this.#isComplete || (this.#scans.length === 0 && this.#algorithms(false).size === 0)
  }

  feed(bytes: Buffer, isLast: boolean): void {
    this.#scan(bytes, isLast)
    if (this.#mayHash)
      for (const algorithm of this.#algorithms(isLast)) this.#hashOf(algorithm)?.update(bytes)
    this.#isFirst = false
    if (isLast) this.#complete()
  }

  /** The stream broke off: what was not learnt stays unknown, and unknown is no hit. */
  breakOff(): void {
    if (this.#isComplete) return
    for (const { candidate } of this.#scans) candidate.giveUp()
    for (const candidate of this.#candidates)
      if (candidate.search.digests.length > 0) candidate.giveUp()
  }

  /** Upper-case hex, as MIG prints it; undefined when the stream was not read to its end. */
  get sha256(): string | undefined {
    return this.#sha256?.toUpperCase()
  }

  #scan(bytes: Buffer, isLast: boolean): void {
    let isDecided = false
    for (const { candidate, check, scanner } of this.#scans) {
      if (!candidate.isOut) scanner.feed(bytes, isLast)
      if (scanner.verdict !== undefined) candidate.record(check, scanner.verdict)
      isDecided ||= candidate.isOut || scanner.verdict !== undefined
    }
    if (isDecided && !isLast)
      this.#scans = this.#scans.filter(
        ({ candidate, scanner }) => !candidate.isOut && scanner.verdict === undefined,
      )
  }

  /** Hashes still wanted; when everything else is known, only by those that would return them. */
  #algorithms(isLast: boolean): ReadonlySet<string> {
    if (!this.#mayHash) return NO_ALGORITHMS
    const wanted = new Set<string>()
    for (const candidate of this.#candidates) {
      if (candidate.isOut) continue
      const { digests, options } = candidate.search
      for (const { algorithm } of digests) wanted.add(algorithm)
      const mayBeFound = candidate.isFound || !isLast || digests.length > 0
      if (options.returnsha256 && mayBeFound) wanted.add(SHA256)
    }
    return wanted
  }

  /** Undefined for a hash that was not begun with the first bytes: nobody needed it then, nobody needs it now. */
  #hashOf(algorithm: string): Hash | undefined {
    this.#hashes ??= new Map()
    const known = this.#hashes.get(algorithm)
    if (known !== undefined || !this.#isFirst) return known
    const hash = createHash(algorithm)
    this.#hashes.set(algorithm, hash)
    return hash
  }

  #complete(): void {
    this.#isComplete = true
    if (this.#hashes === undefined) return
    const digests = new Map<string, string>()
    for (const [algorithm, hash] of this.#hashes) digests.set(algorithm, hash.digest('hex'))
    this.#sha256 = digests.get(SHA256)
    for (const candidate of this.#candidates)
      for (const check of candidate.search.digests)
        if (!candidate.isOut) candidate.record(check, digests.get(check.algorithm) === check.hex)
  }
}
