/** One process as the checks see it: what was listed, and, read once and only when a check asks, the rest. */
import type { Digests, Executables } from './executables.ts'
import type { Part, ProcessHost, ProcessRecord } from './host.ts'

export interface SubjectInit {
  readonly host: ProcessHost
  readonly executables: Executables
  readonly parent: ProcessRecord | undefined
}

export class Subject {
  readonly record: ProcessRecord
  readonly parent: ProcessRecord | undefined
  readonly #init: SubjectInit
  #digests: Digests | undefined
  #commandLine: { readonly part: Part<Buffer> | undefined } | undefined
  #environmentNames: { readonly part: Part<readonly string[]> | undefined } | undefined

  constructor(record: ProcessRecord, init: SubjectInit) {
    this.record = record
    this.parent = init.parent
    this.#init = init
  }

  get commandLine(): Part<Buffer> | undefined {
    this.#commandLine ??= { part: this.#init.host.commandLine(this.record.pid) }
    return this.#commandLine.part
  }

  get environmentNames(): Part<readonly string[]> | undefined {
    this.#environmentNames ??= { part: this.#init.host.environmentNames(this.record.pid) }
    return this.#environmentNames.part
  }

  /** Hashes the file that it runs, for `digest`. */
  async readDigests(): Promise<void> {
    this.#digests ??= await this.#init.executables.digestsOf(this.record)
  }

  /** Lower-case hex; empty when it runs no file, undefined when that cannot be told, or was not read. */
  digest(algorithm: string): string | undefined {
    return this.#digests && (this.#digests.get(algorithm) ?? '')
  }
}
