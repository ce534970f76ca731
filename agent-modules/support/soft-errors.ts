/** Errors that do not stop a search: counted, and returned up to a limit, with a last line that says how many are missing. */
import { getSystemErrorMessage } from 'node:util'
import type { RunContext } from '../contract.ts'
import { printableName } from './file-name.ts'

/** An answer carries at most 1,000 lines: this leaves room for what is always said. */
const RETURNED_LIMIT = 900
const LINE_LIMIT = 1024
/** What a file or process says that ended between being seen and being looked at. */
const VANISHED_CODES: ReadonlySet<string> = new Set(['ENOENT', 'ENOTDIR', 'ESRCH'])

export class SoftErrors {
  readonly #report: (message: string) => void
  readonly #limit: number
  #count = 0

  /** `limit` 0 is as many as an answer can carry. */
  constructor(report: (message: string) => void, limit: number) {
    this.#report = report
    this.#limit = limit === 0 ? RETURNED_LIMIT : Math.min(limit, RETURNED_LIMIT)
  }

  /** One of possibly many. */
  add(place: string, reason: string): void {
    this.#count += 1
    if (this.#count <= this.#limit) this.#say(`${printableName(place)}: ${reason}`)
  }

  /** Said whatever the limit: a bound that cut the answer. */
  notice(message: string): void {
    this.#say(message)
  }

  /** The last line, where errors were left out. */
  close(): void {
    if (this.#count > this.#limit)
      this.#say(`${this.#count - this.#limit} errors were not returned`)
  }

  #say(message: string): void {
    this.#report(message.slice(0, LINE_LIMIT))
  }
}

/** Those of one run; without a limit, as many as an answer can carry. */
export const softErrorsOf = (
  context: Pick<RunContext<never>, 'reportError'>,
  limit = 0,
): SoftErrors =>
  new SoftErrors((message) => {
    context.reportError(message)
  }, limit)

/** True when the thing was gone. */
export function hasVanished(error: unknown): boolean {
  return error instanceof Error && 'code' in error && VANISHED_CODES.has(String(error.code))
}

/** A system error without its path and call: `permission denied (EACCES)`. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  if (!('errno' in error) || typeof error.errno !== 'number' || !('code' in error))
    return error.message
  return `${getSystemErrorMessage(error.errno)} (${String(error.code)})`
}
