/** Symbolic links as the machine itself would follow them: never out of its root, and each looked at once. */
import { lstatSync, readlinkSync } from 'node:fs'
import { placeOn, type Machine } from '../support/machine.ts'

/** As Linux. */
const LINKS_LIMIT = 40
/** Folders and links on the way of one path; people go no deeper than some ten, and each takes longer than the one above. */
const STEPS_LIMIT = 256
/** Of a path that is too long to be told. */
const SHOWN_LENGTH = 64
/** Bytes of paths remembered: who makes one may make it long. */
const KNOWN_LIMIT = 16 * 1024 * 1024
/** What remembering a path takes beside its characters, of two bytes at most. */
const KNOWN_SIZE = 200

export class Links {
  readonly #machine: Machine
  readonly #failed: (place: string, error: unknown) => void
  /** Undefined for what is no link. */
  readonly #targets = new Map<string, string | undefined>()
  #knownBytes = 0
  #hasReported = false

  constructor(machine: Machine, failed: (place: string, error: unknown) => void) {
    this.#machine = machine
    this.#failed = failed
  }

  /** Where a link leads, as written; undefined for what is none. */
  targetOf(file: string): string | undefined {
    if (this.#targets.has(file)) return this.#targets.get(file)
    const target = this.#readLink(file)
    this.#remember(file, target)
    return target
  }

  /** An absolute path without links; undefined when they go round in circles, or too far. */
  follow(absolute: string): string | undefined {
    let real: string[] = []
    const pending = absolute.split('/').reverse()
    for (let links = 0, steps = 0; pending.length > 0; steps += 1) {
      if (steps > STEPS_LIMIT) {
        this.#reportFar(absolute)
        return undefined
      }
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

  /** Said once: there may be as many as somebody cares to make. */
  #reportFar(file: string): void {
    if (this.#hasReported) return
    this.#hasReported = true
    const reason = `leads through over ${STEPS_LIMIT} folders and links; such paths are not looked up`
    this.#failed(`${file.slice(0, SHOWN_LENGTH)}...`, new Error(reason))
  }

  #remember(file: string, target: string | undefined): void {
    this.#knownBytes += KNOWN_SIZE + 2 * (file.length + (target?.length ?? 0))
    if (this.#knownBytes > KNOWN_LIMIT) {
      this.#targets.clear()
      this.#knownBytes = 0
    }
    this.#targets.set(file, target)
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
