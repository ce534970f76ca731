/** What one rule of sudoers means, given all that is said elsewhere: whom, on this host or not, as whom, and whether without a password. */
import type { Pace } from '../../support/pace.ts'
import type { SudoersAliases } from './aliases.ts'
import {
  SudoersDefaults,
  userNamed,
  type DefaultsStatement,
  type Setting,
  type Use,
} from './defaults.ts'
import type { SudoersHost } from './hosts.ts'
import { LaterRules, type Meant, type Total } from './later-rules.ts'
import { overlapWith, SudoersPeople, type PeopleInit } from './overlap.ts'
import type { Member, Statement } from './statement.ts'

export interface SudoRule {
  readonly name: string
  readonly is: 'user' | 'group' | 'netgroup' | 'everyone'
  readonly file: string
  /** Some command needs no password; undefined where that cannot be told. */
  readonly nopasswd: boolean | undefined
  /** Some command may be run as root; undefined where that cannot be told. */
  readonly root: boolean | undefined
  /** The rule is for hosts of which this may be none: netgroups, and names that a network may know it by. */
  readonly somehosts: boolean
  /** Members of a group that the rule leaves out, as it names them. */
  readonly except: readonly string[]
}

export type RuleStatement = Extract<Statement, { kind: 'rule' }>

type Named = Pick<SudoRule, 'name' | 'is' | 'except'>

const EXCEPT_LIMIT = 100
const ROOT = userNamed('root')

interface JudgeInit extends Omit<PeopleInit, 'spend'> {
  readonly defaults: readonly DefaultsStatement[]
  readonly settings: readonly Setting[]
  readonly aliases: SudoersAliases
  readonly host: SudoersHost
  readonly pace: Pace
}

interface Judged {
  readonly own: readonly Total[]
  readonly told: Pick<SudoRule, 'nopasswd' | 'root'> | undefined
}

/** Asked from the last rule to the first. */
export class Judge {
  readonly #aliases: SudoersAliases
  readonly #people: SudoersPeople
  readonly #pace: Pace
  readonly #defaults: SudoersDefaults
  readonly #host: SudoersHost
  readonly #later: LaterRules
  #untold = 0
  #cut = 0

  constructor({ accounts, groups, defaults: statements, settings, ...init }: JudgeInit) {
    const { aliases, host, pace } = init
    const spend = (steps: number): void => {
      aliases.spend(steps)
    }
    const people = new SudoersPeople({ accounts, groups, spend })
    const defaults = new SudoersDefaults({ statements, settings, aliases, people, pace })
    this.#aliases = aliases
    this.#people = people
    this.#pace = pace
    this.#defaults = defaults
    this.#host = host
    this.#later = new LaterRules({ aliases, defaults, people, pace })
  }

  get isSpent(): boolean {
    return this.#aliases.isSpent
  }

