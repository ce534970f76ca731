/** How much of what one member of a sudoers list stands for another stands for, too. */
import path from 'node:path'
import type { Account, Group } from '../../support/accounts.ts'
import type { Member } from './statement.ts'

export type Overlap = 'all' | 'some' | 'none' | 'unknown'

/** `of` within `other`. */
export type Compare = (of: Member, other: Member) => Overlap

/** For what can be held against nothing but itself: netgroups, and what a network knows. */
const compareTexts: Compare = (of, other) => {
  if (other.kind === 'all') return 'all'
  if (of.kind === other.kind && of.text === other.text) return 'all'
  return of.kind === 'all' ? 'some' : 'unknown'
}

/** One command may have several paths, as /bin/ls and /usr/bin/ls have: only another name is surely another. */
export const compareCommands: Compare = (of, other) => {
  const isFiles = of.kind === 'file' && other.kind === 'file'
  return isFiles && path.posix.basename(of.text) !== path.posix.basename(other.text)
    ? 'none'
    : compareTexts(of, other)
}

export interface PeopleInit {
  readonly accounts: readonly Account[]
  readonly groups: readonly Group[]
  /** Told of how much work a comparison is. */
  readonly spend: (steps: number) => void
}

/** Who users and groups are on this machine. */
export class SudoersPeople {
  readonly #byName = new Map<string, string[]>()
  readonly #byUid = new Map<string, string[]>([['#0', ['root']]])
  readonly #members = new Map<string, Set<string>>()
  readonly #asked = new Map<string, ReadonlySet<string> | undefined>()
  readonly #spend: (steps: number) => void

  constructor({ accounts, groups, spend }: PeopleInit) {
    this.#spend = spend
    const ofGid = new Map<number, string[]>()
    for (const { name, uid, gid } of accounts) {
      push(this.#byName, name.toLowerCase(), name)
      push(this.#byUid, `#${uid}`, name)
      push(ofGid, gid, name)
    }
    for (const { name, gid, members } of groups) {
      for (const key of [name.toLowerCase(), `#${gid}`]) {
        const all = this.#members.get(key) ?? new Set(ofGid.get(gid))
        for (const member of members) all.add(member)
        this.#members.set(key, all)
      }
    }
  }

  /** The accounts of a name, in whatever case, or of a number; as written where there is none. */
  namesOf(user: string): readonly string[] {
    const names = this.#byName.get(user.toLowerCase()) ?? this.#byUid.get(user)
    return names === undefined ? [user] : [...new Set(names)]
  }

  readonly compare: Compare = (of, other) => {
    const known = compareTexts(of, other)
    if (known !== 'unknown') return known
    const [mine, others] = [this.#peopleOf(of), this.#peopleOf(other)]
    if (mine === undefined || others === undefined) return 'unknown'
    const [few, many] = mine.size < others.size ? [mine, others] : [others, mine]
    this.#spend(few.size)
    let shared = 0
    for (const name of few) if (many.has(name)) shared += 1
    if (shared === 0) return 'none'
    return shared === mine.size ? 'all' : 'some'
  }

  #peopleOf(member: Member): ReadonlySet<string> | undefined {
    const key = `${member.kind} ${member.text}`
    if (!this.#asked.has(key)) this.#asked.set(key, this.#lookUp(member))
    return this.#asked.get(key)
  }

  /** Undefined where this machine does not know: netgroups, groups and numbers of directories, groups of plugins. */
  #lookUp({ kind, text }: Member): ReadonlySet<string> | undefined {
    if (kind === 'name') {
      const names = this.namesOf(text)
      return names[0]?.startsWith('#') === true ? undefined : new Set(names)
    }
    return kind === 'group' ? this.#members.get(text.toLowerCase()) : undefined
  }
}

/** How much of what one member stands for a list lets in, its last member first. */
export function overlapWith(of: Member, list: readonly Member[], compare: Compare): Overlap {
  const surely = new Set<boolean>()
  const perhaps = new Set<boolean>()
  for (const member of list) {
    const overlap = compare(of, member)
    if (overlap === 'none') continue
    ;(overlap === 'unknown' ? perhaps : surely).add(!member.isNegated)
    if (overlap === 'all') return verdict(surely, perhaps)
  }
  return verdict(surely.add(false), perhaps)
}

function verdict(surely: ReadonlySet<boolean>, perhaps: ReadonlySet<boolean>): Overlap {
  if (surely.size === 2) return 'some'
  if ([...perhaps].some((one) => !surely.has(one))) return 'unknown'
  return surely.has(true) ? 'all' : 'none'
}

function push<K>(lists: Map<K, string[]>, key: K, value: string): void {
  const list = lists.get(key)
  if (list === undefined) lists.set(key, [value])
  else list.push(value)
}
