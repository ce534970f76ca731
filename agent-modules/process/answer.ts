/** What `process` answers: one finding per process and search. Nothing undeclared here can leave a host. */
import { z } from 'zod'
import { fact, maskFacts } from '../facts.ts'
import { byLabel, withoutHits, type Echo } from '../support/by-label.ts'
import { FILTER_KINDS, FILTER_KEYS, type Parameters, type Search } from './parameters.ts'

const texts = z.array(fact.label).optional()

/** The filters a process was found by, as written in the parameters. */
const filterLists = z.strictObject({
  pids: texts,
  ppids: texts,
  users: texts,
  starts: texts,
  names: texts,
  parents: texts,
  paths: texts,
  deleted: z.boolean().optional(),
  envs: texts,
  cmdlines: texts,
  sha2: texts,
})
type FilterLists = z.infer<typeof filterLists>

/** What may be told of one process: which pattern hit its command line would be a way to read that. */
const namedFilters = filterLists.omit({ cmdlines: true })
export type NamedHits = z.infer<typeof namedFilters>

const count = z.int().min(0)
/** Fields that a system does not tell are absent. */
const processFields = z.strictObject({
  pid: count,
  ppid: count,
  name: fact.name,
  /** The file it runs; absent for kernel threads, and where it is not ours to see. */
  path: fact.path.optional(),
  /** That file is gone, or there is another one in its place. */
  deleted: z.boolean().optional(),
  /** Whose rights it has. */
  user: fact.name.optional(),
  /** RFC 3339. */
  started: fact.time.optional(),
  /** As `ps` prints it: `S`, `R`, `Z`. */
  state: fact.word.optional(),
  threads: count.optional(),
  /** Bytes of memory. */
  resident: count.optional(),
  /** Upper case, as in `file`. */
  sha256: fact.digest.optional(),
  /** Names of environment variables by which it was found. */
  envs: z.array(fact.name).optional(),
})

export const finding = z.strictObject({
  /** The label of the search. */
  search: fact.label,
  process: processFields,
  /** Not found itself: shown because it started, at whatever remove, one that was. */
  isancestor: z.literal(true).optional(),
  /** Where one filter is enough (matchany): those that hit, those on command lines left out. */
  checks: namedFilters.optional(),
})
export type Finding = z.infer<typeof finding>

const foundProcess = z.strictObject({
  process: processFields,
  isancestor: z.literal(true).optional(),
  search: z.strictObject({
    ...filterLists.shape,
    options: z.strictObject({ matchall: z.boolean(), tree: z.boolean() }),
  }),
})
export type FoundProcess = z.infer<typeof foundProcess>

export const elements = z.record(fact.label, z.array(foundProcess))
export type Elements = z.infer<typeof elements>

export const statistics = z.strictObject({
  processcount: count,
  totalhits: count,
  /** Of executables, to hash them. */
  bytesread: count,
  /** A Go duration: `1.234s`. */
  exectime: fact.duration,
})
export type Statistics = z.infer<typeof statistics>

export const arrange = (findings: readonly Finding[], { searches }: Parameters): Elements =>
  byLabel(findings, searches, { filtersOf, foundBy })

function foundBy(
  { process, isancestor, checks }: Finding,
  search: Search,
  echo: Echo<Search, FilterLists>,
): FoundProcess {
  const { matchall, tree } = search.options
  const lists = isancestor === true ? {} : (checks ?? echo(search))
  return {
    process,
    ...(isancestor === true ? { isancestor } : {}),
    search: { ...lists, options: { matchall, tree } },
  }
}

function filtersOf(search: Search): FilterLists {
  const lists: FilterLists = {}
  for (const kind of FILTER_KINDS) {
    const [first] = search[FILTER_KEYS[kind]]
    if (first === undefined) continue
    if (kind === 'deleted') lists.deleted = first === 'true'
    else lists[FILTER_KEYS[kind]] = search[FILTER_KEYS[kind]]
  }
  return lists
}

/** For hosts in extra privacy mode: that something was found, not what it is called, nor by which of several names. */
export const mask = (all: Elements): Elements =>
  withoutHits(elements.parse(maskFacts(elements, all)))
