/** The condition of a Sigma rule: which selections must hold, and which must not (Sigma specification 2.0, Condition). */
import { RuleError } from './rule-error.ts'

export type Condition =
  | { readonly kind: 'selection'; readonly name: string }
  | { readonly kind: 'not'; readonly of: Condition }
  | { readonly kind: 'and' | 'or'; readonly of: readonly Condition[] }

const PLACE = 'detection.condition'
const TOKENS_LIMIT = 1024
const DEPTH_LIMIT = 64
const TOKEN_FORM = /[()|]|[^\s()|]+/g
const QUANTIFIERS: ReadonlyMap<string, 'and' | 'or'> = new Map([
  ['1', 'or'],
  ['all', 'and'],
])

/** @throws RuleError */
export function parseCondition(text: string, selections: readonly string[]): Condition {
  return new Parsing(text, selections).whole()
}

/** Whether it holds, when `holds` says which selections do. */
export function evaluate(condition: Condition, holds: (selection: string) => boolean): boolean {
  switch (condition.kind) {
    case 'selection':
      return holds(condition.name)
    case 'not':
      return !evaluate(condition.of, holds)
    case 'and':
      return condition.of.every((part) => evaluate(part, holds))
    case 'or':
      return condition.of.some((part) => evaluate(part, holds))
  }
}

/** By descent, in the order of binding: or, and, not, x of, parentheses. */
class Parsing {
  readonly #tokens: readonly { readonly text: string; readonly at: number }[]
  readonly #selections: readonly string[]
  #next = 0
  #depth = 0

  constructor(text: string, selections: readonly string[]) {
    this.#tokens = [...text.matchAll(TOKEN_FORM)].map((match) => ({
      text: match[0],
      at: match.index + 1,
    }))
    this.#selections = selections
    if (this.#tokens.length > TOKENS_LIMIT) throw new RuleError(PLACE, 'is too long')
  }

  whole(): Condition {
    const condition = this.#any()
    if (this.#peek() !== '') this.#refuse('is not expected here')
    return condition
  }

  #any(): Condition {
    const parts = [this.#all()]
    while (this.#take('or')) parts.push(this.#all())
    return joined('or', parts)
  }

  #all(): Condition {
    const parts = [this.#one()]
    while (this.#take('and')) parts.push(this.#one())
    return joined('and', parts)
  }

  #one(): Condition {
    this.#depth += 1
    if (this.#depth > DEPTH_LIMIT) throw new RuleError(PLACE, 'is too deep')
    const condition = this.#take('not') ? this.#negated() : this.#operand()
    this.#depth -= 1
    return condition
  }

  #negated(): Condition {
    return { kind: 'not', of: this.#one() }
  }

  #operand(): Condition {
    if (this.#take('(')) {
      const condition = this.#any()
      if (!this.#take(')')) this.#refuse('is not expected here: a parenthesis is not closed')
      return condition
    }
    if (this.#peek(1).toLowerCase() === 'of') return this.#quantified()
    const name = this.#peek()
    if (!this.#selections.includes(name)) this.#refuse('is no selection of this rule')
    this.#next += 1
    return { kind: 'selection', name }
  }

  #quantified(): Condition {
    const kind = QUANTIFIERS.get(this.#peek().toLowerCase())
    if (kind === undefined) this.#refuse('cannot stand before "of": 1 or all can')
    this.#next += 2
    const names = this.#selections.filter(nameTest(this.#peek()))
    if (names.length === 0) this.#refuse('stands for no selection of this rule')
    this.#next += 1
    return joined(
      kind,
      names.map((name) => ({ kind: 'selection', name })),
    )
  }

  #peek(ahead = 0): string {
    return this.#tokens[this.#next + ahead]?.text ?? ''
  }

  #take(word: string): boolean {
    const isThere = this.#peek().toLowerCase() === word
    if (isThere) this.#next += 1
    return isThere
  }

  #refuse(why: string): never {
    const token = this.#tokens[this.#next]
    if (token === undefined) throw new RuleError(PLACE, 'ends too soon')
    const reason = token.text === '|' ? 'begins an aggregation, which is not read here' : why
    throw new RuleError(PLACE, `${JSON.stringify(token.text)} at character ${token.at} ${reason}`)
  }
}

const joined = (kind: 'and' | 'or', of: readonly Condition[]): Condition => {
  const [only] = of
  return of.length === 1 && only !== undefined ? only : { kind, of }
}

/** `them` is every selection, `sel*` those of such names; those that begin with `_` only when asked for so. */
function nameTest(pattern: string): (name: string) => boolean {
  const glob = pattern.toLowerCase() === 'them' ? '*' : pattern
  const [first = '', ...rest] = glob.split('*')
  return (name) => {
    if (name.startsWith('_') && !glob.startsWith('_')) return false
    if (rest.length === 0) return name === first
    return name.startsWith(first) && holdsInOrder(name.slice(first.length), rest)
  }
}

/** Whether the parts follow one another in `text`, the last of them at its end. */
function holdsInOrder(text: string, parts: readonly string[]): boolean {
  let from = 0
  for (const part of parts.slice(0, -1)) {
    const found = text.indexOf(part, from)
    if (found < 0) return false
    from = found + part.length
  }
  return text.slice(from).endsWith(parts.at(-1) ?? '')
}
