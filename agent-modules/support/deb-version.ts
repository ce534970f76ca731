/** Orders versions of Debian packages (deb-version(7)): `1:2.3~rc1-4`. */

/** Negative when `one` is older, 0 when they are equal, as 1.0 and 1.00 are. */
export function compareDebVersions(one: string, other: string): number {
  const first = parts(one)
  const second = parts(other)
  return (
    comparePart(first.epoch, second.epoch) ||
    comparePart(first.upstream, second.upstream) ||
    comparePart(first.revision, second.revision)
  )
}

function parts(version: string): { epoch: string; upstream: string; revision: string } {
  const colon = version.indexOf(':')
  const dash = version.lastIndexOf('-')
  const end = dash > colon ? dash : version.length
  return {
    epoch: version.slice(0, Math.max(0, colon)),
    upstream: version.slice(colon + 1, end),
    revision: version.slice(end + 1),
  }
}

/** Text and number in turns: text by letter, numbers by value. */
function comparePart(one: string, other: string): number {
  const first = runs(one)
  const second = runs(other)
  for (let index = 0; index < Math.max(first.length, second.length); index += 1) {
    const [text = '', digits = ''] = first[index] ?? []
    const [otherText = '', otherDigits = ''] = second[index] ?? []
    const order = compareText(text, otherText) || compareDigits(digits, otherDigits)
    if (order !== 0) return order
  }
  return 0
}

const runs = (part: string): string[][] =>
  [...part.matchAll(/([^0-9]*)([0-9]*)/g)].map(([, text = '', digits = '']) => [text, digits])

function compareText(one: string, other: string): number {
  for (let index = 0; index < Math.max(one.length, other.length); index += 1) {
    const order = weigh(one[index]) - weigh(other[index])
    if (order !== 0) return order
  }
  return 0
}

/** A tilde comes before the end, the end before letters, letters before all else. */
function weigh(character: string | undefined): number {
  if (character === undefined) return 0
  if (character === '~') return -1
  return character.charCodeAt(0) + (/[A-Za-z]/.test(character) ? 0 : 256)
}

/** Digits by value, however many there are. */
export function compareDigits(one: string, other: string): number {
  const first = one.replace(/^0+/, '')
  const second = other.replace(/^0+/, '')
  return first.length - second.length || compareBytes(first, second)
}

export const compareBytes = (one: string, other: string): number =>
  one === other ? 0 : one < other ? -1 : 1
