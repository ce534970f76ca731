/** What `Defaults` say of passwords: `!authenticate`, for all or for lists of users, hosts, run-as users or commands. */
import type { Pace } from '../../support/pace.ts'
import type { SudoersAliases } from './aliases.ts'
import type { SudoersHost } from './hosts.ts'
import { ALL, type CommandSpec, type ListKind, type Member, type Statement } from './statement.ts'
import {
  compareCommands,
  overlapWith,
  type Compare,
  type Overlap,
  type SudoersPeople,
} from './overlap.ts'

export type DefaultsStatement = Extract<Statement, { kind: 'defaults' }>

/** One command of one member of a rule. */
export interface Use {
  readonly user: Member
  readonly spec: CommandSpec
}

export interface Setting {
  readonly of: ListKind
  readonly list: readonly Member[]
  readonly value: boolean
}

export interface DefaultsInit {
  readonly statements: readonly DefaultsStatement[]
  readonly settings: readonly Setting[]
  readonly aliases: SudoersAliases
  readonly people: SudoersPeople
  readonly pace: Pace
}

export interface SettingsInit {
  readonly aliases: SudoersAliases
  readonly host: SudoersHost
  readonly pace: Pace
}

/** Those of `authenticate`; of other hosts none. */
export async function settingsOf(
  statements: readonly DefaultsStatement[],
  { aliases, host, pace }: SettingsInit,
): Promise<readonly Setting[]> {
  const found: Setting[] = []
  for (const { of, members, settings } of statements) {
    if (pace.isDue()) await pace.turn()
    const value = settings.get('authenticate')
    if (typeof value !== 'boolean') continue
    const list = aliases.expand(members, of)
    const isHere = of !== 'host' || (await host.isMeantBy(list))
    if (isHere !== false)
      found.push(of === 'host' && isHere ? { of: 'user', list: [ALL], value } : { of, list, value })
  }
  return found
}

/** Whether whole names of hosts are asked for; undefined where sudo's own default holds. */
export function usesFullNames(statements: readonly DefaultsStatement[]): boolean | undefined {
  const value = lastValue(statements, 'fqdn')
  return typeof value === 'boolean' ? value : undefined
}

export const userNamed = (text: string): Member => ({ kind: 'name', text, isNegated: false })

export class SudoersDefaults {
  /** Set: its members are never asked for a password. */
  readonly exemptGroup: string | undefined
  /** In the order in which sudo makes them hold: those of commands last. */
  readonly #settings: readonly Setting[]
  readonly #runas: Member
  readonly #aliases: SudoersAliases
  readonly #people: SudoersPeople
  readonly #pace: Pace

  constructor({ statements, settings, aliases, people, pace }: DefaultsInit) {
    this.#settings = [
      ...settings.filter(({ of }) => of !== 'command'),
      ...settings.filter(({ of }) => of === 'command'),
    ]
    this.exemptGroup = lastText(statements, 'exempt_group')
    this.#runas = userNamed(lastText(statements, 'runas_default') ?? 'root')
    this.#aliases = aliases
    this.#people = people
    this.#pace = pace
  }

  /** As whom a command may be run: the last first. */
  runasOf({ user, spec: { runas } }: Use): readonly Member[] {
    if (runas === undefined) return [this.#runas]
    return runas.length === 0 ? [user] : this.#aliases.expand(runas, 'runas')
  }

  /** Whether it needs no password; undefined where that cannot be told of all whom it means, or of all hosts. */
  async needsNoPassword(use: Use): Promise<boolean | undefined> {
    if (use.spec.nopasswd !== undefined) return use.spec.nopasswd
    let asks: boolean | undefined = true
    for (const { of, list, value } of this.#settings) {
      if (this.#pace.isDue()) await this.#pace.turn()
      if (this.#aliases.isSpent) return undefined
      const overlap = this.#overlap(use, of, list)
      if (overlap === 'all' || (overlap === 'some' && !value)) asks = value
      else if (overlap !== 'none' && asks !== value) asks = undefined
    }
    return asks === undefined ? undefined : !asks
  }

  #overlap(use: Use, of: ListKind, list: readonly Member[]): Overlap {
    switch (of) {
      case 'user':
        return onlyWhole(this.#overlapOf([use.user], list, this.#people.compare))
      case 'host':
        // Those that are surely for this one are among those of all users.
        return 'unknown'
      case 'runas':
        return this.#overlapOf(this.runasOf(use), list, this.#people.compare)
      case 'command': {
        const commands = this.#aliases.expand([use.spec.command], 'command')
        return this.#overlapOf(commands, list, compareCommands)
      }
    }
  }

  /** Of one list with another: what the first excepts may be what they share. */
  #overlapOf(ours: readonly Member[], list: readonly Member[], compare: Compare): Overlap {
    this.#aliases.spend(ours.length * list.length)
    if (this.#aliases.isSpent) return 'unknown'
    const overlaps = new Set(
      ours.filter((one) => !one.isNegated).map((one) => overlapWith(one, list, compare)),
    )
    const [only] = overlaps
    const overlap = overlaps.size === 1 ? only : undefined
    if (overlap === 'all' || overlap === 'none') return overlap
    const isShared = overlaps.has('all') || overlaps.has('some')
    return isShared && !ours.some((one) => one.isNegated) ? 'some' : 'unknown'
  }
}

/** What holds of a part of the users does not hold of the rule. */
const onlyWhole = (overlap: Overlap): Overlap => (overlap === 'some' ? 'unknown' : overlap)

function lastText(statements: readonly DefaultsStatement[], name: string): string | undefined {
  const value = lastValue(statements, name)
  return typeof value === 'string' ? value : undefined
}

const lastValue = (
  statements: readonly DefaultsStatement[],
  name: string,
): string | boolean | undefined =>
  statements.findLast(({ settings }) => settings.has(name))?.settings.get(name)
