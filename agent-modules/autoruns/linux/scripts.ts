/** Files that are all run, or read by what runs: each file is its own definition. */
import type { HostChild, HostFiles } from '../host-files.ts'
import type { Kind, Source, Start } from '../start.ts'
import { filesLike } from './files-like.ts'

export interface Scripts {
  readonly kind: Kind
  /** Paths, with wildcards. */
  readonly files: readonly string[]
  /** Which names are run; absent: all. */
  readonly names?: RegExp
  readonly schedule?: string
  /** Read by what runs them, not started: they need not be executable. */
  readonly isSourced?: boolean
  /** Absent: root. */
  readonly user?: string
}

/** What `run-parts` of Debian takes: editors' backups and what packages leave behind have dots in their names. */
export const RUN_PARTS_NAMES = /^[A-Za-z0-9_-]+$/

export const scriptSource = (scripts: Scripts): Source => ({
  kinds: [scripts.kind],
  find: (host) => scriptStarts(host, scripts),
})

export async function* scriptStarts(host: HostFiles, scripts: Scripts): AsyncGenerator<Start> {
  for await (const child of filesLike(host, scripts.files)) yield startOf(host, scripts, child)
}

function startOf(host: HostFiles, scripts: Scripts, { name, place }: HostChild): Start {
  const { kind, names, schedule, isSourced, user } = scripts
  const isRunnable = isSourced === true || isExecutable(host, place)
  return {
    kind,
    name,
    definition: place,
    schedule,
    enabled: isRunnable && (names?.test(name) ?? true),
    user: user ?? 'root',
  }
}

export const isExecutable = (host: HostFiles, file: HostChild['place'] | string): boolean =>
  (Number(host.locate(file)?.stats.mode ?? 0) & 0o111) !== 0
