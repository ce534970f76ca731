/** LIKE and letter case, as PostgreSQL does both under the locale C.UTF-8. Not for regular expressions (regex.ts). */
import { ValueError } from './value.ts'

const BROKEN_PATTERN = 'a LIKE pattern must not end with \\'

/** One element of a LIKE pattern: `%`, `_`, a character that stands for itself, or a backslash with nothing after it. */
type Element =
  | { readonly kind: 'many' | 'one' | 'broken' }
  | { readonly kind: 'literal'; readonly character: string }

/** `_` is one code point, `%` any number, a backslash takes what follows literally. @throws ValueError when it gets to a backslash at the end */
export function isLike(text: string, pattern: string): boolean {
  const characters = Array.from(text)
  const elements = readPattern(pattern)
  let at = 0
  let element = 0
  // Where to go on after a mismatch: the last `%` swallows one more character.
  let retryAt = -1
  let retryElement = -1
  while (at < characters.length) {
    const current = elements[element]
    if (current?.kind === 'many') {
      retryElement = ++element
      retryAt = at
    } else if (current !== undefined && isOne(current, characters[at])) {
      at++
      element++
    } else if (retryElement >= 0) {
      at = ++retryAt
      element = retryElement
    } else return false
  }
  return elements.slice(element).every(({ kind }) => kind === 'many')
}

/** Refuses a pattern that could fail on some text. @throws ValueError for a backslash at the end */
export function checkLike(pattern: string): void {
  if (readPattern(pattern).at(-1)?.kind === 'broken') throw new ValueError(BROKEN_PATTERN)
}

/** Character by character: no character becomes two, and none depends on its neighbours. */
export function toLower(text: string): string {
  return mapCharacters(text, (character) => character.toLowerCase())
}

export function toUpper(text: string): string {
  return mapCharacters(text, (character) => character.toUpperCase())
}

function readPattern(pattern: string): readonly Element[] {
  const characters = Array.from(pattern)
  const elements: Element[] = []
  for (let i = 0; i < characters.length; i++) {
    const character = characters[i] ?? ''
    if (character === '%') elements.push({ kind: 'many' })
    else if (character === '_') elements.push({ kind: 'one' })
    else elements.push(literal(character === '\\' ? characters[++i] : character))
  }
  return elements
}

const literal = (character: string | undefined): Element =>
  character === undefined ? { kind: 'broken' } : { kind: 'literal', character }

function isOne(element: Element, character: string | undefined): boolean {
  if (element.kind === 'broken') throw new ValueError(BROKEN_PATTERN)
  return element.kind === 'one' || (element.kind === 'literal' && element.character === character)
}

function mapCharacters(text: string, map: (character: string) => string): string {
  return Array.from(text, (character) => {
    const mapped = map(character)
    // U+0130 is the one letter whose simple lower case differs from the full one's length.
    if (character === '\u0130' && mapped !== character) return 'i'
    return Array.from(mapped).length === 1 ? mapped : character
  }).join('')
}
