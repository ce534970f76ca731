/** The parameters of `pkg`, in MIG's JSON shape, and bounds on versions. */
import { z } from 'zod'
import type { InstalledPackage } from '../support/packages/package.ts'
import { parseVersionConstraint } from '../support/packages/version-constraint.ts'
import { parseInvertible, parsePattern } from '../support/pattern-filter.ts'
import { parsed } from '../support/search-parameters.ts'

const PATTERNS_LIMIT = 256
const PATTERN_LENGTH_LIMIT = 8192
const BOUNDS_LIMIT = 8

const text = z.string().max(PATTERN_LENGTH_LIMIT)

const bound = z.string().refine((text) => parseVersionConstraint(text) !== undefined, {
  error: 'must be a version behind <, <=, =, >= or >',
})

export const parameters = z.strictObject({
  pkgmatch: z.strictObject({
    matches: z
      .array(parsed(text.min(1), parsePattern))
      .min(1)
      .max(PATTERNS_LIMIT),
  }),
  /** MIG's console writes an empty one where none was asked for. */
  vermatch: parsed(text, parseInvertible).nullish(),
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
  const names = pkgmatch.matches.map(parsePattern)
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
  const { pattern, inverse } = parseInvertible(vermatch)
  return (version) => pattern.test(version) !== inverse
}
