/** Completes what was found: whose the files are, what package brought them, and whether they are as it brought them. */
import { userNames } from '../support/accounts.ts'
import type { Place } from '../support/directory.ts'
import { answerablePath } from '../support/file-name.ts'
import { formatMode, formatTime } from '../support/go-format.ts'
import type { Whose } from './allowance.ts'
import type { FileFacts, Finding, Flag } from './answer.ts'
import type { Digests, Hashes } from './digests.ts'
import type { HostFiles, Located } from './host-files.ts'
import { isOwnable, type Looked, type LookedAt } from './look.ts'
import type { Ownership } from './packages/owners.ts'
import type { RecordedDigest } from './packages/package-manager.ts'
import type { Start } from './start.ts'

export interface CompleterInit {
  readonly host: HostFiles
  readonly ownership: Ownership | undefined
  /** Absent: files are not read. */
  readonly digests: Digests | undefined
  /** Of definitions too, which hold what people wrote. */
  readonly returnsAll: boolean
  /** SHA-256 that are looked for in all files, definitions too; in upper case. */
  readonly wanted: ReadonlySet<string>
}

interface Asked {
  /** Whether its SHA-256 is, whatever it is. */
  readonly isTold: boolean
  readonly whose: Whose
}

export class Completer {
  readonly #init: CompleterInit
  readonly #nameOf: (uid: number) => string

  constructor(init: CompleterInit) {
    this.#init = init
    this.#nameOf = userNames(init.host.machine)
  }

  /** What is known without reading: flags in full but `modified`. */
  flagsOf({ definition, executable }: Looked): ReadonlySet<Flag> {
    const files = executable === undefined ? [definition] : [definition, executable]
    return new Set(files.flatMap((file) => [...this.#flags(file)]))
  }

  async finding(looked: Looked): Promise<Finding> {
    const { start, whose, definition, executable } = looked
    const facts = await this.#facts(definition, { isTold: this.#init.returnsAll, whose })
    return {
      ...wordsOf(start),
      definition: facts,
      ...(executable === undefined
        ? {}
        : { executable: await this.#facts(executable, { isTold: true, whose }) }),
    }
  }

  #flags({ located, flags }: LookedAt): ReadonlySet<Flag> {
    const { ownership } = this.#init
    if (ownership === undefined || !isOwnable(located)) return flags
    const isOwned = ownership.owners.has(located.real.path)
    return isOwned ? flags : new Set([...flags, 'unowned' as const])
  }

  async #facts(file: LookedAt, asked: Asked): Promise<FileFacts> {
    const { place, located } = file
    const owned = this.#init.ownership?.owners.get(located?.real.path ?? '')
    const hashes = located && (await this.#hashes(located, asked, owned?.digest))
    return {
      path: answerablePath(place.path),
      ...this.#metadata(place, located),
      ...this.#told(hashes, asked),
      ...(owned === undefined ? {} : { package: owned.package }),
      flags: [
        ...this.#flags(file),
        ...(isModified(hashes, owned?.digest) ? (['modified'] as const) : []),
      ],
    }
  }

  /** A definition is read to compare it with its package, or with what is asked; but only who asks for all hashes is told another. */
  async #hashes(
    located: Located,
    { isTold, whose }: Asked,
    recorded: RecordedDigest | undefined,
  ): Promise<Hashes | undefined> {
    const { digests, wanted } = this.#init
    if (!isTold && wanted.size === 0 && recorded === undefined) return undefined
    return digests?.of(located, { whose, other: recorded?.algorithm })
  }

  #told(hashes: Hashes | undefined, { isTold }: Asked): Partial<FileFacts> {
    const sha256 = hashes?.get('sha256')?.toUpperCase()
    return sha256 !== undefined && (isTold || this.#init.wanted.has(sha256)) ? { sha256 } : {}
  }

  #metadata({ path: named, raw }: Place, located: Located | undefined): Partial<FileFacts> {
    const bytes = raw === undefined ? {} : { file64: raw.toString('base64') }
    if (located === undefined) return bytes
    const { real, stats } = located
    return {
      ...bytes,
      ...(real.path === named ? {} : { real: real.path }),
      owner: this.#nameOf(Number(stats.uid)),
      uid: Number(stats.uid),
      mode: formatMode(Number(stats.mode)),
      size: Number(stats.size),
      lastmodified: formatTime(stats.mtimeNs),
    }
  }
}

function isModified(hashes: Hashes | undefined, recorded: RecordedDigest | undefined): boolean {
  const found = recorded && hashes?.get(recorded.algorithm)
  return found !== undefined && found !== recorded?.hex
}

/** Words of definitions are told only where they look like what they should be. */
function wordsOf({
  kind,
  name,
  line,
  schedule,
  state,
  enabled,
  user,
}: Start): Omit<Finding, 'definition'> {
  return {
    kind,
    name,
    ...(line === undefined ? {} : { line }),
    ...(schedule !== undefined && /^[\w*,/:.@~+=; -]{1,256}$/.test(schedule) ? { schedule } : {}),
    ...(state !== undefined && /^[\w:+-]{1,64}$/.test(state) ? { state } : {}),
    ...(enabled === undefined ? {} : { enabled }),
    ...(user !== undefined && /^[\w.@$+\\ -]{1,128}$/.test(user) ? { user } : {}),
  }
}
