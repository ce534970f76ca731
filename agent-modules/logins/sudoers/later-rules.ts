/** What later rules of sudoers leave of one: the last that decides about a command, as whom and for whom, holds. */
import type { Pace } from '../../support/pace.ts'
import type { SudoersAliases } from './aliases.ts'
import type { SudoersDefaults, Use } from './defaults.ts'
import { overlapWith, type Overlap, type SudoersPeople } from './overlap.ts'
import type { CommandSpec, Member } from './statement.ts'

/** Whom a rule means: some of its list less those that the list excepts further on. */
export interface Meant {
  readonly user: Member
  readonly except: readonly Member[]
}

/** All commands, on this host: of what earlier rules allow whom it means, it says whether, and how. */
export interface Total extends Meant {
  readonly spec: CommandSpec
}

export interface LaterRulesInit {
  readonly aliases: SudoersAliases
  readonly defaults: SudoersDefaults
  readonly people: SudoersPeople
  readonly pace: Pace
}

export class LaterRules {
  readonly #aliases: SudoersAliases
  readonly #defaults: SudoersDefaults
  readonly #people: SudoersPeople
  readonly #pace: Pace
  /** The last first. */
  readonly #totals: Total[] = []
  #forbidden = 0

  constructor({ aliases, defaults, people, pace }: LaterRulesInit) {
    this.#aliases = aliases
    this.#defaults = defaults
    this.#people = people
    this.#pace = pace
  }

  add(totals: readonly Total[]): void {
    this.#totals.push(...totals)
  }

  /** How often one forbids a part of what a rule allows. */
  get forbidden(): number {
    return this.#forbidden
  }

  /** None, the same, or with what they say of passwords; `own` are those of the same rule. */
  async leave(use: Use, own: readonly Total[]): Promise<Use | undefined> {
    for (const total of chain(this.#totals, own)) {
      if (this.#pace.isDue()) await this.#pace.turn()
      const { command, nopasswd } = total.spec
      const overlap = this.#overlap(use, total)
      if (overlap === 'all')
        return command.isNegated ? undefined : { ...use, spec: { ...use.spec, nopasswd } }
      if (overlap !== 'none' && command.isNegated) this.#forbidden += 1
    }
    return use
  }

  /** How much of a use a later rule decides. */
  #overlap(use: Use, { user, except, spec }: Total): Overlap {
    const { compare } = this.#people
    this.#aliases.spend(1 + except.length)
    if (this.#aliases.isSpent) return 'unknown'
    const overlap = compare(use.user, user)
    if (overlap === 'none') return 'none'
    const isWhole =
      overlap === 'all' &&
      except.every((other) => compare(use.user, other) === 'none') &&
      this.#isForAllRunas(use, spec)
    return isWhole ? 'all' : 'some'
  }

  /** Whether it is as anybody who may be run as. */
  #isForAllRunas(use: Use, spec: CommandSpec): boolean {
    const [ours, theirs] = [this.#defaults.runasOf(use), this.#defaults.runasOf({ ...use, spec })]
    this.#aliases.spend(ours.length * theirs.length)
    if (this.#aliases.isSpent) return false
    const { compare } = this.#people
    return ours.every((one) => one.isNegated || overlapWith(one, theirs, compare) === 'all')
  }
}

function* chain<T>(...lists: readonly (readonly T[])[]): Generator<T, void> {
  for (const list of lists) yield* list
}
