/** How much there may be of something that is bounded: so much for what the machine itself has, and a share for each user, so that nobody crowds out another. */

/** A user's name; undefined is the machine itself. */
export type Whose = string | undefined

export interface AllowanceInit {
  readonly machine: number
  readonly user: number
  /** Of all users together. */
  readonly users: number
  readonly unit: string
  /** What is left out beyond it, as notices say: `entries of WHOM were looked at`. */
  readonly said: (whom: string) => string
}

export class Allowance {
  readonly #init: AllowanceInit
  readonly #spent = new Map<Whose, number>()
  readonly #refused = new Set<Whose>()
  #spentByUsers = 0

  constructor(init: AllowanceInit) {
    this.#init = init
  }

  left(whose: Whose): number {
    const { machine, user, users } = this.#init
    const spent = this.#spent.get(whose) ?? 0
    return whose === undefined
      ? machine - spent
      : Math.min(user - spent, users - this.#spentByUsers)
  }

  spend(whose: Whose, amount: number): void {
    this.#spent.set(whose, (this.#spent.get(whose) ?? 0) + amount)
    if (whose !== undefined) this.#spentByUsers += amount
  }

  /** Whether there is as much left; whom it was not is told by `notices`. */
  has(whose: Whose, amount: number): boolean {
    const isLeft = this.left(whose) >= amount
    if (!isLeft) this.#refused.add(whose)
    return isLeft
  }

  /** One line, if it was not enough for somebody. */
  notices(): readonly string[] {
    if (this.#refused.size === 0) return []
    const { machine, user, users, unit, said } = this.#init
    const whom = [...this.#refused].map((whose) => whose ?? 'the machine')
    return [
      `not all ${said(whom.join(', '))}: at most ${machine} ${unit} for the machine, ${user} for a user and ${users} for all users`,
    ]
  }
}
