/** Whom sudoers(5) lets become another user, and who of them needs no password. Not which commands, nor on which hosts. */
import { readAccounts, readGroups } from '../../support/accounts.ts'
import type { Pace } from '../../support/pace.ts'
import type { Asking } from '../asking.ts'
import { SudoersAliases } from './aliases.ts'
import {
  settingsOf,
  SudoersDefaults,
  userNamed,
  type DefaultsStatement,
  type Setting,
  type Use,
} from './defaults.ts'
import { readSudoers, type Found } from './files.ts'
import type { CommandSpec, Member, Statement } from './grammar.ts'
import { overlapWith, SudoersPeople, type Overlap, type PeopleInit } from './overlap.ts'

export interface SudoRule {
  readonly name: string
  readonly is: 'user' | 'group' | 'netgroup' | 'everyone'
  readonly file: string
  /** Some command needs no password; undefined where that cannot be told. */
  readonly nopasswd: boolean | undefined
  /** Some command may be run as root; undefined where that cannot be told. */
  readonly root: boolean | undefined
  /** The rule is for hosts that it names; this may be none of them. */
  readonly somehosts: boolean
  /** Members of a group that the rule leaves out, as it names them. */
  readonly except: readonly string[]
}

type RuleStatement = Extract<Statement, { kind: 'rule' }>

type Named = Pick<SudoRule, 'name' | 'is' | 'except'>

const EXCEPT_LIMIT = 100
const ROOT = userNamed('root')

/** Every rule, once for each whom it means, in their order. What could not be read, or told, is among the errors. */
export async function readSudoRules(asking: Asking): Promise<readonly SudoRule[]> {
  const { machine, pace, signal, errors } = asking
  const { rules, ...said } = await collect(asking)
  // Elsewhere the file has only a part of them.
  const groups = machine.platform === 'linux' ? readGroups(machine) : []
  const settings = await settingsOf(said.defaults, { ...said, pace })
  const judge = new Judge({ ...said, settings, accounts: readAccounts(machine), groups, pace })
  const found: SudoRule[] = []
  for (const { file, ...rule } of rules.toReversed()) {
    if (judge.isSpent) break
    for await (const one of judge.rulesOf(rule)) {
      if (signal.aborted) return []
      found.push({ ...one, file })
    }
  }
  for (const notice of judge.notices()) errors.notice(`sudoers: ${notice}`)
  return found.toReversed()
}

async function collect(asking: Asking) {
  const rules: (RuleStatement & Pick<Found, 'file'>)[] = []
  const defaults: DefaultsStatement[] = []
  const aliases = new SudoersAliases()
  for await (const { statement, file } of readSudoers(asking))
    if (statement.kind === 'rule') rules.push({ ...statement, file })
    else if (statement.kind === 'defaults') defaults.push(statement)
    else aliases.add(statement)
  return { rules, defaults, aliases }
}

interface JudgeInit extends Omit<PeopleInit, 'spend'> {
  readonly defaults: readonly DefaultsStatement[]
  readonly settings: readonly Setting[]
  readonly aliases: SudoersAliases
  readonly pace: Pace
}

/** Whom a rule means: some of its list less those that the list excepts further on. */
interface Meant {
  readonly user: Member
  readonly except: readonly Member[]
}

/** All commands on all hosts: of what earlier rules allow whom it means, it says whether, and how. */
interface Total extends Meant {
  readonly spec: CommandSpec
}

interface Judged {
  readonly own: readonly Total[]
  readonly told: Pick<SudoRule, 'nopasswd' | 'root'> | undefined
}

/** Asked from the last rule to the first. */
class Judge {
  readonly #aliases: SudoersAliases
  readonly #people: SudoersPeople
  readonly #pace: Pace
  readonly #defaults: SudoersDefaults
  /** The last first. */
  readonly #totals: Total[] = []
  #untold = 0
  #forbidden = 0
  #cut = 0

  constructor({ accounts, groups, defaults: statements, settings, aliases, pace }: JudgeInit) {
    const spend = (steps: number): void => {
      aliases.spend(steps)
    }
    this.#aliases = aliases
    this.#pace = pace
    const people = new SudoersPeople({ accounts, groups, spend })
    this.#people = people
    this.#defaults = new SudoersDefaults({ statements, settings, aliases, people })
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
    if (this.#forbidden > 0)
      yield `${this.#forbidden} times a later rule forbids a part of what a rule allows, which is not told`
    if (this.#cut > 0)
      yield `of ${this.#cut} rules only the first ${EXCEPT_LIMIT} exceptions are told`
    if (this.#untold > 0)
      yield `of ${this.#untold} rules it is not told whether they need a password: Defaults say so for a part of their users, hosts or commands`
    if (this.#defaults.exemptGroup !== undefined)
      yield 'exempt_group is set: its members need no password, whatever is told of rules'
  }

  /** The last first. */
  async *rulesOf({
    users,
    privileges,
  }: Omit<RuleStatement, 'kind'>): AsyncGenerator<Omit<SudoRule, 'file'>, void> {
    for (const { hosts: written, commands } of privileges.toReversed()) {
      const hosts = this.#aliases.expand(written, 'host')
      const isForAll = hosts.every(({ kind, isNegated }) => kind === 'all' && !isNegated)
      const totals: Total[] = []
      for (const meant of this.#meantBy(users)) {
        const uses = commands.map((spec): Use => ({ user: meant.user, hosts, spec })).toReversed()
        const { own, told } = await this.#judge(uses, meant)
        if (this.#aliases.isSpent) return
        if (isForAll) totals.push(...own)
        if (told !== undefined)
          yield* this.#named(meant).map((who) => ({ ...who, ...told, somehosts: !isForAll }))
      }
      this.#totals.push(...totals)
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
      const left = commands.every(({ isNegated }) => isNegated) ? undefined : this.#left(use, own)
      if (left !== undefined) {
        nopasswd.add(this.#defaults.needsNoPassword(left))
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

  /** As later rules leave it: none, the same, or with what they say of passwords. */
  #left(use: Use, own: readonly Total[]): Use | undefined {
    for (const total of chain(this.#totals, own)) {
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
    const runas = this.#defaults.runasOf({ ...use, spec })
    const isWhole =
      overlap === 'all' &&
      except.every((other) => compare(use.user, other) === 'none') &&
      this.#defaults
        .runasOf(use)
        .every((one) => one.isNegated || overlapWith(one, runas, compare) === 'all')
    return isWhole ? 'all' : 'some'
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

function* chain<T>(...lists: readonly (readonly T[])[]): Generator<T, void> {
  for (const list of lists) yield* list
}

const asWritten = ({ kind, text }: Member): string =>
  kind === 'group' ? `%${text}` : kind === 'netgroup' ? `+${text}` : text

/** Undefined is not known. */
const isAnyTrue = (values: ReadonlySet<boolean | undefined>): boolean | undefined =>
  values.has(true) || (values.has(undefined) ? undefined : false)
