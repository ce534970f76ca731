/** The parameters of `pkg`, in MIG's JSON shape, and bounds on versions. */
import { z } from 'zod'
import type { InstalledPackage } from '../support/packages/package.ts'
import { parseVersionConstraint } from '../support/packages/version-constraint.ts'
import { Pattern } from '../support/pattern.ts'

const PATTERNS_LIMIT = 256
const PATTERN_LENGTH_LIMIT = 8192
const BOUNDS_LIMIT = 8

const pattern = z.string().min(1).max(PATTERN_LENGTH_LIMIT)

const isPattern = (source: string): boolean => {
  try {
    new Pattern(source)
    return true
  } catch {
    return false
  }
}
const NO_PATTERN = { error: 'must be a regular expression (Go/RE2 syntax)' }

/** `!REGEX`: what does not match. */
const invertible = (text: string): { source: string; isInverted: boolean } =>
  text.startsWith('!')
    ? { source: text.slice(1), isInverted: true }
    : { source: text, isInverted: false }

const bound = z.string().refine((text) => parseVersionConstraint(text) !== undefined, {
  error: 'must be a version behind <, <=, =, >= or >',
})

export const parameters = z.strictObject({
  pkgmatch: z.strictObject({
    matches: z.array(pattern.refine(isPattern, NO_PATTERN)).min(1).max(PATTERNS_LIMIT),
  }),
  /** MIG's console writes an empty one where none was asked for. */
  vermatch: z
    .string()
    .max(PATTERN_LENGTH_LIMIT)
    .refine((text) => isPattern(invertible(text).source), NO_PATTERN)
    .nullish(),
  /** One, or several that must all hold. */
  vercompare: z
    .union([bound.transform((one) => [one]), z.array(bound).max(BOUNDS_LIMIT)])
    .nullish(),
  returninstalled: z.boolean().nullish(),
})
export type Parameters = z.infer<typeof parameters>

export interface PackageFilter {
  hasName(name: string): boolean
  hasVersion(installed: InstalledPackage): boolean
}

export function compileFilter({ pkgmatch, vermatch, vercompare }: Parameters): PackageFilter {
  const names = pkgmatch.matches.map((source) => new Pattern(source))
  const matchesVersion = versionTest(vermatch ?? '')
  const bounds = (vercompare ?? []).flatMap((text) => parseVersionConstraint(text) ?? [])
  return {
    hasName: (name) => names.some((each) => each.test(name)),
    hasVersion: (installed) =>
      matchesVersion(installed.version) && bounds.every((holds) => holds(installed)),
  }
}

function versionTest(vermatch: string): (version: string) => boolean {
  if (vermatch === '') return () => true
  const { source, isInverted } = invertible(vermatch)
  const pattern = new Pattern(source)
  return (version) => pattern.test(version) !== isInverted
}
