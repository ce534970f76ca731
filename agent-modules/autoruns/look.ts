/** Looks at the files of what was found, without reading them: whether they are there, who may change them, where they lie. */
import type { Place } from '../support/directory.ts'
import type { Whose } from './allowance.ts'
import type { Flag } from './answer.ts'
import { placeAt, type HostFiles, type Located } from './host-files.ts'
import { Rights } from './rights.ts'
import type { Start } from './start.ts'

const TEMPORARY = /^\/(?:tmp|var\/tmp|dev\/shm|run\/shm)\//
const HIDDEN = /\/\./
/** Of the kernel's own making, and /dev/null that a masked unit leads to: nobody's. */
const PSEUDO = /^\/(?:proc|sys|dev\/(?!shm\/))/
/** Of Linux: nothing has a longer path. */
const LOOKUP_LIMIT = 4096
/** More than an answer holds, which cuts it. */
const EXECUTABLE_LIMIT = 20_000
/** Longer ones are cut: a name that is told may be any words of a definition. */
const NAME_LIMIT = 256
/** What systemd fills in, and what is not UTF-8: such a path cannot be looked up. */
const UNKNOWABLE = /[%\ufffd]/

type Role = 'definition' | 'executable'

/** A file of a start as far as a look at its metadata tells. */
export interface LookedAt {
  readonly place: Place
  readonly located: Located | undefined
  readonly flags: ReadonlySet<Flag>
}

export interface Looked {
  readonly start: Start
  /** Whose share it takes. */
  readonly whose: Whose
  readonly definition: LookedAt
  readonly executable: LookedAt | undefined
}

export class Looker {
  readonly #host: HostFiles
  readonly #rights: Rights

  constructor(host: HostFiles) {
    this.#host = host
    this.#rights = new Rights(host)
  }

  look(found: Start, whose: Whose): Looked {
    const start = detached(found)
    const { definition, executable, user } = start
    return {
      start,
      whose,
      definition: this.#lookAt(definition, user, 'definition'),
      executable:
        executable === undefined
          ? undefined
          : this.#lookAt(placeAt(executable), user, 'executable'),
    }
  }

  #lookAt(place: Place, user: string | undefined, role: Role): LookedAt {
    const flags = new Set<Flag>()
    if (!place.path.startsWith('/') || (role === 'executable' && UNKNOWABLE.test(place.path)))
      return { place, located: undefined, flags }
    const isTooLong = role === 'executable' && place.path.length > LOOKUP_LIMIT
    const located = isTooLong ? undefined : this.#host.locate(place)
    if (located === undefined) flags.add('missing')
    else if (!PSEUDO.test(located.real.path) && this.#rights.isOpen(place, located, user))
      flags.add('writable')
    const paths = [place.path, located?.real.path ?? place.path]
    if (paths.some((each) => TEMPORARY.test(each) || (role === 'executable' && HIDDEN.test(each))))
      flags.add('temporary')
    return { place, located, flags }
  }
}

/** Parts of a text keep all of it in memory: what is kept long is copied. */
const detached = ({ definition, name, executable, ...rest }: Start): Start => ({
  ...structuredClone({
    ...rest,
    name: name.slice(0, NAME_LIMIT),
    executable: executable?.slice(0, EXECUTABLE_LIMIT),
  }),
  definition,
})

/** The paths that a package manager is to be asked about. */
export function ownablePaths(all: readonly Looked[]): ReadonlySet<string> {
  const paths = all
    .flatMap(({ definition, executable }) => [definition, executable])
    .flatMap((file) => (isOwnable(file?.located) ? [file.located.real.path] : []))
  return new Set(paths)
}

/** Packages share folders: whose one is says nothing. */
export const isOwnable = (located: Located | undefined): located is Located =>
  located !== undefined && !located.stats.isDirectory() && !PSEUDO.test(located.real.path)
