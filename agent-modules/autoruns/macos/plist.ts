/** Apple's property lists in XML, read strictly: what is not one is undefined, never half a one. */

export type PlistValue =
  string | number | boolean | readonly PlistValue[] | { readonly [key: string]: PlistValue }

const DEPTH_LIMIT = 32
const TOKEN =
  /\s*(?:<(?<open>dict|array)>|<\/(?<close>dict|array)>|<(?<empty>true|false|dict|array|string)\s*\/>|<(?<tag>key|string|integer|real|date|data)>(?<text>[^<]*)<\/\k<tag>>|<!--[^]*?-->)/gy
const ENTITIES: Readonly<Record<string, string>> = {
  amp: '&',
  lt: '<',
  gt: '>',
  quot: '"',
  apos: "'",
}

interface Token {
  readonly open?: string
  readonly close?: string
  readonly empty?: string
  readonly tag?: string
  readonly text?: string
}

/** The value of the list; no entities but XML's own five and numbers. */
export function parsePlist(xml: string): PlistValue | undefined {
  const body = /<plist[^>]*>([^]*)<\/plist>\s*$/.exec(xml)?.[1]
  if (body === undefined || /<!(?:ENTITY|\[CDATA\[)/.test(xml)) return undefined
  const reader = new Reader(body)
  const value = reader.value(0)
  return reader.isAtEnd ? value : undefined
}

class Reader {
  readonly #tokens: readonly Token[]
  readonly #isWhole: boolean
  #next = 0

  constructor(body: string) {
    const found = [...body.matchAll(TOKEN)]
    const last = found.at(-1)
    this.#isWhole = body.slice((last?.index ?? 0) + (last?.[0].length ?? 0)).trim() === ''
    this.#tokens = found.flatMap(({ 0: source, groups }) =>
      source.trimStart().startsWith('<!--') ? [] : [groups ?? {}],
    )
  }

  get isAtEnd(): boolean {
    return this.#isWhole && this.#next === this.#tokens.length
  }

  value(depth: number): PlistValue | undefined {
    const token = this.#tokens[this.#next]
    this.#next += 1
    if (token === undefined || depth > DEPTH_LIMIT) return undefined
    if (token.open === 'dict') return this.#dict(depth)
    if (token.open === 'array') return this.#array(depth)
    if (token.empty !== undefined) return emptyValue(token.empty)
    if (token.tag === 'integer' || token.tag === 'real') return Number(token.text)
    return token.tag === undefined || token.tag === 'key' ? undefined : decoded(token.text ?? '')
  }

  #dict(depth: number): PlistValue | undefined {
    const entries: [string, PlistValue][] = []
    while (this.#tokens[this.#next]?.tag === 'key') {
      const key = decoded(this.#tokens[this.#next]?.text ?? '')
      this.#next += 1
      const value = this.value(depth + 1)
      if (value === undefined) return undefined
      entries.push([key, value])
    }
    return this.#isClosed('dict') ? Object.fromEntries(entries) : undefined
  }

  #array(depth: number): PlistValue | undefined {
    const values: PlistValue[] = []
    while (this.#next < this.#tokens.length && this.#tokens[this.#next]?.close === undefined) {
      const value = this.value(depth + 1)
      if (value === undefined) return undefined
      values.push(value)
    }
    return this.#isClosed('array') ? values : undefined
  }

  #isClosed(what: string): boolean {
    const isClosed = this.#tokens[this.#next]?.close === what
    this.#next += 1
    return isClosed
  }
}

const emptyValue = (what: string): PlistValue =>
  what === 'dict' ? {} : what === 'array' ? [] : what === 'string' ? '' : what === 'true'

const decoded = (text: string): string =>
  text.replaceAll(/&(?:#\d{1,7}|#x[0-9a-fA-F]{1,6}|\w+);/g, (entity) => {
    const name = entity.slice(1, -1)
    if (!name.startsWith('#')) return ENTITIES[name] ?? entity
    const code = Number(name.startsWith('#x') ? `0${name.slice(1)}` : name.slice(1))
    return code <= 0x10ffff ? String.fromCodePoint(code) : entity
  })
