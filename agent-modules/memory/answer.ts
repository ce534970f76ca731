/** What `memory` answers: one finding per process and search, and MIG's arrangement of them. Nothing undeclared here can leave a host. */
import { z } from 'zod'
import type { LineOptions, ModuleAnswer } from '../contract.ts'
import { fact, maskFacts } from '../facts.ts'
import { byLabel, withoutHits, type Echo } from '../support/by-label.ts'
import { printableName } from '../support/file-name.ts'
import { FILTER_KEYS, FILTER_KINDS, type Parameters, type Search } from './parameters.ts'

const texts = z.array(fact.label).optional()

/** What may be told of one process where one filter is enough: which contents or byte strings hit would be a way to read it. */
const namedFilters = z.strictObject({ names: texts, libraries: texts })
export type NamedHits = z.infer<typeof namedFilters>

/** The filters a process was found by, as written in the parameters. */
const filterLists = namedFilters.extend({ contents: texts, bytes: texts })
type FilterLists = z.infer<typeof filterLists>

const count = z.int().min(0)
const processFields = z.strictObject({
  /** The path of its executable, as in MIG; its name where that has none, or is not ours to see. */
  name: fact.path,
  pid: count,
  /** Its executable is gone, or there is another one in its place. */
  deleted: z.literal(true).optional(),
})

/** A mapping with a hit: the page of a match, let alone its address, could be made to spell out what stands there. */
const place = z.strictObject({
  /** `0x7f12a000`: the address where it begins. */
  start: fact.word,
  /** `rw-p`. */
  permissions: fact.word,
  /** The file that is mapped there, or `[heap]`, `[stack]`; absent for other memory. */
  mapping: fact.path.optional(),
})
export type Place = z.infer<typeof place>

const hitFields = {
  /** Pages with a hit, up to 10,000 of each content and byte string, summed up (description.ts says what that can tell); present where some were asked. */
  hits: count.optional(),
  /** Counting ended before the memory did. */
  more: z.literal(true).optional(),
  /** The first mappings with such pages. */
  places: z.array(place).optional(),
}

export const finding = z.strictObject({
  /** The label of the search. */
  search: fact.label,
  process: processFields,
  ...hitFields,
  /** Where one filter is enough (matchany): those that hit, contents and byte strings left out. */
  checks: namedFilters.optional(),
})
export type Finding = z.infer<typeof finding>

const foundProcess = z.strictObject({
  process: processFields,
  search: z.strictObject({
    ...filterLists.shape,
    options: z.strictObject({ matchall: z.boolean() }),
  }),
  ...hitFields,
})
type FoundProcess = z.infer<typeof foundProcess>

export const elements = z.record(fact.label, z.array(foundProcess))
export type Elements = z.infer<typeof elements>

export const statistics = z.strictObject({
  processcount: count,
  /** Bytes. */
  memoryread: count,
  totalhits: count,
  /** Pages that could not be read. */
  failures: count,
  /** A Go duration: `1.234s`. */
  exectime: fact.duration,
})
export type Statistics = z.infer<typeof statistics>

export const arrange = (findings: readonly Finding[], { searches }: Parameters): Elements =>
  byLabel(findings, searches, { filtersOf, foundBy })

function foundBy(
  { process, checks, hits, more, places }: Finding,
  search: Search,
  echo: Echo<Search, FilterLists>,
): FoundProcess {
  return {
    process,
    search: {
      ...(checks ?? echo(search)),
      options: { matchall: search.options.matchall },
    },
    ...(hits === undefined ? {} : { hits }),
    ...(more === undefined ? {} : { more }),
    ...(places === undefined ? {} : { places }),
  }
}

function filtersOf(search: Search): FilterLists {
  const lists: FilterLists = {}
  for (const kind of FILTER_KINDS) {
    const key = FILTER_KEYS[kind]
    if (search[key].length > 0) lists[key] = search[key]
  }
  return lists
}

/** For hosts in extra privacy mode: that something was found, not what it is called, nor by which of several names. */
export const mask = (all: Elements): Elements =>
  withoutHits(elements.parse(maskFacts(elements, all)))

/** MIG's lines, with the hits behind. */
export function lines(
  answer: ModuleAnswer<Elements, Statistics>,
  { foundOnly }: LineOptions,
): readonly string[] {
  const found = Object.entries(answer.elements).flatMap(([label, all]) =>
    all.length === 0 && !foundOnly
      ? [`0 match found in search '${printableName(label)}'`]
      : all.map((one) => lineOf(label, one)),
  )
  if (foundOnly || answer.statistics === undefined) return found
  const { processcount, memoryread, totalhits, failures, exectime } = answer.statistics
  return [
    ...found,
    `Statistics: ${processcount} processes checked, ${memoryread} bytes read, ${failures} pages failed to read, ${totalhits} matched, ran in ${exectime}.`,
  ]
}

function lineOf(label: string, found: FoundProcess): string {
  const { process, search } = found
  const deleted = process.deleted === true ? ', deleted' : ''
  const checks = FILTER_KINDS.flatMap((kind) =>
    (search[FILTER_KEYS[kind]] ?? []).map((value) => `${kind}='${printableName(value)}'`),
  )
  const by = search.options.matchall || checks.length === 0 ? '' : ` on checks ${checks.join(' ')}`
  const who = `${printableName(process.name)} [pid:${process.pid}${deleted}]`
  return `${who} in search '${printableName(label)}'${by}${hitsOf(found)}`
}

function hitsOf({ hits, more, places = [] }: FoundProcess): string {
  if (hits === undefined) return ''
  const where = places.map(({ start, permissions, mapping }) =>
    printableName([start, permissions, ...(mapping === undefined ? [] : [mapping])].join(' ')),
  )
  const count = `, ${hits}${more === true ? ' or more' : ''} pages with hits`
  return where.length === 0 ? count : `${count}, in ${where.join(', ')}`
}
