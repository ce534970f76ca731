/** Orders versions of Arch Linux packages, `epoch:version-release`, as pacman does (vercmp(8)). */
import { compareRuns, parseRpmVersion } from './rpm-version.ts'

/** Negative when `one` is older. Releases count where both have one. */
export function compareAlpmVersions(one: string, other: string): number {
  const first = parseRpmVersion(one)
  const second = parseRpmVersion(other)
  const order = comparePart(first.epoch, second.epoch) || comparePart(first.version, second.version)
  if (order !== 0 || first.release === undefined || second.release === undefined) return order
  return comparePart(first.release, second.release)
}

/** Separators count by how many there are: 1..0 is newer than 1.0. */
function comparePart(one: string, other: string): number {
  let [first, second] = [one, other]
  while (first !== '' && second !== '') {
    const next = split(first)
    const otherNext = split(second)
    if (next.run === '' || otherNext.run === '') return compareRests(next.run, otherNext.run)
    const order = next.separators - otherNext.separators || compareRuns(next.run, otherNext.run)
    if (order !== 0) return order
    first = next.rest
    second = otherNext.rest
  }
  return compareRests(first, second)
}

/** What is left when one has ended: a word makes it older, 1.0beta than 1.0, all else newer. */
function compareRests(one: string, other: string): number {
  if (one === '' && other === '') return 0
  const isOlder = (one === '' && !isWord(other)) || isWord(one)
  return isOlder ? -1 : 1
}

const isWord = (text: string): boolean => /^[A-Za-z]/.test(text)

function split(text: string): { separators: number; run: string; rest: string } {
  const [whole = '', separators = '', run = ''] =
    /^([^0-9A-Za-z]*)([0-9]+|[A-Za-z]*)/.exec(text) ?? []
  return { separators: separators.length, run, rest: text.slice(whole.length) }
}
