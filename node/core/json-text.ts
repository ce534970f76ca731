/** JSON that a person wrote, read so that nothing in it is lost. Not for signed bytes, whose form is stricter (bytes.ts). */

/** Where a reader would drop one of two keys; counted from 1. */
export interface TwiceKey {
  readonly key: string
  readonly line: number
  readonly column: number
}

/** @throws SyntaxError with the position, for what is no JSON and for a key that is there twice */
export function parseJsonText(text: string): unknown {
  const value = parseJson(text)
  const twice = findTwiceKey(text)
  if (twice === undefined) return value
  const { key, line, column } = twice
  const shown = JSON.stringify(key.slice(0, 64))
  throw new SyntaxError(`has the key ${shown} twice, at line ${line} column ${column}`)
}

function parseJson(text: string): unknown {
  if (text.trim() === '') throw new SyntaxError('is empty')
  try {
    return JSON.parse(text)
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new SyntaxError(`is not JSON: ${reason}`, { cause })
  }
}

/** The second of two equal keys of one object, which `JSON.parse` would silently let win. `text` is JSON already. */
export function findTwiceKey(text: string): TwiceKey | undefined {
  /** Keys of each object around the place, `undefined` for an array. */
  const open: (Set<string> | undefined)[] = []
  let isKeyNext = false
  for (const { at, token } of tokensOf(text)) {
    if (token === '{' || token === '[') open.push(token === '{' ? new Set() : undefined)
    if (token === '}' || token === ']') open.pop()
    const keys = open.at(-1)
    if (isKeyNext && keys !== undefined && token.startsWith('"')) {
      const key = String(JSON.parse(token))
      if (keys.has(key)) return { key, ...placeOf(text, at) }
      keys.add(key)
    }
    isKeyNext = token === '{' || token === ','
  }
  return undefined
}

interface Token {
  readonly at: number
  /** A bracket, a brace, a comma, or a string with its quotes. */
  readonly token: string
}

function* tokensOf(text: string): Generator<Token> {
  const starts = /["{}[\],]/g
  for (let found = starts.exec(text); found !== null; found = starts.exec(text)) {
    const { index: at } = found
    const isString = text.startsWith('"', at)
    if (isString) starts.lastIndex = endOfString(text, at)
    yield { at, token: isString ? text.slice(at, starts.lastIndex) : found[0] }
  }
}

/** Behind the quote that ends the string begun at `start`: one after an even number of backslashes. */
function endOfString(text: string, start: number): number {
  let at = text.indexOf('"', start + 1)
  while (at !== -1 && isEscaped(text, at)) at = text.indexOf('"', at + 1)
  return at === -1 ? text.length : at + 1
}

function isEscaped(text: string, at: number): boolean {
  let from = at
  while (text[from - 1] === '\\') from -= 1
  return (at - from) % 2 === 1
}

function placeOf(text: string, at: number): { line: number; column: number } {
  const before = text.slice(0, at).split('\n')
  return { line: before.length, column: (before.at(-1)?.length ?? 0) + 1 }
}
