/** Which logins are asked for: by user, by where they came from, by when. */
import { isInNetwork, parseNetwork, type IpNetwork } from '../support/ip-address.ts'
import { FilterError, quote } from '../support/filter-error.ts'
import { parseInvertible, type PatternFilter } from '../support/pattern-filter.ts'
import type { TimeRange } from '../support/time-filter.ts'
import { windowOf, type WindowParameters } from '../support/time-window.ts'

/** As written in parameters, and checked there. */
export interface FilterInit extends WindowParameters {
  readonly user?: string | null | undefined
  readonly sources: readonly string[]
}

/** Who came from where: `host` is what was recorded, a name or an address. */
export interface Origin {
  readonly host?: string | undefined
  readonly address?: string | undefined
}

/** `192.0.2.1`, `10.0.0.0/8`, `2001:db8::/32`. @throws FilterError */
export function parseSource(text: string): IpNetwork {
  const network = parseNetwork(text)
  if (network === undefined)
    throw new FilterError(
      `${quote(text)} is not an address: write 192.0.2.1, 10.0.0.0/8 or 2001:db8::/32`,
    )
  return network
}

export class Filter {
  readonly #user: PatternFilter | undefined
  readonly #sources: readonly IpNetwork[]
  readonly #window: TimeRange

  constructor({ user, sources, ...window }: FilterInit, nowMs: number) {
    this.#user = typeof user === 'string' ? parseInvertible(user) : undefined
    this.#window = windowOf(window, nowMs)
    this.#sources = sources.map(parseSource)
  }

  wantsUser(user: string): boolean {
    return this.#user === undefined || this.#user.pattern.test(user) !== this.#user.inverse
  }

  wantsTime(atMs: number): boolean {
    return this.#window.afterMs < atMs && atMs < this.#window.beforeMs
  }

  /** What came from nowhere, as on a console, is in no network. */
  wantsOrigin({ host, address }: Origin): boolean {
    if (this.#sources.length === 0) return true
    return [address, host].some(
      (text) => text !== undefined && this.#sources.some((network) => isInNetwork(text, network)),
    )
  }
}
