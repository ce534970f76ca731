/** What `pkg` answers: packages in MIG's form, and how they are printed. */
import { z } from 'zod'
import type { LineOptions } from '../contract.ts'
import { fact } from '../facts.ts'
import { printableName } from '../support/file-name.ts'
import { PACKAGE_TYPES } from '../support/packages/package.ts'

export const finding = z.strictObject({
  name: fact.name,
  version: fact.version,
  type: z.enum(PACKAGE_TYPES),
  arch: fact.word,
  /** The source package, where the database tells. */
  source: fact.name.optional(),
  /** RFC 3339: when this version was put there; where that was asked, and the database tells. */
  installed: fact.time.optional(),
})
export type Finding = z.infer<typeof finding>

export const elements = z.strictObject({ packages: z.array(finding) })
export type Elements = z.infer<typeof elements>

export const statistics = z.strictObject({
  exectime: fact.duration,
  /** Packages of any name. */
  examined: z.int().min(0),
})
export type Statistics = z.infer<typeof statistics>

export const arrange = (findings: readonly Finding[]): Elements => ({ packages: [...findings] })

/** MIG's lines. */
export function lines(
  answer: { elements: Elements; statistics?: Statistics | undefined },
  { foundOnly }: LineOptions,
): readonly string[] {
  const found = answer.elements.packages.map(lineOf)
  if (foundOnly || answer.statistics === undefined) return found
  const { examined, exectime } = answer.statistics
  return [...found, `Statistics: ${examined} packages examined, runtime ${exectime}`]
}

const lineOf = ({ name, version, type, arch, source, installed }: Finding): string =>
  [
    `pkgmatch name=${printableName(name)} version=${printableName(version)} type=${type} arch=${arch}`,
    ...(source === undefined ? [] : [`source=${printableName(source)}`]),
    ...(installed === undefined ? [] : [`installed=${installed}`]),
  ].join(' ')
