/** Which package brought a file, and what hash it recorded, by whichever package manager the machine has. */
import type { HostFiles } from '../host-files.ts'
import type { Owned, PackageManager, Wanted } from './package-manager.ts'
import { apk } from './apk.ts'
import { dpkg } from './dpkg.ts'
import { pacman } from './pacman.ts'
import { rpm } from './rpm.ts'

export interface Ownership {
  readonly manager: string
  readonly owners: ReadonlyMap<string, Owned>
}

const MANAGERS: readonly PackageManager[] = [dpkg, rpm, apk, pacman]
/** Directories that became links to others, while packages go on naming files by them. */
const MERGED = ['/bin', '/sbin', '/lib', '/lib32', '/lib64', '/libx32', '/usr/sbin', '/usr/lib64']

/** Of these paths without links; undefined when the machine has no package manager that tells. */
export async function findOwners(
  host: HostFiles,
  paths: ReadonlySet<string>,
): Promise<Ownership | undefined> {
  const manager = MANAGERS.find(({ marks }) =>
    marks.some((mark) => host.locate(mark) !== undefined),
  )
  const owners = await manager?.owners(host, spellings(host, paths))
  return manager && owners && { manager: manager.name, owners }
}

function spellings(host: HostFiles, paths: ReadonlySet<string>): Wanted {
  const merged = MERGED.map((link) => [link, host.locate(link)?.real.path ?? link] as const).filter(
    ([link, real]) => link !== real,
  )
  const wanted = new Map<string, string>()
  for (const file of paths) {
    wanted.set(file, file)
    for (const [link, real] of merged)
      if (file.startsWith(`${real}/`)) wanted.set(`${link}${file.slice(real.length)}`, file)
  }
  return wanted
}
