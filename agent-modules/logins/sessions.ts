/** Pairs logins with logouts, from records of wtmp that come newest first, as `last` does. */
import { RECORD_TYPE, type LoginRecord } from './utmp.ts'

/** `crash`: the host started again without having been shut down; `open`: nothing says that it ended. */
export type SessionEnd = 'logout' | 'shutdown' | 'crash' | 'open'

export interface Session {
  readonly event: 'login' | 'boot' | 'shutdown'
  readonly record: LoginRecord
  readonly endMs?: number
  readonly ended?: SessionEnd
}

/** Terminals are few; a file that names more is not one of a host at work, and old ones are forgotten. */
const LINES_LIMIT = 10_000

export class SessionPairing {
  /** When each terminal was next left, or next used by another. */
  readonly #nextOnLine = new Map<string, number>()
  #hostEnd: { readonly atMs: number; readonly ended: SessionEnd } | undefined

  /** The next older record; undefined when it begins nothing. */
  take(record: LoginRecord): Session | undefined {
    const { type, user } = record
    if (type === RECORD_TYPE.boot) return this.#hostStopped('boot', record)
    if (type === RECORD_TYPE.runLevel)
      return user === 'shutdown' ? this.#hostStopped('shutdown', record) : undefined
    if (type === RECORD_TYPE.user && user !== '') {
      const session = this.#login(record)
      this.#lineUsed(record)
      return session
    }
    if (type === RECORD_TYPE.dead) this.#lineUsed(record)
    return undefined
  }

  #hostStopped(event: 'boot' | 'shutdown', record: LoginRecord): Session {
    this.#nextOnLine.clear()
    this.#hostEnd = { atMs: record.atMs, ended: event === 'boot' ? 'crash' : 'shutdown' }
    return { event, record }
  }

  #login(record: LoginRecord): Session {
    const endMs = this.#nextOnLine.get(record.line)
    if (endMs !== undefined) return { event: 'login', record, endMs, ended: 'logout' }
    if (this.#hostEnd === undefined) return { event: 'login', record, ended: 'open' }
    return { event: 'login', record, endMs: this.#hostEnd.atMs, ended: this.#hostEnd.ended }
  }

  #lineUsed({ line, atMs }: LoginRecord): void {
    if (line === '') return
    if (this.#nextOnLine.size >= LINES_LIMIT) this.#nextOnLine.clear()
    this.#nextOnLine.set(line, atMs)
  }
}
