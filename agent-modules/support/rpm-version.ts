/** Orders versions of RPM packages, `epoch:version-release`, as rpm does (rpm-version(7)). */
import { compareBytes, compareDigits } from './deb-version.ts'

export interface RpmVersion {
  readonly epoch: string
  readonly version: string
  /** Absent where it was not given. */
  readonly release: string | undefined
}

export function parseRpmVersion(text: string): RpmVersion {
  const [, epoch = '', rest = ''] = /^(?:([0-9]*):)?(.*)$/s.exec(text) ?? []
  const dash = rest.lastIndexOf('-')
  return {
    epoch: epoch === '' ? '0' : epoch,
    version: dash < 0 ? rest : rest.slice(0, dash),
    release: dash < 0 ? undefined : rest.slice(dash + 1),
  }
}

/** Negative when `one` is older. Without a release it is older than with one. */
export function compareRpmVersions(one: string, other: string): number {
  const first = parseRpmVersion(one)
  const second = parseRpmVersion(other)
  return (
    compareRpmParts(first.epoch, second.epoch) ||
    compareRpmParts(first.version, second.version) ||
    compareReleases(first.release, second.release)
  )
}

function compareReleases(one: string | undefined, other: string | undefined): number {
  if (one === undefined || other === undefined)
    return Number(one !== undefined) - Number(other !== undefined)
  return compareRpmParts(one, other)
}

/** One epoch, version or release: numbers and words in turns, `~` before the end, `^` after it; what separates them does not count. */
export function compareRpmParts(one: string, other: string): number {
  const first = segments(one)
  const second = segments(other)
  for (let index = 0; index < Math.max(first.length, second.length); index += 1) {
    const order = compareSegments(first[index], second[index])
    if (order !== 0) return order
  }
  return 0
}

const segments = (part: string): readonly string[] => part.match(/[0-9]+|[A-Za-z]+|~|\^/g) ?? []

function compareSegments(one: string | undefined, other: string | undefined): number {
  if (one === other) return 0
  if (one === '~' || other === '~') return one === '~' ? -1 : 1
  // Against the end, one that has more is newer; `^` is more than the end, and less than anything else.
  if (one === undefined || other === undefined) return one === undefined ? -1 : 1
  if (one === '^' || other === '^') return one === '^' ? -1 : 1
  return compareRuns(one, other)
}

/** Two runs of digits or of letters: a number is newer than a word. */
export function compareRuns(one: string, other: string): number {
  const isNumber = /^[0-9]/.test(one)
  if (isNumber !== /^[0-9]/.test(other)) return isNumber ? 1 : -1
  return isNumber ? compareDigits(one, other) : compareBytes(one, other)
}
