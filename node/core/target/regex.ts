/**
 * PostgreSQL's regular expressions on the linear-time engine. The part of the "advanced" syntax that means the same in both
 * is translated, all else is refused (back-references, lookaround, `\m \M \b`, options, collating elements). The same
 * text matches, except beyond ASCII: `\w \d \s \y` and `[[:alpha:]]` are ASCII here, and letters with three
 * cases (the Kelvin sign) match more without case.
 */
import { RE2JS, RE2JSException } from 're2js'
import { ValueError } from './value.ts'

/** Atoms after `{m,n}` is written out: bounds the work per character (400 of the worst kind cost 0.3 s on 15 KB). */
const EXPANDED_LIMIT = 1000
/** PostgreSQL's own limit on `{m,n}`. */
const REPEAT_LIMIT = 255
const BOUND = /\{(\d{1,3})(?:(,)(\d{1,3})?)?\}/y
const CLASS = /\[:(alnum|alpha|blank|cntrl|digit|graph|lower|print|punct|space|upper|xdigit):\]/y
const SPACE = '\\t\\n\\v\\f\\r '
/** Escapes outside brackets; `constraint` ones match no character and take no quantifier. */
const ESCAPES: ReadonlyMap<string, { readonly to: string; readonly constraint: boolean }> = new Map(
  [
    ...['d', 'D', 'w', 'W', 'n', 't', 'r', 'f', 'v', 'a'].map(
      (letter) => [letter, { to: `\\${letter}`, constraint: false }] as const,
    ),
    ['s', { to: `[${SPACE}]`, constraint: false }],
    ['S', { to: `[^${SPACE}]`, constraint: false }],
    ['y', { to: '\\b', constraint: true }],
    ['Y', { to: '\\B', constraint: true }],
    ['A', { to: '\\A', constraint: true }],
    ['Z', { to: '\\z', constraint: true }],
  ],
)

/** Compiles a pattern that matches anywhere in the text, `.` and `[^x]` matching newlines too. @throws ValueError */
export function compileRegex(pattern: string, insensitive: boolean): RE2JS {
  const flags = RE2JS.DOTALL | (insensitive ? RE2JS.CASE_INSENSITIVE : 0)
  try {
    return RE2JS.compile(new Translation(pattern).run(), flags)
  } catch (error) {
    if (error instanceof RE2JSException) throw bad(error.message)
    throw error
  }
}

/** What the last piece was, to know whether a quantifier may follow. */
type Last = 'nothing' | 'atom' | 'quantifier'

interface Group {
  /** Atoms so far, with bounds written out; and those of the last piece. */
  readonly before: number
  readonly atoms: number
}

/** One walk over one pattern. */
class Translation {
  readonly #pattern: string
  #at = 0
  #out = ''
  #last: Last = 'nothing'
  /** Expanded atoms of the open group, and of the piece that a quantifier would repeat. */
  #atoms = 0
  #piece = 0
  readonly #groups: Group[] = []

  constructor(pattern: string) {
    this.#pattern = pattern
  }

  run(): string {
    while (this.#at < this.#pattern.length) {
      this.#step()
      if (this.#atoms > EXPANDED_LIMIT) throw bad('too large')
    }
    if (this.#groups.length > 0) throw bad('parentheses () not balanced')
    return this.#out
  }

  #step(): void {
    const character = this.#take()
    if (character === '\\') this.#escape()
    else if (character === '[') this.#atom(this.#bracket())
    else if (character === '(') this.#open()
    else if (character === ')') this.#close()
    else if (character === '{') this.#bound()
    else if ('*+?'.includes(character)) this.#quantify(character, 1)
    else if ('|^$'.includes(character)) this.#plain(character)
    else if ('}]'.includes(character)) this.#atom(`\\${character}`)
    else this.#atom(character)
  }

  #take(): string {
    const character = String.fromCodePoint(this.#pattern.codePointAt(this.#at) ?? 0)
    this.#at += character.length
    return character
  }

  #plain(text: string): void {
    this.#out += text
    this.#last = 'nothing'
  }

