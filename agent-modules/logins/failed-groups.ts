/** Failed logins counted by user and place: a host that is tried out has millions. */
import type { Finding } from './answer.ts'
import type { Asking } from './asking.ts'
import type { Origin } from './filter.ts'
import { originOf, timeOf, type Login } from './login.ts'

/** Different users and places that are counted. */
const GROUPS_LIMIT = 20_000

interface FailedGroup {
  readonly user: string
  readonly origin: Origin
  count: number
  firstMs: number
  lastMs: number
}

export class FailedGroups {
  readonly #groups = new Map<string, FailedGroup>()
  #leftOut = 0

  add({ user, host, address, atMs }: Login): void {
    const key = JSON.stringify([user, host, address])
    const group = this.#groups.get(key)
    if (group !== undefined) {
      group.count += 1
      group.firstMs = Math.min(group.firstMs, atMs)
      group.lastMs = Math.max(group.lastMs, atMs)
    } else if (this.#groups.size >= GROUPS_LIMIT) this.#leftOut += 1
    else {
      const origin = originOf({ host, address })
      this.#groups.set(key, { user, origin, count: 1, firstMs: atMs, lastMs: atMs })
    }
  }

  *findings({ errors }: Pick<Asking, 'errors'>): Generator<Finding, void> {
    if (this.#leftOut > 0)
      errors.notice(
        `failed logins of more than ${GROUPS_LIMIT} users and places: ${this.#leftOut} older ones were not counted`,
      )
    const sorted = [...this.#groups.values()].sort((one, other) => other.count - one.count)
    for (const { user, origin, count, firstMs, lastMs } of sorted)
      yield {
        query: 'failed',
        found: { user, ...origin, count, first: timeOf(firstMs), last: timeOf(lastMs) },
      }
  }
}
