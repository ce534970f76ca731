/** What a run counts while it goes, for its statistics and its limits. */
import { formatDuration } from '../support/go-format.ts'
import type { Statistics } from './answer.ts'
import type { CompiledSearch } from './checks.ts'

export class Tally {
  readonly #startedMs = performance.now()
  readonly #hits = new Map<CompiledSearch, number>()
  files = 0
  openFailed = 0
  vanished = 0
  linksOutside = 0
  bytesRead = 0

  /** Counts a file found; true when it is the last that its search may return. */
  hit(search: CompiledSearch): boolean {
    const hits = (this.#hits.get(search) ?? 0) + 1
    this.#hits.set(search, hits)
    return this.isFull(search)
  }

  isFull(search: CompiledSearch): boolean {
    const { matchlimit } = search.options
    return matchlimit > 0 && (this.#hits.get(search) ?? 0) >= matchlimit
  }

  areFull(searches: readonly CompiledSearch[]): boolean {
    for (const search of searches) if (!this.isFull(search)) return false
    return true
  }

  statistics(): Statistics {
    return {
      filescount: this.files,
      openfailed: this.openFailed,
      totalhits: [...this.#hits.values()].reduce((sum, hits) => sum + hits, 0),
      exectime: formatDuration(performance.now() - this.#startedMs),
      bytesread: this.bytesRead,
      linksoutside: this.linksOutside,
      vanished: this.vanished,
    }
  }
}
