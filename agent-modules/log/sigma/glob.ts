/** A value of a Sigma rule with its wildcards (Sigma specification 2.0, Escaping), as a test of texts or as a regular expression. */
import type { Text } from '../event.ts'

/** `*`: any text, also none. */
const ANY = Symbol('*')
/** `?`: one character. */
const ONE = Symbol('?')
export type Glob = readonly (string | typeof ANY | typeof ONE)[]

export type Anchoring = 'equals' | 'contains' | 'startswith' | 'endswith'
export type TextTest = (text: Text) => boolean

const WILDCARDS: Readonly<Record<string, typeof ANY | typeof ONE>> = { '*': ANY, '?': ONE }

/** A backslash stands for itself, but before a wildcard or another backslash. */
export function parseGlob(value: string, anchoring: Anchoring): Glob {
  const parts: (string | typeof ANY | typeof ONE)[] = []
  const add = (part: string | typeof ANY | typeof ONE): void => {
    const last = parts.at(-1)
    if (typeof part === 'string' && typeof last === 'string') parts[parts.length - 1] = last + part
    else if (part !== ANY || last !== ANY) parts.push(part)
  }
  if (anchoring === 'contains' || anchoring === 'endswith') add(ANY)
  for (const [token] of value.matchAll(/\\[\\*?]|[\s\S]/gu))
    add(token.length === 2 && token.startsWith('\\') ? token.slice(1) : (WILDCARDS[token] ?? token))
  if (anchoring === 'contains' || anchoring === 'startswith') add(ANY)
  return parts
}

/** A test without a regular expression, which nearly all values are; undefined for the others. */
export function plainTest(glob: Glob, isCased: boolean): TextTest | undefined {
  const texts = glob.filter((part) => typeof part === 'string')
  if (texts.length > 1 || glob.includes(ONE)) return undefined
  const wanted = isCased ? (texts[0] ?? '') : (texts[0] ?? '').toLowerCase()
  const read = (text: Text): string => (isCased ? text.raw : text.folded)
  const [isOpenBefore, isOpenBehind] = [glob[0] === ANY, glob.at(-1) === ANY]
  if (isOpenBefore && isOpenBehind) return (text) => read(text).includes(wanted)
  if (isOpenBefore) return (text) => read(text).endsWith(wanted)
  if (isOpenBehind) return (text) => read(text).startsWith(wanted)
  return (text) => read(text) === wanted
}

/** The same in RE2 syntax. */
export function globPattern(glob: Glob, isCased: boolean): string {
  const body = glob.map((part) =>
    typeof part === 'string' ? quoted(part) : part === ANY ? '.*' : '.',
  )
  return `(?s${isCased ? '' : 'i'})^${body.join('')}$`
}

const quoted = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|-]/g, '\\$&')