  /** What the rules do not tell. */
  *notices(): Generator<string, void> {
    const { circular, repeated, isSpent } = this.#aliases
    if (isSpent) yield 'too long, or its lists hold each other too often: some rules were left out'
    if (repeated > 0) yield `${repeated} aliases are defined again: the first holds`
    if (circular > 0) yield `${circular} aliases hold themselves, which was left out`
    if (this.#later.forbidden > 0)
      yield `${this.#later.forbidden} times a later rule forbids a part of what a rule allows, which is not told`
    if (this.#cut > 0)
      yield `of ${this.#cut} rules only the first ${EXCEPT_LIMIT} exceptions are told`
    if (this.#untold > 0)
      yield `of ${this.#untold} rules it is not told whether they need a password: Defaults say so for a part of their users, hosts or commands`
    if (this.#defaults.exemptGroup !== undefined)
      yield 'exempt_group is set: its members need no password, whatever is told of rules'
  }

  /** Those for this host, the last first. */
  async *rulesOf({
    users,
    privileges,
  }: Omit<RuleStatement, 'kind'>): AsyncGenerator<Omit<SudoRule, 'file'>, void> {
    for (const { hosts, commands } of privileges.toReversed()) {
      const isHere = await this.#host.isMeantBy(this.#aliases.expand(hosts, 'host'))
      if (isHere === false) continue
      const totals: Total[] = []
      for (const meant of this.#meantBy(users)) {
        const uses = commands.map((spec): Use => ({ user: meant.user, spec })).toReversed()
        const { own, told } = await this.#judge(uses, meant)
        if (this.#aliases.isSpent) return
        if (isHere === true) totals.push(...own)
        if (told !== undefined)
          yield* this.#named(meant).map((who) => ({ ...who, ...told, somehosts: isHere !== true }))
      }
      this.#later.add(totals)
    }
  }

  /** What is left of these, of which a later one decides too; undefined: nothing. */
  async #judge(uses: readonly Use[], meant: Meant): Promise<Judged> {
    const own: Total[] = []
    const nopasswd = new Set<boolean | undefined>()
    const root = new Set<boolean | undefined>()
    for (const use of uses) {
      if (this.#pace.isDue()) await this.#pace.turn()
      if (this.#aliases.isSpent) break
      const commands = this.#aliases.expand([use.spec.command], 'command')
      const isAllowing = commands.some(({ isNegated }) => !isNegated)
      const left = isAllowing ? await this.#later.leave(use, own) : undefined
      if (left !== undefined) {
        nopasswd.add(await this.#defaults.needsNoPassword(left))
        root.add(this.#isForRoot(left))
      }
      const [only, ...others] = commands
      if (only?.kind === 'all' && others.length === 0 && !use.spec.isDated)
        own.push({ ...meant, spec: { ...use.spec, command: only } })
    }
    if (nopasswd.size === 0) return { own, told: undefined }
    const told = { nopasswd: isAnyTrue(nopasswd), root: isAnyTrue(root) }
    if (told.nopasswd === undefined) this.#untold += 1
    return { own, told }
  }

  /** Positive members, the last first. Who is excepted is nobody's but by a later member. */
  *#meantBy(users: readonly Member[]): Generator<Meant, void> {
    const excepted: Member[] = []
    for (const user of this.#aliases.expand(users, 'user'))
      if (user.isNegated) excepted.push(user)
      else {
        this.#aliases.spend(excepted.length)
        const overlaps = this.#aliases.isSpent
          ? []
          : excepted.map((other) => ({ other, overlap: this.#people.compare(user, other) }))
        const except = overlaps.filter(({ overlap }) => overlap !== 'none')
        if (except.every(({ overlap }) => overlap !== 'all'))
          yield { user, except: except.map(({ other }) => other) }
      }
  }

  #isForRoot(use: Use): boolean | undefined {
    const overlap = overlapWith(ROOT, this.#defaults.runasOf(use), this.#people.compare)
    return overlap === 'unknown' ? undefined : overlap === 'all'
  }

  /** The last first. */
  #named({ user: { kind, text }, except: all }: Meant): readonly Named[] {
    if (all.length > EXCEPT_LIMIT) this.#cut += 1
    const except = all.slice(0, EXCEPT_LIMIT).map(asWritten)
    if (kind === 'all') return [{ name: text, is: 'everyone', except }]
    if (kind === 'group' || kind === 'netgroup') return [{ name: text, is: kind, except }]
    const names = this.#people.namesOf(text).toReversed()
    return names.map((name) => ({ name, is: 'user', except }))
  }
}

const asWritten = ({ kind, text }: Member): string =>
  kind === 'group' ? `%${text}` : kind === 'netgroup' ? `+${text}` : text

/** Undefined is not known. */
const isAnyTrue = (values: ReadonlySet<boolean | undefined>): boolean | undefined =>
  values.has(true) || (values.has(undefined) ? undefined : false)
