/** One run of `sshkey`: walks, looks into files, and yields the keys that the filters let through. */
import { statSync } from 'node:fs'
import { accountProblems } from '../support/accounts.ts'
import { formatDuration } from '../support/go-format.ts'
import type { Place } from '../support/directory.ts'
import { fileBehind } from '../support/link.ts'
import { placeOn, type Machine } from '../support/machine.ts'
import { once } from '../support/once.ts'
import { Pace } from '../support/pace.ts'
import { hasVanished, reasonOf, type SoftErrors, softErrorsOf } from '../support/soft-errors.ts'
import { walk, type WalkEntry, type WalkReport } from '../support/walk.ts'
import type { RunContext } from '../contract.ts'
import type { Finding, Statistics } from './answer.ts'
import { isWanted } from './filter.ts'
import { DAMAGED, type FoundKey } from './found-key.ts'
import { keysIn, readKeyFile, SIZE_LIMIT, type KeyFile } from './key-file.ts'
import type { Parameters } from './parameters.ts'
import { md5Fingerprint, sha256Fingerprint, type PublicKey } from './public-key.ts'
import { defaultPaths } from './search-paths.ts'

const ERRORS_LIMIT = 100
/** Keys told of one user's files: nobody's may leave those of all others without room in the answer. */
const KEYS_LIMIT = 10_000
/** Files that are no files: reading some of them changes the system, and a link may lead there. */
const SYSTEM_FILES = /^\/(?:proc|sys|dev)\//

export async function* runOn(
  machine: Machine,
  asked: Parameters,
  context: RunContext<Statistics>,
): AsyncGenerator<Finding, void> {
  const search = new Search(machine, asked, context)
  const pace = new Pace()
  try {
    for (const finding of search.findings()) {
      if (context.signal.aborted) break
      if (finding !== undefined) yield finding
      if (pace.isDue()) await pace.turn()
    }
  } finally {
    search.end(context)
  }
}

class Search {
  readonly #machine: Machine
  readonly #asked: Parameters
  readonly #errors: SoftErrors
  readonly #startedMs = performance.now()
  #files = 0
  #openFailed = 0
  #forbidden = 0
  #found = 0
  /** By user id; undefined: of files that are gone since. */
  readonly #keysOf = new Map<number | undefined, number>()

  constructor(machine: Machine, asked: Parameters, context: RunContext<Statistics>) {
    this.#machine = machine
    this.#asked = asked
    this.#errors = softErrorsOf(context, ERRORS_LIMIT)
  }

  /** `undefined` is a moment to pause. */
  *findings(): Generator<Finding | undefined, void> {
    const { paths, maxdepth } = this.#asked
    if (paths.length === 0)
      for (const problem of accountProblems(this.#machine)) this.#errors.notice(problem)
    const roots = (paths.length > 0 ? paths : defaultPaths(this.#machine)).map((place) => ({
      path: placeOn(this.#machine, place),
      maxDepth: maxdepth,
      owner: this,
    }))
    for (const batch of walk(roots, this.#report())) {
      yield undefined
      if (batch === undefined) continue
      for (const child of batch.children.slice(batch.from, batch.to))
        yield* this.#look(batch.entryOf(child))
    }
  }

  end(context: RunContext<Statistics>): void {
    if (this.#forbidden > 0)
      this.#errors.notice(
        `${this.#forbidden} files and directories may not be read by this user and were not looked at`,
      )
    if (context.signal.aborted) this.#errors.notice('stopped before the end of the search')
    this.#errors.close()
    context.reportStatistics({
      filescount: this.#files,
      openfailed: this.#openFailed,
      keysfound: this.#found,
      exectime: formatDuration(performance.now() - this.#startedMs),
    })
  }

  *#look(entry: WalkEntry<Search>): Generator<Finding | undefined, void> {
    this.#files += 1
    yield undefined
    const file = this.#read(entry)
    if (file === undefined) return
    const shown = this.#shown(entry.place.path)
    if (file.isCut) this.#errors.add(shown, `only its first ${SIZE_LIMIT} bytes were looked at`)
    let damaged = 0
    const beside = once(() => publicKeyBeside(entry.place))
    for (const key of keysIn(file.text, entry.place.path)) {
      if (key === DAMAGED) damaged += 1
      else {
        const finding = this.#wanted(entry.place, key, beside)
        if (finding !== undefined && this.#hasRoom(entry.place)) yield finding
        else yield undefined
      }
    }
    if (damaged > 0) this.#errors.add(shown, `begins like ${damaged} keys that cannot be read`)
  }

  #read({ place, kind }: WalkEntry<Search>): KeyFile | undefined {
    const target = kind === 'link' ? fileBehind(place) : (place.raw ?? place.path)
    if (target === undefined || SYSTEM_FILES.test(String(target))) return undefined
    try {
      return readKeyFile(target, place.path)
    } catch (error) {
      if (!hasVanished(error)) {
        this.#openFailed += 1
        this.#fail(place.path, error)
      }
      return undefined
    }
  }

  #wanted(place: Place, key: FoundKey, beside: () => PublicKey | undefined): Finding | undefined {
    const open = key.public ?? beside()
    const finding: Finding = {
      ...(open === undefined ? {} : publicFacts(open)),
      path: this.#shown(place.path),
      ...(place.raw === undefined ? {} : { path64: place.raw.toString('base64') }),
      encrypted: key.encrypted,
      type: key.type,
      format: key.format,
      ...(key.line === undefined ? {} : { line: key.line, options: key.options }),
      ...(key.public === open ? {} : { frompublicfile: true }),
    }
    if (!isWanted(this.#asked, finding)) return undefined
    this.#found += 1
    return finding
  }

  #hasRoom({ path, raw }: Place): boolean {
    const owner = statSync(raw ?? path, { throwIfNoEntry: false })?.uid
    const keys = (this.#keysOf.get(owner) ?? 0) + 1
    this.#keysOf.set(owner, keys)
    if (keys === KEYS_LIMIT + 1)
      this.#errors.notice(`only the first ${KEYS_LIMIT} keys in files of one user are told`)
    return keys <= KEYS_LIMIT
  }

  #report(): WalkReport {
    return {
      rootUnreadable: (place, error) => {
        // Not every host has every place that is looked at unasked.
        if (this.#asked.paths.length > 0 || !hasVanished(error)) this.#fail(place, error)
      },
      unreadable: (place, error) => {
        if (!hasVanished(error)) this.#fail(place, error)
      },
    }
  }

  #fail(place: string, error: unknown): void {
    if (error instanceof Error && 'code' in error && error.code === 'EACCES') this.#forbidden += 1
    else this.#errors.add(this.#shown(place), reasonOf(error))
  }

  #shown(place: string): string {
    return place.slice(this.#machine.root.length)
  }
}

const publicFacts = (key: PublicKey): Partial<Finding> => ({
  fingerprint_md5: md5Fingerprint(key),
  fingerprint_sha256: sha256Fingerprint(key),
  algorithm: key.algorithm,
  bits: key.bits,
})

/** For a key that only a passphrase opens: its `.pub` file, where that holds one key. */
function publicKeyBeside(place: Place): PublicKey | undefined {
  const beside = `${place.path}.pub`
  const target = place.raw === undefined ? beside : Buffer.concat([place.raw, Buffer.from('.pub')])
  try {
    const [key, ...others] = keysIn(readKeyFile(target, beside)?.text ?? '', beside)
    return key === undefined || key === DAMAGED || others.length > 0 ? undefined : key.public
  } catch {
    // There is none, or it is not ours to read: the fingerprint stays unknown.
    return undefined
  }
}
