/** The text of a Sigma rule as plain data, bounded in depth and size. The one place that knows the YAML library, imported when first needed. */
import type { Node, Pair, Scalar } from 'yaml'
import { RuleError } from './rule-error.ts'

/** A scalar is a text just as it stands in the rule: a log says `0755` and `1.10`, not 493 and 1.1. */
export type Yaml = string | null | readonly Yaml[] | YamlMap
export type YamlMap = ReadonlyMap<string, Yaml>

export const isList = (value: Yaml | undefined): value is readonly Yaml[] => Array.isArray(value)

const DEPTH_LIMIT = 16
/** Counted as often as aliases repeat them. */
const NODES_LIMIT = 20_000

type Library = typeof import('yaml')
type Document = ReturnType<Library['parseDocument']>

/** @throws RuleError for what is not one YAML document of maps, lists and scalars. */
export async function parseYaml(text: string): Promise<Yaml> {
  // By its default: bundled, a CommonJS library has no names of its own.
  const { default: library } = await import('yaml')
  // A map's keys are compared here (readMap): the library would compare each with each.
  const lineCounter = new library.LineCounter()
  const settings = { uniqueKeys: false, version: '1.2', prettyErrors: false, lineCounter } as const
  const document = library.parseDocument(text, settings)
  const [problem] = [...document.errors, ...document.warnings]
  if (problem !== undefined) {
    const { line, col } = lineCounter.linePos(problem.pos[0])
    // One line, without what the library tells its callers to call instead.
    const what = problem.message.replaceAll(/\s+/g, ' ').replace(/; please use .*/, '')
    throw new RuleError('', `not YAML that is read here, line ${line}, column ${col}: ${what}`)
  }
  return new Reading(library, document).read(document.contents, '', 0)
}

/** To find what one stands for, the whole rule is walked. */
const ALIASES_LIMIT = 64

class Reading {
  readonly #library: Library
  readonly #document: Document
  #nodes = 0
  #aliases = 0

  constructor(library: Library, document: Document) {
    this.#library = library
    this.#document = document
  }

  read(node: Node | null | undefined, place: string, depth: number): Yaml {
    this.#nodes += 1
    if (depth > DEPTH_LIMIT || this.#nodes > NODES_LIMIT)
      throw new RuleError(place, 'is too deep or too large')
    const { isAlias, isMap, isScalar, isSeq } = this.#library
    if (node?.tag !== undefined) throw new RuleError(place, `the tag ${node.tag} is not read here`)
    if (isAlias(node)) {
      this.#aliases += 1
      if (this.#aliases > ALIASES_LIMIT) throw new RuleError(place, 'is too deep or too large')
      return this.read(node.resolve(this.#document), place, depth + 1)
    }
    if (isMap<Node, Node>(node)) return this.#readMap(node.items, place, depth)
    if (isSeq<Node>(node))
      return node.items.map((item, at) => this.read(item, `${place}[${at}]`, depth + 1))
    return isScalar(node) ? textOf(node) : null
  }

  #readMap(items: readonly Pair<Node, Node | null>[], place: string, depth: number): YamlMap {
    const map = new Map<string, Yaml>()
    for (const { key, value } of items) {
      const name = this.read(key, place, depth + 1)
      if (typeof name !== 'string') throw new RuleError(place, 'has a key that is not a text')
      const below = place === '' ? name : `${place}.${name}`
      if (map.has(name)) throw new RuleError(below, 'is there twice')
      map.set(name, this.read(value, below, depth + 1))
    }
    return map
  }
}

function textOf({ value, source }: Scalar): string | null {
  if (value === null || value === undefined) return null
  return typeof value === 'string' ? value : (source ?? JSON.stringify(value))
}