  #atom(text: string, size = 1): void {
    this.#out += text
    this.#last = 'atom'
    this.#piece = size
    this.#atoms += size
  }

  #quantify(text: string, repeats: number): void {
    if (this.#last !== 'atom') throw bad(`nothing to repeat before ${text}`)
    const lazy = this.#pattern[this.#at] === '?' ? this.#take() : ''
    this.#out += text + lazy
    this.#atoms += this.#piece * (repeats - 1)
    this.#last = 'quantifier'
  }

  #bound(): void {
    if (!/\d/.test(this.#pattern[this.#at] ?? '')) {
      this.#atom('\\{')
      return
    }
    BOUND.lastIndex = this.#at - 1
    const [text, low, comma, high] = BOUND.exec(this.#pattern) ?? []
    const least = Number(low)
    const most = high === undefined ? least : Number(high)
    if (text === undefined || Math.max(least, most) > REPEAT_LIMIT || most < least) {
      throw bad('invalid repetition count')
    }
    this.#at += text.length - 1
    this.#quantify(text, Math.max(1, most + (comma !== undefined && high === undefined ? 1 : 0)))
  }

  #open(): void {
    if (this.#pattern[this.#at] === '?') {
      if (this.#pattern[this.#at + 1] !== ':') throw bad('(?...) is supported only as (?:...)')
      this.#at += 2
    }
    // A plain group needs no capture: only whether there is a match counts.
    this.#out += '(?:'
    this.#groups.push({ before: this.#atoms, atoms: this.#piece })
    this.#atoms = 0
    this.#last = 'nothing'
  }

  #close(): void {
    const group = this.#groups.pop()
    if (group === undefined) throw bad('parentheses () not balanced')
    const size = Math.max(1, this.#atoms)
    this.#atoms = group.before
    this.#atom(')', size)
  }

  #escape(): void {
    if (this.#at === this.#pattern.length) throw bad('invalid escape \\ at the end')
    const character = this.#take()
    const known = ESCAPES.get(character)
    if (known !== undefined) {
      if (known.constraint) this.#plain(known.to)
      else this.#atom(known.to)
    } else this.#atom(escapedLiteral(character))
  }

  /** A bracket expression from after its `[`: items one by one, because the two syntaxes differ in what a range may touch. */
  #bracket(): string {
    let out = '['
    if (this.#pattern[this.#at] === '^') out += this.#take()
    const start = this.#at
    while (this.#at === start || this.#pattern[this.#at] !== ']') {
      if (this.#at >= this.#pattern.length) throw bad('brackets [] not balanced')
      out += this.#item(this.#at === start)
    }
    this.#at++
    return `${out}]`
  }

  #item(first: boolean): string {
    if (this.#pattern[this.#at] === '-' && !first && this.#pattern[this.#at + 1] !== ']') {
      throw bad('- in brackets must come first or last')
    }
    const low = this.#member()
    const next = this.#pattern[this.#at + 1]
    if (this.#pattern[this.#at] !== '-' || next === ']' || next === undefined) return low.text
    this.#at++
    const high = this.#member()
    if (low.isClass || high.isClass || low.text === '\\-' || high.text === '\\-')
      throw bad('invalid character range')
    return `${low.text}-${high.text}`
  }

  #member(): { readonly text: string; readonly isClass: boolean } {
    CLASS.lastIndex = this.#at
    const [named] = CLASS.exec(this.#pattern) ?? []
    if (named !== undefined) {
      this.#at += named.length
      return { text: named, isClass: true }
    }
    const character = this.#take()
    if (character === '[' && /[.:=]/.test(this.#pattern[this.#at] ?? '')) {
      throw bad('unknown class in brackets')
    }
    if (character === '\\') return this.#memberEscape()
    return { text: /[[\]^&~-]/.test(character) ? `\\${character}` : character, isClass: false }
  }

  #memberEscape(): { readonly text: string; readonly isClass: boolean } {
    if (this.#at === this.#pattern.length) throw bad('invalid escape \\ at the end')
    const character = this.#take()
    if (character === 's') return { text: SPACE, isClass: true }
    if (character === 'd' || character === 'w') return { text: `\\${character}`, isClass: true }
    if (/[ntrfva]/.test(character)) return { text: `\\${character}`, isClass: false }
    return { text: escapedLiteral(character), isClass: false }
  }
}

function escapedLiteral(character: string): string {
  if (/[!-/:-@[-^`{-~ ]/.test(character)) return `\\${character}`
  throw bad(`\\${character} is not supported`)
}

const bad = (reason: string): ValueError => new ValueError(`invalid regular expression: ${reason}`)
