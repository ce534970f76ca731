/** Lists of sudoers with their aliases taken apart, in the order in which sudo asks them. */
import type { ListKind, Member, Statement } from './statement.ts'

/** Of all lists of a run together. Real hosts have a few hundred. */
const STEPS_LIMIT = 1_000_000
/** Of one list, or of two held against each other: more keep a run from being stopped. */
const LIST_LIMIT = 50_000

type AliasStatement = Extract<Statement, { kind: 'alias' }>
type Step = Member | (Omit<Member, 'kind'> & { readonly kind: 'end' })

export class SudoersAliases {
  readonly #lists = new Map<string, readonly Member[]>()
  readonly #circular = new Set<string>()
  #repeated = 0
  #steps = 0

  /** Of two of one name sudo keeps the first. */
  add({ of, name, members }: AliasStatement): void {
    const key = `${of} ${name}`
    if (this.#lists.has(key)) this.#repeated += 1
    else this.#lists.set(key, members)
  }

  get repeated(): number {
    return this.#repeated
  }

  /** How many aliases hold themselves. */
  get circular(): number {
    return this.#circular.size
  }

  /** True when the lists are too long, or hold each other too often, to be looked at. */
  get isSpent(): boolean {
    return this.#steps > STEPS_LIMIT
  }

  /** Counts what is done for each pair of members, too. What would take too long at once spends all. */
  spend(steps: number): void {
    this.#steps += steps > LIST_LIMIT ? STEPS_LIMIT + 1 : steps
  }

  /**
   * Each member once, the last first: the first that fits decides. `!` before an alias turns what it says of each of its members, so that
   * `!A` with `A = ALL, !eve` means eve. An alias that is not defined is a name; of commands, none.
   */
  expand(list: readonly Member[], kind: ListKind): readonly Member[] {
    const found = new Map<string, Member>()
    for (const member of this.#leaves(list, kind)) {
      const key = `${member.kind} ${member.text}`
      if (!found.has(key)) found.set(key, member)
      // Nothing before it is asked.
      if (member.kind === 'all') break
    }
    return [...found.values()]
  }

  /** From the last to the first. An alias met again says nothing that it did not say further on. */
  *#leaves(list: readonly Member[], kind: ListKind): Generator<Member, void> {
    const seen = new Set<string>()
    const inside = new Set<string>()
    const steps: Step[] = []
    const enter = (members: readonly Member[], isTurned: boolean): void => {
      for (const member of members)
        steps.push({ ...member, isNegated: member.isNegated !== isTurned })
    }
    enter(list, false)
    for (let step = steps.pop(), count = 1; step !== undefined; step = steps.pop(), count += 1) {
      this.spend(count > LIST_LIMIT ? count : 1)
      if (this.isSpent) return
      const key = `${kind} ${step.text}`
      const members = step.kind === 'alias' ? this.#lists.get(key) : undefined
      if (step.kind === 'end') inside.delete(key)
      else if (members === undefined) yield* leaf(step, kind)
      else if (inside.has(key)) this.#circular.add(key)
      else if (!seen.has(key)) {
        seen.add(key)
        inside.add(key)
        steps.push({ kind: 'end', text: step.text, isNegated: false })
        enter(members, step.isNegated)
      }
    }
  }
}

function* leaf(step: Member, kind: ListKind): Generator<Member, void> {
  if (step.kind !== 'alias') yield step
  else if (kind !== 'command') yield { ...step, kind: 'name' }
}
