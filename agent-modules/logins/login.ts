/** One login, whichever platform it is of: whether it is asked for, and how it is told. */
import { formatTime } from '../support/go-format.ts'
import type { Asking } from './asking.ts'
import type { Origin } from './filter.ts'

export interface Login extends Origin {
  readonly user: string
  readonly atMs: number
}

export const timeOf = (atMs: number): string => formatTime(BigInt(atMs) * 1_000_000n)

/** Only fields that there are: an absent key and an empty text say the same. */
export const originOf = ({ host, address }: Origin): Origin => ({
  ...(host === undefined ? {} : { host: host.slice(0, 256) }),
  ...(address === undefined ? {} : { address }),
})

export function isWanted(login: Login, { filter }: Asking): boolean {
  return filter.wantsUser(login.user) && filter.wantsTime(login.atMs) && filter.wantsOrigin(login)
}
