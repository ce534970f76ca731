/** The searches of an action, compiled: what a process is called and has loaded, and what is looked for in its memory. */
import { ByteHits } from '../support/byte-hits.ts'
import { parseBytes } from '../support/filters.ts'
import { parseInvertible } from '../support/pattern-filter.ts'
import type { Name } from '../support/file-name.ts'
import type { HitListener, Piece } from '../support/pattern-hits.ts'
import { parseContent, type Parameters, type Search } from './parameters.ts'

export interface NameCheck {
  readonly kind: 'name' | 'library'
  /** As written in the parameters. */
  readonly value: string
  /** Whether a process hits that is called, or has mapped, these. */
  matches(names: readonly Name[]): boolean
}

/** Looks at one process's memory as it comes. */
export interface Scanner {
  feed(piece: Piece, hit: HitListener): void
  /** The memory that can be read ends, or has a gap: whether that makes one more hit. */
  end(): boolean
}

export interface CompiledSearch {
  readonly label: string
  readonly options: Search['options']
  readonly names: readonly NameCheck[]
  readonly libraries: readonly NameCheck[]
  /** Each makes a scanner for one process, after the last one is done. */
  readonly contents: readonly (() => Scanner)[]
}

export const compileSearches = ({ searches }: Parameters): readonly CompiledSearch[] =>
  Object.entries(searches).map(([label, search]) => ({
    label,
    options: search.options,
    names: search.names.map((value) => nameCheck('name', value)),
    libraries: search.libraries.map((value) => nameCheck('library', value)),
    contents: [...search.contents.map(contentScanner), ...search.bytes.map(bytesScanner)],
  }))

function nameCheck(kind: NameCheck['kind'], value: string): NameCheck {
  const { pattern, inverse } = parseInvertible(value)
  return {
    kind,
    value,
    matches: (names) => names.some(({ text, raw }) => pattern.test(text, raw)) !== inverse,
  }
}

function contentScanner(text: string): () => Scanner {
  const pattern = parseContent(text)
  return () => pattern.findAll()
}

function bytesScanner(text: string): () => Scanner {
  const wanted = parseBytes(text)
  return () => new ByteHits(wanted)
}
