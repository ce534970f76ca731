/** jsonb as PostgreSQL reads into it and prints it. Not for what is in an agent's environment (record.ts). */
import { jsonNumberText, syntaxError } from './decimal.ts'
import type { Json, JsonStep } from './value.ts'
import { ValueError } from './value.ts'
import type { JsonValue } from './record.ts'
import { isStorableJson } from './record.ts'

const STRINGS_OF_JSON = /"(?:[^"\\]|\\.)*"/g
const NUMBERS_OF_JSON = /-?\d[\d.eE+-]*/g

/** A jsonb literal. Numbers must be as JavaScript prints them, because a double would change others. @throws ValueError */
export function parseJson(text: string): Json {
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch {
    throw syntaxError(text, 'json')
  }
  if (!isStorableJson(json)) throw syntaxError(text, 'json')
  for (const number of text.replace(STRINGS_OF_JSON, '""').match(NUMBERS_OF_JSON) ?? []) {
    if (String(Number(number)) !== number)
      throw new ValueError(`number ${number} is not supported in JSON, write ${Number(number)}`)
  }
  return { kind: 'json', json }
}

/** What `->>` gives: a string's own characters, otherwise JSON; `null` for JSON's null, which becomes NULL. */
export function jsonAsText(json: JsonValue): string | null {
  if (json === null) return null
  return typeof json === 'string' ? json : jsonText(json)
}

/** jsonb as text: one space after `:` and `,`, keys by length, then by bytes. */
export function jsonText(json: JsonValue): string {
  if (typeof json === 'number') return jsonNumberText(json)
  if (typeof json !== 'object' || json === null) return JSON.stringify(json)
  if (isArray(json)) return `[${json.map(jsonText).join(', ')}]`
  const members = Object.entries(json)
    .map(([key, value]) => ({ bytes: new TextEncoder().encode(key), key, value }))
    .sort((left, right) => compareKeys(left.bytes, right.bytes))
    .map(({ key, value }) => `${JSON.stringify(key)}: ${jsonText(value)}`)
  return `{${members.join(', ')}}`
}

/** One step into JSON; `undefined` where PostgreSQL answers NULL. */
export function jsonMember(json: JsonValue, step: JsonStep): JsonValue | undefined {
  switch (step.by) {
    case 'key':
      return ofObject(json, step.key)
    case 'index':
      // jsonb keeps a lone scalar as an array of one, and `->` shows it.
      return ofArray(isScalar(json) && step.scalarIsArray ? [json] : json, step.index)
    case 'path':
      if (!isArray(json)) return ofObject(json, step.key)
      return /^\s*[-+]?\d{1,9}$/.test(step.key) ? ofArray(json, Number(step.key)) : undefined
  }
}

const isArray = (json: JsonValue): json is readonly JsonValue[] => Array.isArray(json)
const isScalar = (json: JsonValue): boolean => typeof json !== 'object' || json === null

function ofObject(json: JsonValue, key: string): JsonValue | undefined {
  if (typeof json !== 'object' || json === null || isArray(json)) return undefined
  return Object.hasOwn(json, key) ? json[key] : undefined
}

function ofArray(json: JsonValue, index: number): JsonValue | undefined {
  return isArray(json) ? json.at(index) : undefined
}

function compareKeys(left: Uint8Array, right: Uint8Array): number {
  if (left.length !== right.length) return left.length - right.length
  const at = left.findIndex((byte, index) => byte !== right[index])
  return at < 0 ? 0 : (left[at] ?? 0) - (right[at] ?? 0)
}

const ELEMENT =
  /\s*(?:"((?:[^"\\]|\\.)*)"|((?:[^\s"\\{},]|\\.)(?:(?:[^"\\{},]|\\.)*(?:[^\s"\\{},]|\\.))?))\s*(?:,|$)/sy

/** A text array literal of one dimension, `{a,"b c"}`, as the paths of `#>` are. @throws ValueError */
export function parseTextArray(text: string): readonly string[] {
  const body = /^\s*\{(.*)\}\s*$/s.exec(text)?.[1]
  if (body === undefined) throw malformedArray(text)
  if (body.trim() === '') return []
  const elements: string[] = []
  let ended = false
  for (ELEMENT.lastIndex = 0; !ended;) {
    const match = ELEMENT.exec(body)
    const [whole = '', quoted, bare] = match ?? []
    if (match === null || bare?.toUpperCase() === 'NULL') throw malformedArray(text)
    elements.push((quoted ?? bare ?? '').replace(/\\(.)/gs, '$1'))
    ended = !whole.endsWith(',')
  }
  return elements
}

const malformedArray = (text: string): ValueError =>
  new ValueError(`malformed path: ${JSON.stringify(text.slice(0, 40))}, write '{a,b}'`)
