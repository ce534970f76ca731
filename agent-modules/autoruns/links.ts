/** Symbolic links as the machine itself would follow them: never out of its root, and each looked at once. */
import { lstatSync, readlinkSync } from 'node:fs'
import { placeOn, type Machine } from '../support/machine.ts'

/** As Linux. */
const LINKS_LIMIT = 40
/** Paths remembered. */
const KNOWN_LIMIT = 50_000

export class Links {
  readonly #machine: Machine
  readonly #failed: (place: string, error: unknown) => void
  /** Undefined for what is no link. */
  readonly #targets = new Map<string, string | undefined>()

  constructor(machine: Machine, failed: (place: string, error: unknown) => void) {
    this.#machine = machine
    this.#failed = failed
  }

  /** Where a link leads, as written; undefined for what is none. */
  targetOf(file: string): string | undefined {
    if (this.#targets.has(file)) return this.#targets.get(file)
    const target = this.#readLink(file)
    if (this.#targets.size >= KNOWN_LIMIT) this.#targets.clear()
    this.#targets.set(file, target)
    return target
  }

  /** An absolute path without links; undefined when they go round in circles. */
  follow(absolute: string): string | undefined {
    let real: string[] = []
    const pending = absolute.split('/').reverse()
    for (let links = 0; pending.length > 0;) {
      const part = pending.pop()
      if (part === undefined || part === '' || part === '.') continue
      if (part === '..') {
        real.pop()
        continue
      }
      const target = this.targetOf(`/${[...real, part].join('/')}`)
      if (target === undefined) {
        real.push(part)
        continue
      }
      links += 1
      if (links > LINKS_LIMIT) return undefined
      if (target.startsWith('/')) real = []
      pending.push(...target.split('/').reverse())
    }
    return `/${real.join('/')}`
  }

  #readLink(file: string): string | undefined {
    const place = placeOn(this.#machine, file)
    try {
      const isLink = lstatSync(place, { throwIfNoEntry: false })?.isSymbolicLink() === true
      return isLink ? readlinkSync(place) : undefined
    } catch (error) {
      this.#failed(file, error)
      return undefined
    }
  }
}
