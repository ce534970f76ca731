/** Who else may change a file, or put another in its place. */
import path from 'node:path'
import { readAccounts, readGroups } from '../support/accounts.ts'
import type { Place } from '../support/directory.ts'
import type { HostFiles, Located } from './host-files.ts'

const STICKY = 0o1000
/** Folders remembered, whose paths may be long. */
const FOLDERS_LIMIT = 10_000

export class Rights {
  readonly #host: HostFiles
  readonly #uids: ReadonlyMap<string, number>
  /** Who is in a group, by its own account or by being named. */
  readonly #members = new Map<number, Set<number>>()
  /** Whether a folder, or one above it, is open, by user and path. */
  readonly #folders = new Map<string, boolean>()

  constructor(host: HostFiles) {
    this.#host = host
    const accounts = readAccounts(host.machine)
    this.#uids = new Map(accounts.map(({ name, uid }) => [name, uid]))
    for (const { uid, gid } of accounts) this.#join(gid, uid)
    for (const { gid, members } of readGroups(host.machine))
      for (const member of members) this.#join(gid, this.#uids.get(member) ?? -1)
  }

  /** True when others than root and `user` may write it, or a folder on the way to it. */
  isOpen(named: Place, { real, stats }: Located, user: string | undefined): boolean {
    // Of an account that is not in /etc/passwd nobody can say more than that the file may be its own.
    const uid = this.#uids.get(user ?? 'root') ?? Number(stats.uid)
    if (this.#isWritable(stats, uid)) return true
    return [named.path, real.path].some((file) => {
      const folder = this.#host.follow(path.posix.dirname(file))
      return folder !== undefined && this.#isFolderOpen(folder, uid)
    })
  }

  /** One that all may write to counts though it is sticky: a file of that name can be there before. */
  #isFolderOpen(folder: string, uid: number): boolean {
    const stats = this.#host.statsOf(folder)
    if (stats !== undefined && (Number(stats.mode) & 0o002) !== 0) return true
    return this.#isWayOpen(folder, uid)
  }

  #isWayOpen(folder: string, uid: number): boolean {
    const key = `${uid}:${folder}`
    const known = this.#folders.get(key)
    if (known !== undefined) return known
    const stats = this.#host.statsOf(folder)
    const isSticky = stats !== undefined && (Number(stats.mode) & STICKY) !== 0
    const isOpen =
      (stats !== undefined && !isSticky && this.#isWritable(stats, uid)) ||
      (folder !== '/' && this.#isWayOpen(path.posix.dirname(folder), uid))
    if (this.#folders.size >= FOLDERS_LIMIT) this.#folders.clear()
    this.#folders.set(key, isOpen)
    return isOpen
  }

  #isWritable({ uid: owner, gid, mode }: Located['stats'], uid: number): boolean {
    const isTrusted = (who: number): boolean => who === 0 || who === uid
    if (!isTrusted(Number(owner)) || (Number(mode) & 0o002) !== 0) return true
    const members = this.#members.get(Number(gid)) ?? new Set()
    return (Number(mode) & 0o020) !== 0 && ![...members].every(isTrusted)
  }

  #join(gid: number, uid: number): void {
    const members = this.#members.get(gid) ?? new Set()
    this.#members.set(gid, members.add(uid))
  }
}
