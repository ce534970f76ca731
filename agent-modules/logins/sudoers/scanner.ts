/**
 * A place in a sudoers file that goes on form by form. What the forms mean is in grammar.ts and members.ts.
 *
 * DEV NOTE. Whoever may write sudoers must not keep a run from being stopped. So each character of a form can be read in one way alone (what can be read in
 * two is tried in both, again for each that follows), what may fail and be tried again is short, and texts and lists have limits.
 */

/** A name that is longer than an answer's is none. */
export const WORD = String.raw`(?:[^#>!=:,() \t\r\n\\"]|\\[^\t\n]){1,1024}`

const BLANK = /(?:[ \t]|\\[ \t]*\r?\n)+/y
const EMPTY_LINES = /(?:[ \t]*(?:#(?!-?[0-9]|include)[^\n]*)?\r?\n)+/y
const END = /(?:#(?!-?[0-9])[^\n]*)?(?:\r?\n|$)/y
const LINE_REST = /(?:\\[ \t]*\r?\n|#(?!-?[0-9])[^\n]*|[^\n])*\n?/y
const QUOTED = /"(?<text>(?:\\[ \t]*\r?\n|\\[^\r\n]|[^"\\\r\n])+)"/y
const NOT = /!+/y
const COMMA = /,/y

/** Members of one statement. Real ones have some hundred. */
const MEMBERS_LIMIT = 5000
/** The longest that hosts have are lists of variables to keep. */
const TEXT_LIMIT = 16 * 1024

/** What cannot be read, or is too long, ends a statement. */
export class Unreadable extends Error {}

export class Scanner {
  readonly #text: string
  #at = 0
  #members = 0

  constructor(text: string) {
    this.#text = text
  }

  /** At the next line that holds something; false at the end. */
  beginStatement(): boolean {
    this.#members = 0
    this.accept(EMPTY_LINES)
    return this.#at < this.#text.length
  }

  /** Nothing but a comment is left of the line. */
  isAtLineEnd(): boolean {
    this.accept(BLANK)
    return this.accept(END) !== undefined
  }

  skipStatement(): void {
    this.accept(LINE_REST)
  }

  list<T>(one: () => T, separator = COMMA): readonly T[] {
    const found = []
    do {
      this.#members += 1
      if (this.#members > MEMBERS_LIMIT) throw new Unreadable()
      found.push(one())
    } while (this.skipTo(separator) !== undefined)
    return found
  }

  isNegated(): boolean {
    return (this.skipTo(NOT)?.[0].length ?? 0) % 2 === 1
  }

  quoted(): string | undefined {
    const text = this.skipTo(QUOTED)?.groups?.['text']
    return text === undefined ? undefined : unescape(text.replace(/\\[ \t]*\r?\n[ \t]*/g, ''))
  }

  end(): void {
    this.expect(END)
  }

  expect(form: RegExp): RegExpExecArray {
    const match = this.skipTo(form)
    if (match === undefined) throw new Unreadable()
    return match
  }

  skipTo(form: RegExp): RegExpExecArray | undefined {
    this.accept(BLANK)
    return this.accept(form)
  }

  accept(form: RegExp): RegExpExecArray | undefined {
    form.lastIndex = this.#at
    const match = form.exec(this.#text) ?? undefined
    if (match !== undefined) this.#at = form.lastIndex
    return match
  }
}

/** @throws Unreadable for what is too long */
export function unescape(text: string): string {
  if (text.length > TEXT_LIMIT) throw new Unreadable()
  return text.replace(/\\(?:x([0-9A-Fa-f]{2})|([^]))/g, (_, hex: string | undefined, one = '') =>
    hex === undefined ? String(one) : String.fromCharCode(Number.parseInt(hex, 16)),
  )
}
