/** What `file` answers: one finding per file and search, and MIG's arrangement of them. Nothing undeclared here can leave a host. */
import { z } from 'zod'
import { printableName } from '../support/file-name.ts'
import type { LineOptions } from '../contract.ts'
import { fact } from '../facts.ts'
import { byLabel, type Echo } from '../support/by-label.ts'
import { FILTER_KEYS, FILTER_KINDS, type Parameters, type Search } from './parameters.ts'

const texts = z.array(fact.label).optional()

/** The filters a file was found by, as written in the parameters. */
const filterLists = z.strictObject({
  names: texts,
  sizes: texts,
  modes: texts,
  mtimes: texts,
  contents: texts,
  bytes: texts,
  md5: texts,
  sha1: texts,
  sha2: texts,
  sha3: texts,
})
type FilterLists = z.infer<typeof filterLists>

/** What may be told of one file: which contents or byte strings hit would be a way to read it. */
const namedHits = filterLists.omit({ contents: true, bytes: true })
export type NamedHits = z.infer<typeof namedHits>

const fileFields = {
  file: fact.path,
  /** Beside names that are not UTF-8: their bytes. */
  file64: fact.path.optional(),
}
const infoFields = {
  size: z.int().min(0),
  /** As Go prints it: `-rw-r--r--`. */
  mode: fact.word,
  /** As Go prints it, in UTC: `2016-07-05 15:32:42 +0000 UTC`. */
  lastmodified: fact.time,
  /** Upper case. */
  sha256: fact.digest.optional(),
}

export const finding = z.strictObject({
  /** The label of the search. */
  search: fact.label,
  ...fileFields,
  ...infoFields,
  /** Where one filter is enough (matchany): those that hit, contents and byte strings left out. */
  checks: namedHits.optional(),
})
export type Finding = z.infer<typeof finding>

const foundFile = z.strictObject({
  ...fileFields,
  search: z.strictObject({
    ...filterLists.shape,
    options: z.strictObject({ matchall: z.boolean() }),
  }),
  fileinfo: z.strictObject(infoFields),
})
type FoundFile = z.infer<typeof foundFile>

export const elements = z.record(fact.label, z.array(foundFile))
export type Elements = z.infer<typeof elements>

const count = z.int().min(0)
export const statistics = z.strictObject({
  /** Regular files and links looked at. */
  filescount: count,
  openfailed: count,
  totalhits: count,
  /** A Go duration: `1.234s`. */
  exectime: fact.duration,
  bytesread: count,
  /** Links to files outside the paths searched: not followed. */
  linksoutside: count,
  /** Files that were gone when they were to be looked at. */
  vanished: count,
})
export type Statistics = z.infer<typeof statistics>

export const arrange = (findings: readonly Finding[], { searches }: Parameters): Elements =>
  byLabel(findings, searches, { filtersOf, foundBy })

function foundBy(found: Finding, search: Search, echo: Echo<Search, FilterLists>): FoundFile {
  return {
    file: found.file,
    ...(found.file64 === undefined ? {} : { file64: found.file64 }),
    search: {
      ...(found.checks ?? echo(search)),
      options: { matchall: search.options.matchall },
    },
    fileinfo: {
      size: found.size,
      mode: found.mode,
      lastmodified: found.lastmodified,
      ...(found.sha256 === undefined ? {} : { sha256: found.sha256 }),
    },
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
export function mask(all: Elements): Elements {
  return Object.fromEntries(
    Object.entries(all).map(([name, files]) => [
      name,
      files.map(({ search, fileinfo }) => ({
        file: 'masked',
        search: search.options.matchall ? search : { options: search.options },
        fileinfo,
      })),
    ]),
  )
}

/** MIG's lines. */
export function lines(
  answer: { elements: Elements; statistics?: Statistics | undefined },
  { foundOnly }: LineOptions,
): readonly string[] {
  const found = Object.entries(answer.elements).flatMap(([name, files]) =>
    files.length === 0 && !foundOnly
      ? [`0 match found in search '${printableName(name)}'`]
      : files.map((file) => lineOf(name, file)),
  )
  if (foundOnly || answer.statistics === undefined) return found
  const { filescount, openfailed, totalhits, exectime } = answer.statistics
  return [
    ...found,
    `Statistics: ${filescount} files checked, ${openfailed} failed to open, ${totalhits} matched, ran in ${exectime}.`,
  ]
}

function lineOf(name: string, { file, search, fileinfo }: FoundFile): string {
  const { lastmodified, mode, size, sha256: digest } = fileinfo
  const hash = digest === undefined ? '' : `, sha256:${digest}`
  const place = `${printableName(file)} [lastmodified:${lastmodified}, mode:${mode}, size:${size}${hash}]`
  const checks = FILTER_KINDS.flatMap((kind) =>
    (search[FILTER_KEYS[kind]] ?? []).map((value) => `${kind}='${printableName(value)}'`),
  )
  const hits =
    search.options.matchall || checks.length === 0 ? '' : ` on checks ${checks.join(' ')}`
  return `${place} in search '${printableName(name)}'${hits}`
}
