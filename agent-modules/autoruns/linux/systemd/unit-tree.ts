/** The unit files of one systemd manager, the machine's or a user's: which there are, and the links and drop-ins beside them. */
import path from 'node:path'
import type { Home } from '../../homes.ts'
import type { HostChild, HostFiles } from '../../host-files.ts'

/** The directories that a manager searches, those before others hide them. */
export const SYSTEM_FOLDERS: readonly string[] = [
  '/etc/systemd/system.control',
  '/run/systemd/system.control',
  '/run/systemd/transient',
  '/run/systemd/generator.early',
  '/etc/systemd/system',
  '/etc/systemd/system.attached',
  '/run/systemd/system',
  '/run/systemd/system.attached',
  '/run/systemd/generator',
  '/usr/local/lib/systemd/system',
  '/usr/lib/systemd/system',
  '/lib/systemd/system',
  '/run/systemd/generator.late',
]
const USER_FOLDERS: readonly string[] = [
  '/etc/systemd/user',
  '/etc/xdg/systemd/user',
  '/run/systemd/user',
  '/usr/local/share/systemd/user',
  '/usr/share/systemd/user',
  '/usr/local/lib/systemd/user',
  '/usr/lib/systemd/user',
  '/lib/systemd/user',
]

/** All users' folders, or those of one user alone. */
export function userFolders(home?: Home): readonly string[] {
  if (home === undefined) return USER_FOLDERS
  const runtime = `/run/user/${home.uid}/systemd`
  return [
    `${home.folder}/.config/systemd/user.control`,
    ...['user.control', 'transient', 'generator.early'].map((name) => `${runtime}/${name}`),
    `${home.folder}/.config/systemd/user`,
    ...['user', 'generator'].map((name) => `${runtime}/${name}`),
    `${home.folder}/.local/share/systemd/user`,
    `${runtime}/generator.late`,
  ]
}

export interface UnitFile extends HostChild {
  readonly folder: string
}

/** A link in a folder, or in a `.wants` or `.requires` of it. */
export interface UnitLink {
  readonly name: string
  readonly folder: string
  /** The last part of where it leads; undefined for what is no link. */
  readonly targetName: string | undefined
  /** In `multi-user.target.wants`, not in the folder itself. */
  readonly isDependency: boolean
}

export interface UnitTree {
  /** Existing ones, without those that are another by a link. */
  readonly folders: readonly string[]
  /** The same without links. */
  readonly reals: ReadonlySet<string>
  /** By name, the one that counts. */
  readonly units: ReadonlyMap<string, UnitFile>
  /** By their own names, by the names of what they lead to, and those of dependencies by their templates. */
  readonly links: ReadonlyMap<string, readonly UnitLink[]>
  /** `.conf` files by what their directory is called: `ssh.service.d`. */
  readonly dropIns: ReadonlyMap<string, readonly HostChild[]>
}

const UNIT_NAME = /^[A-Za-z0-9:_.\\@-]{1,255}$/
const UNIT_TYPE = /\.(?:service|socket|device|mount|automount|swap|target|path|timer|slice|scope)$/
/** Drop-ins of one name; each is read for each unit that it is for. */
const DROP_INS_LIMIT = 256
/** Directories beside the units that are read in turn. */
const DEPENDENCIES = /\.(?:wants|requires|upholds)$/

/** `getty@tty1.service` is an instance of `getty@.service`; others are their own. */
export const templateOf = (name: string): string => name.replace(/@[^@]*(?=\.[a-z]+$)/, '@')

const isUnitName = (name: string): boolean => UNIT_NAME.test(name) && UNIT_TYPE.test(name)

export async function readUnitTree(
  host: HostFiles,
  candidates: readonly string[],
): Promise<UnitTree> {
  const tree = new Tree(host)
  for (const folder of candidates) {
    const real = host.locate(folder)?.real.path
    if (real === undefined || tree.reals.has(real)) continue
    tree.reals.add(real)
    tree.folders.push(folder)
    for await (const child of host.children(folder)) await tree.add(folder, child)
  }
  return tree
}

class Tree implements UnitTree {
  readonly #host: HostFiles
  readonly reals = new Set<string>()
  readonly folders: string[] = []
  readonly units = new Map<string, UnitFile>()
  readonly links = new Map<string, UnitLink[]>()
  readonly dropIns = new Map<string, HostChild[]>()

  constructor(host: HostFiles) {
    this.#host = host
  }

  async add(folder: string, child: HostChild): Promise<void> {
    const { name, kind, place } = child
    if (kind !== 'directory') {
      if (!isUnitName(name)) return
      if (!this.units.has(name)) this.units.set(name, { ...child, folder })
      if (kind === 'link') this.#addLink({ folder, child, isDependency: false })
    } else if (DEPENDENCIES.test(name)) {
      for await (const link of this.#host.children(place.path))
        this.#addLink({ folder, child: link, isDependency: true })
    } else if (name.endsWith('.d')) await this.#addDropIns(name, place.path)
  }

  #addLink(found: { folder: string; child: HostChild; isDependency: boolean }): void {
    const { folder, child, isDependency } = found
    const target = this.#host.linkTarget(child.place.path)
    const targetName = target && path.posix.basename(target)
    const link = { name: child.name, folder, targetName, isDependency }
    const names = [child.name, targetName ?? child.name]
    for (const name of new Set(isDependency ? [...names, templateOf(child.name)] : names)) {
      const known = this.links.get(name)
      if (known === undefined) this.links.set(name, [link])
      else known.push(link)
    }
  }

  /** One of the same name in a folder before hides it. */
  async #addDropIns(name: string, directory: string): Promise<void> {
    const known = this.dropIns.get(name) ?? []
    const added: HostChild[] = []
    for await (const child of this.#host.children(directory, DROP_INS_LIMIT))
      if (child.name.endsWith('.conf') && !known.some((other) => other.name === child.name))
        added.push(child)
    this.dropIns.set(name, [...known, ...added])
  }
}
