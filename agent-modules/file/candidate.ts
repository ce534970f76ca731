/** One file as one search sees it: the checks so far, and whether it is found. */
import type { CheckBase, CompiledSearch } from './checks.ts'
import type { NamedHits } from './answer.ts'
import { FILTER_KEYS } from './parameters.ts'

export class Candidate {
  readonly search: CompiledSearch
  #hits: CheckBase[] | undefined
  /** Not found, whatever the other checks say. */
  isOut = false

  constructor(search: CompiledSearch) {
    this.search = search
  }

  /** Takes what a check says: `matched` before it is turned round. */
  record(check: CheckBase, matched: boolean): void {
    const isHit = matched !== check.isFlipped
    if (!this.search.options.matchall) {
      if (isHit) (this.#hits ??= []).push(check)
    } else if (!isHit) this.isOut = true
  }

  /** Takes all bytes of the file; true when a quick look at them shows that it is not found. */
  isRuledOutBy(bytes: Buffer): boolean {
    const { contents, options } = this.search
    if (!options.matchall || options.decompress) return false
    for (const check of contents) if (!check.isFlipped && check.rulesOut(bytes)) this.isOut = true
    return this.isOut
  }

  /** The file is gone. */
  drop(): void {
    this.isOut = true
  }

  /** Some check can no longer be answered: a search that needs all of them is out. */
  giveUp(): void {
    if (this.search.options.matchall) this.isOut = true
  }

  /** A search without filters finds every file. */
  get isFound(): boolean {
    if (this.isOut) return false
    return this.search.options.matchall || this.#hits !== undefined || this.search.checkCount === 0
  }

  /** The filters that hit, as written, but those that look into the file; for searches where all must hit there is nothing to tell. */
  hitFilters(): NamedHits | undefined {
    if (this.#hits === undefined) return undefined
    const lists: NamedHits = {}
    for (const { kind, value } of this.#hits)
      if (kind !== 'content' && kind !== 'bytes') (lists[FILTER_KEYS[kind]] ??= []).push(value)
    return lists
  }
}
