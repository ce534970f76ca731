/** What the readers of package databases have in common: the question, and what a package is. */
import type { Machine } from '../machine.ts'
import type { SoftErrors } from '../soft-errors.ts'

export const PACKAGE_TYPES = [
  'dpkg',
  'rpm',
  'apk',
  'pacman',
  'brew',
  'pkgutil',
  'app',
  'windows',
] as const
export type PackageType = (typeof PACKAGE_TYPES)[number]

export interface InstalledPackage {
  readonly name: string
  /** As its own tools print it, with epoch and release. */
  readonly version: string
  readonly type: PackageType
  /** `unknown` where its database does not say. */
  readonly arch: string
  /** The source package it was built from, where that has a name of its own. */
  readonly source?: string | undefined
  /** RFC 3339, when this version was put there; a date alone where no more is known. */
  readonly installed?: string | undefined
}

export interface PackageQuery {
  readonly machine: Machine
  readonly signal: AbortSignal
  /** Asked by name first, so that no more is read of the others. */
  readonly wants: (name: string) => boolean
  /** Whether `installed` is wanted: dpkg's takes longer to look up than all the rest. */
  readonly wantsTimes: boolean
  readonly errors: SoftErrors
}

/** One package examined, or undefined: nothing yet. Each is a moment to pause. */
export type PackageStep = InstalledPackage | 'unwanted' | undefined

export interface PackageDatabase {
  readonly type: string
  isOn(machine: Machine): boolean
  packages(query: PackageQuery): Iterable<PackageStep> | AsyncIterable<PackageStep>
}

/** RFC 3339 of seconds since the epoch; undefined when it is no such number. */
export function timeOfSeconds(seconds: number): string | undefined {
  if (!Number.isInteger(seconds) || seconds <= 0 || seconds > 253_402_300_799) return undefined
  return `${new Date(seconds * 1000).toISOString().slice(0, 19)}Z`
}
