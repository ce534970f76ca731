/** What `autoruns` answers: one finding for each program that a definition starts. Arguments, environments and texts of definitions have no place here. */
import { z } from 'zod'
import type { LineOptions, ModuleAnswer } from '../contract.ts'
import { fact, maskFacts } from '../facts.ts'
import { printableName } from '../support/file-name.ts'
import { KINDS } from './start.ts'

/** What a responder looks at first. */
export const FLAGS = ['missing', 'writable', 'unowned', 'modified', 'temporary'] as const
export type Flag = (typeof FLAGS)[number]

const fileFacts = z.strictObject({
  path: fact.path,
  /** Beside names that are not UTF-8: their bytes. */
  file64: fact.path.optional(),
  /** Where links lead; all below is of the file there. */
  real: fact.path.optional(),
  owner: fact.name.optional(),
  uid: z.int().min(0).optional(),
  /** As Go prints it: `-rw-r--r--`. */
  mode: fact.word.optional(),
  size: z.int().min(0).optional(),
  /** As Go prints it, in UTC. */
  lastmodified: fact.time.optional(),
  /** Upper case. */
  sha256: fact.digest.optional(),
  package: fact.name.optional(),
  flags: z.array(z.enum(FLAGS)),
})
export type FileFacts = z.infer<typeof fileFacts>

export const finding = z.strictObject({
  kind: z.enum(KINDS),
  name: fact.name,
  /** The file, or registry key, that says so. */
  definition: fileFacts,
  line: z.int().min(1).optional(),
  /** Absent where the definition itself is what runs, or does not tell. */
  executable: fileFacts.optional(),
  /** As its definition writes it: `30 3 * * *`, `Mon *-*-* 00:00:00 Europe/Berlin`. Masked as a name, because its words may be any, and tell where. */
  schedule: fact.name.optional(),
  /** As what starts it calls it: `static`, `loaded`. */
  state: fact.word.optional(),
  /** Absent where it depends on what else starts. */
  enabled: z.boolean().optional(),
  user: fact.name.optional(),
})
export type Finding = z.infer<typeof finding>

export const elements = z.strictObject({ entries: z.array(finding) })
export type Elements = z.infer<typeof elements>

const count = z.int().min(0)
export const statistics = z.strictObject({
  /** All that start by themselves, of the kinds asked for. */
  entriescount: count,
  totalhits: count,
  /** Which package manager was asked whose the files are. */
  packagemanager: fact.word.optional(),
  /** A Go duration: `1.234s`. */
  exectime: fact.duration,
})
export type Statistics = z.infer<typeof statistics>

export const arrange = (findings: readonly Finding[]): Elements => ({ entries: [...findings] })

/** For hosts in extra privacy mode: numbers of users tell who, as their names do. */
export function mask({ entries }: Elements): Elements {
  const nameless = entries.map(({ definition, executable, ...rest }) => ({
    ...rest,
    definition: withoutUid(definition),
    ...(executable === undefined ? {} : { executable: withoutUid(executable) }),
  }))
  return elements.parse(maskFacts(elements, { entries: nameless }))
}

function withoutUid(facts: FileFacts): FileFacts {
  const rest = { ...facts }
  delete rest.uid
  return rest
}

export function lines(
  { elements: { entries }, statistics: told }: ModuleAnswer<Elements, Statistics>,
  { foundOnly }: LineOptions,
): readonly string[] {
  const found = entries.map(lineOf)
  if (foundOnly) return found
  const none = entries.length === 0 ? ['0 match found'] : []
  const { entriescount, totalhits, exectime } = told ?? {}
  const summary =
    told === undefined
      ? []
      : [
          `Statistics: ${entriescount ?? 0} entries, ${totalhits ?? 0} matched, ran in ${exectime ?? ''}.`,
        ]
  return [...found, ...none, ...summary]
}

function lineOf(entry: Finding): string {
  const { kind, name, definition, line, executable } = entry
  const place = `${definition.path}${line === undefined ? '' : `:${line}`}`
  const words = [
    `${kind} '${printableName(name)}'`,
    `in ${printableName(place)}${bracket(definition)}`,
    ...(executable === undefined
      ? []
      : [`starts ${printableName(executable.path)}${bracket(executable)}`]),
  ]
  return [words.join(' '), ...circumstances(entry)].join(', ')
}

function circumstances({ schedule, state, enabled, user }: Finding): readonly string[] {
  return [
    ...(user === undefined ? [] : [`as ${printableName(user)}`]),
    ...(schedule === undefined ? [] : [`at '${printableName(schedule)}'`]),
    ...(state === undefined ? [] : [`state ${state}`]),
    ...(enabled === undefined ? [] : [enabled ? 'starts by itself' : 'does not start by itself']),
  ]
}

function bracket(facts: FileFacts): string {
  const { real, owner, mode, lastmodified, sha256, flags } = facts
  const parts = [
    ...(real === undefined ? [] : [`real:${printableName(real)}`]),
    ...(owner === undefined ? [] : [`owner:${printableName(owner)}`]),
    ...(mode === undefined ? [] : [`mode:${mode}`]),
    ...(lastmodified === undefined ? [] : [`lastmodified:${lastmodified}`]),
    ...(facts.package === undefined ? [] : [`package:${printableName(facts.package)}`]),
    ...(sha256 === undefined ? [] : [`sha256:${sha256}`]),
    ...flags.map((flag) => flag.toUpperCase()),
  ]
  return parts.length === 0 ? '' : ` [${parts.join(', ')}]`
}
