/** What `log` answers: for each rule or expression and each log how many events, when, and values of metadata. Nothing undeclared here can leave a host. */
import { z } from 'zod'
import type { LineOptions } from '../contract.ts'
import { fact } from '../facts.ts'
import { printableName } from '../support/file-name.ts'
import { SOURCE_NAMES } from './sources.ts'

export const VALUES_LIMIT = 32
export const VALUE_LENGTH_LIMIT = 256

const count = z.int().min(0)

const valuesOf = <K extends string, V extends z.ZodString>(kind: K, value: V) =>
  z.strictObject({
    kind: z.literal(kind),
    /** As the rule or the parameters call it. */
    field: fact.label,
    /** The most frequent first. */
    values: z.array(z.strictObject({ value, count })).max(VALUES_LIMIT),
    /** Events whose value is none of these. */
    others: count,
  })

/** One field's values; `content` only where raw lines were asked for. */
const fieldValues = z.discriminatedUnion('kind', [
  valuesOf('name', fact.name),
  valuesOf('address', fact.address),
  valuesOf('path', fact.path),
  valuesOf('word', fact.word),
  valuesOf('content', fact.line),
])
export type FieldValues = z.infer<typeof fieldValues>

const found = z.strictObject({
  kind: z.enum(['rule', 'regex']),
  source: z.enum([...SOURCE_NAMES, 'file']),
  /** Of the file that is written now, its older ones included; absent for the journal. */
  log: fact.path.optional(),
  count,
  /** RFC 3339; absent where no event said its time. */
  first: fact.time.optional(),
  last: fact.time.optional(),
  fields: z.array(fieldValues),
  /** The first that were read; empty unless asked for. */
  lines: z.array(fact.line),
})
type Found = z.infer<typeof found>

export const finding = found.extend({
  /** The rule's title, or the expression. */
  search: fact.label,
})
export type Finding = z.infer<typeof finding>

export const elements = z.record(fact.label, z.array(found))
export type Elements = z.infer<typeof elements>

export const statistics = z.strictObject({
  /** Logs looked at, the journal among them. */
  logs: count,
  files: count,
  bytesread: count,
  journalentries: count,
  /** A Go duration: `1.234s`. */
  exectime: fact.duration,
})
export type Statistics = z.infer<typeof statistics>

/** By rule or expression. */
export function arrange(findings: readonly Finding[]): Elements {
  const all = new Map<string, Found[]>()
  for (const { search, ...rest } of findings) all.set(search, [...(all.get(search) ?? []), rest])
  return Object.fromEntries(all)
}

/** One line for each rule or expression and log, and below it the raw lines that were asked for. */
export function lines(
  answer: { elements: Elements; statistics?: Statistics | undefined },
  { foundOnly }: LineOptions,
): readonly string[] {
  const shown = Object.entries(answer.elements).flatMap(([search, all]) =>
    all
      .filter((each) => each.count > 0 || !foundOnly)
      .flatMap((each) => [
        lineOf(search, each),
        ...each.lines.map((line) => `  ${printable(line)}`),
        ...(each.lines.length > 0 && each.lines.length < each.count
          ? [`  and ${each.count - each.lines.length} more, not returned`]
          : []),
      ]),
  )
  if (foundOnly || answer.statistics === undefined) return shown
  const { logs, files, journalentries, exectime } = answer.statistics
  return [
    ...shown,
    `Statistics: ${logs} logs in ${files} files, ${journalentries} journal entries, ran in ${exectime}.`,
  ]
}

function lineOf(search: string, each: Found): string {
  const place = each.log === undefined ? each.source : `${each.source} ${printable(each.log)}`
  const { first, last } = each
  const times = first === undefined || last === undefined ? '' : `, ${first} to ${last}`
  const fields = each.fields.map(textOfField).map((text) => `; ${text}`)
  return `${each.count} events of ${each.kind} '${printable(search)}' in ${place}${times}${fields.join('')}`
}

function textOfField({ field, values, others }: FieldValues): string {
  const texts = values.map(({ value, count: times }) => `${printable(value)} (${times})`)
  return `${printable(field)}: ${[...texts, ...(others > 0 ? [`others (${others})`] : [])].join(', ')}`
}

const printable = printableName
