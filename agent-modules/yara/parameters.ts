/** The parameters of `yara`: rules, and what to hold them against. MIG's `filesearch` becomes the search that it means. */
import { z } from 'zod'
import { ParameterError } from '../contract.ts'
import { probes as probesOfFiles, search, type Search } from '../file/parameters.ts'
import { parsePattern } from '../support/pattern-filter.ts'
import { filters, listOf } from '../support/search-parameters.ts'
import { parseFileSearch } from './argv.ts'
import { countRules, secrecyOf } from './secrecy.ts'

/** More than any signed action can carry; `-t local` carries them nowhere. */
const RULES_SIZE_LIMIT = 1024 * 1024
const FILESEARCH_SIZE_LIMIT = 32 * 1024
const PIDS_LIMIT = 256
const HIGHEST_PID = 2 ** 22

const rules = z
  .string()
  .min(1)
  .max(RULES_SIZE_LIMIT)
  .refine((source) => countRules(source) > 0, { error: 'holds no rule' })
  .refine((source) => !/\bimport\s*"console"/.test(source), {
    error: 'imports console, which prints where nobody reads it',
  })

/** A process is wanted by its name or by its number; without either, all are. */
const processes = z.strictObject({
  names: filters(parsePattern),
  pids: listOf(z.int().min(1).max(HIGHEST_PID), PIDS_LIMIT),
})
export type ProcessChoice = z.infer<typeof processes>

export interface Parameters {
  readonly yara: string
  readonly files: Search | undefined
  readonly processes: ProcessChoice | undefined
}

const filesearch = z
  .string()
  .min(1)
  .max(FILESEARCH_SIZE_LIMIT)
  .transform((text, context): Search | undefined => {
    try {
      return parseFileSearch(text)
    } catch (error) {
      if (!(error instanceof ParameterError)) throw error
      context.addIssue({ code: 'custom', message: error.message })
      return z.NEVER
    }
  })

export const parameters: z.ZodType<Parameters> = z
  .strictObject({
    yara: rules,
    filesearch: filesearch.nullish(),
    files: search.nullish(),
    processes: processes.nullish(),
  })
  .transform(({ yara, filesearch: found, files, processes: chosen }, context): Parameters => {
    const refuse = (message: string): void => {
      context.addIssue({ code: 'custom', message })
    }
    if (found != null && files != null) refuse('filesearch and files say the same thing: give one')
    if (found == null && files == null && chosen == null)
      refuse('needs something to scan: filesearch (-files), files, or processes (-pname, -pid)')
    return { yara, files: found ?? files ?? undefined, processes: chosen ?? undefined }
  })

/** Bits that one answer tells of one file: of the rules, and of contents in the search for it. */
export const probes = ({ yara, files }: Parameters): number =>
  secrecyOf(countRules(yara)).bits +
  (files === undefined ? 0 : probesOfFiles({ searches: { files } }))
