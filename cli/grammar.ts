/**
 * MIG's flag grammar, which is that of Go's `flag` package: one dash or two for every flag, `-flag value`, `-flag=value`,
 * `-bool`, `-bool=false`. Commander knows no such grammar, so this pass goes before it. Values are never rewritten.
 */
import { MeshError } from '../node/core/errors.ts'
import { closest } from '../agent-modules/support/suggest.ts'

/** One flag as it is typed, without its dashes. */
export interface FlagShape {
  readonly name: string
  /** `value` takes an argument, `boolean` takes none (or `-flag=false`). */
  readonly kind: 'value' | 'boolean'
  readonly repeatable: boolean
}

export interface GivenFlag {
  readonly name: string
  /** As typed; of a boolean `true` or `false`. */
  readonly value: string
}

export interface Reading {
  readonly given: readonly GivenFlag[]
  readonly positionals: readonly string[]
  /** From where the reader stopped; empty when it read everything. */
  readonly rest: readonly string[]
}

export interface ReadOptions {
  /** Whose flags these are, for errors: `mig results`. */
  readonly owner: string
  readonly shapes: readonly FlagShape[]
  /** Where to stop instead of refusing: at a flag that is not among the shapes, or at the first word that is no flag. */
  readonly stopAt?: 'unknown-flag' | 'word'
}

/** Go's spellings of truth (strconv.ParseBool). */
const TRUE: ReadonlySet<string> = new Set(['1', 't', 'T', 'true', 'TRUE', 'True'])
const FALSE: ReadonlySet<string> = new Set(['0', 'f', 'F', 'false', 'FALSE', 'False'])
const FLAG = /^--?(?<name>[^-=][^=]*)(?:=(?<value>.*))?$/su

/** Reads flags and words in order. `--` ends the flags; a lone `-` is a word. @throws MeshError FLAG_INVALID */
export function readFlags(argv: readonly string[], options: ReadOptions): Reading {
  const given: GivenFlag[] = []
  const positionals: string[] = []
  for (let at = 0; at < argv.length; at += 1) {
    const token = argv[at] ?? ''
    if (token === '--')
      return { given, positionals: [...positionals, ...argv.slice(at + 1)], rest: [] }
    if (token === '-' || !token.startsWith('-')) {
      if (options.stopAt === 'word') return { given, positionals, rest: argv.slice(at) }
      positionals.push(token)
      continue
    }
    const flag = splitFlag(token)
    const shape = options.shapes.find(({ name }) => name === flag.name)
    if (shape === undefined) {
      if (options.stopAt === 'unknown-flag') return { given, positionals, rest: argv.slice(at) }
      throw unknownFlag(flag.name, options)
    }
    const { value, takesNext } = valueOf(shape, { typed: flag.value, next: argv[at + 1] })
    if (takesNext) at += 1
    requireOnce(shape, given)
    given.push({ name: shape.name, value })
  }
  return { given, positionals, rest: [] }
}

/** Flags from two places of one command line. @throws MeshError FLAG_INVALID when both have the same one */
export function mergeFlags(
  first: readonly GivenFlag[],
  second: readonly GivenFlag[],
  shapes: readonly FlagShape[],
): readonly GivenFlag[] {
  for (const { name } of second) {
    const shape = shapes.find((each) => each.name === name)
    if (shape !== undefined) requireOnce(shape, first)
  }
  return [...first, ...second]
}

/** Flags by name, in the order of their values, as modules take them. */
export function groupByName(given: readonly GivenFlag[]): ReadonlyMap<string, readonly string[]> {
  const groups = Map.groupBy(given, ({ name }) => name)
  return new Map([...groups].map(([name, all]) => [name, all.map(({ value }) => value)]))
}

/** The same flags in the one spelling that commander takes: `--name=value`, `--bool`; a boolean's last word counts. */
export function toCommander(given: readonly GivenFlag[], shapes: readonly FlagShape[]): string[] {
  const kinds = new Map(shapes.map(({ name, kind }) => [name, kind]))
  return [...Map.groupBy(given, ({ name }) => name)].flatMap(([name, all]) => {
    if (kinds.get(name) === 'value') return all.map(({ value }) => `--${name}=${value}`)
    return all.at(-1)?.value === 'true' ? [`--${name}`] : []
  })
}

function splitFlag(token: string): { name: string; value: string | undefined } {
  const { name, value } = FLAG.exec(token)?.groups ?? {}
  if (name === undefined) throw invalid(token, 'is not a flag: one dash or two, then its name')
  return { name, value }
}

function valueOf(
  shape: FlagShape,
  { typed, next }: { typed: string | undefined; next: string | undefined },
): { value: string; takesNext: boolean } {
  if (shape.kind === 'boolean') {
    return { value: String(truthOf(shape.name, typed ?? 'true')), takesNext: false }
  }
  if (typed !== undefined) return { value: typed, takesNext: false }
  // Whatever comes next is the value, also when it begins with a dash: -content '-----BEGIN'.
  if (next === undefined) throw invalid(`-${shape.name}`, 'needs a value')
  return { value: next, takesNext: true }
}

function truthOf(name: string, text: string): boolean {
  if (TRUE.has(text)) return true
  if (FALSE.has(text)) return false
  throw invalid(`-${name}`, `takes no value, or =true or =false, not ${JSON.stringify(text)}`)
}

/** Go lets the last one win; here nothing that a person typed is dropped silently. */
function requireOnce({ name, kind, repeatable }: FlagShape, given: readonly GivenFlag[]): void {
  if (kind === 'boolean' || repeatable || !given.some((each) => each.name === name)) return
  throw invalid(`-${name}`, 'is given twice')
}

function unknownFlag(name: string, { owner, shapes }: ReadOptions): MeshError {
  const near = closest(
    name,
    shapes.map((shape) => shape.name),
  )
  const hint = near === undefined ? '' : `; did you mean -${near}?`
  return invalid(`-${name}`, `is not a flag of ${owner}${hint}`)
}

const invalid = (flag: string, reason: string): MeshError =>
  new MeshError({ code: 'FLAG_INVALID', flag, reason })
