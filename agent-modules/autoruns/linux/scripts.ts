/** Folders whose files are all run: each file is its own definition. */
import type { HostChild, HostFiles } from '../host-files.ts'
import type { Kind, Source, Start } from '../start.ts'

export interface ScriptFolder {
  readonly kind: Kind
  readonly folder: string
  /** Which names are run; absent: all. */
  readonly names?: RegExp
  readonly schedule?: string
  /** Read by what runs them, not started: they need not be executable. */
  readonly isSourced?: boolean
}

/** What `run-parts` of Debian takes: editors' backups and what packages leave behind have dots in their names. */
export const RUN_PARTS_NAMES = /^[A-Za-z0-9_-]+$/

export const scriptFolders = (folders: readonly ScriptFolder[]): Source => ({
  kinds: [...new Set(folders.map(({ kind }) => kind))],
  async *find(host) {
    for (const folder of folders) yield* scriptsIn(host, folder)
  },
})

export async function* scriptsIn(host: HostFiles, where: ScriptFolder): AsyncGenerator<Start> {
  for await (const child of host.children(where.folder))
    if (child.kind !== 'directory') yield scriptOf(host, where, child)
}

function scriptOf(host: HostFiles, where: ScriptFolder, { name, place }: HostChild): Start {
  const isRunnable = where.isSourced === true || isExecutable(host, place)
  return {
    kind: where.kind,
    name,
    definition: place,
    schedule: where.schedule,
    enabled: isRunnable && (where.names?.test(name) ?? true),
    user: 'root',
  }
}

export const isExecutable = (host: HostFiles, file: HostChild['place'] | string): boolean =>
  (Number(host.locate(file)?.stats.mode ?? 0) & 0o111) !== 0
