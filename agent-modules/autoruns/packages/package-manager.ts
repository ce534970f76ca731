/** What a package manager tells of files: whose they are, and the hash it recorded. */
import type { HostFiles } from '../host-files.ts'

export interface RecordedDigest {
  /** As node:crypto names it. */
  readonly algorithm: string
  /** Lower case. */
  readonly hex: string
}

export interface Owned {
  readonly package: string
  /** Absent where the package manager keeps none for this file. */
  readonly digest?: RecordedDigest | undefined
}

/** The files asked for, by all paths that a package manager may call them; each leads to its path without links. */
export type Wanted = ReadonlyMap<string, string>

export interface PackageManager {
  readonly name: string
  /** Files or directories, one of which hosts with it have. */
  readonly marks: readonly string[]
  /** Undefined when it does not say. */
  owners(host: HostFiles, wanted: Wanted): Promise<ReadonlyMap<string, Owned> | undefined>
}
