/** What `yara` answers: names of files and processes, and of the rules they match; never what matched, or where (secrecy.ts). */
import { z } from 'zod'
import type { LineOptions, ModuleAnswer } from '../contract.ts'
import { fact } from '../facts.ts'
import { printableName } from '../support/file-name.ts'
import { ENGINE_NAMES } from './engine.ts'

const count = z.int().min(0)

/** MIG's keys are capitalised; those after the first two are ours. */
const match = z.strictObject({
  /** A file, or the program of a process. */
  Object: fact.path,
  /** Rules of the investigator, in alphabetic order. */
  MatchedRules: z.array(fact.label),
  /** It matches further rules, which are not named. */
  More: z.literal(true).optional(),
  /** Of the rules named, each once. */
  Tags: z.array(fact.label).optional(),
  /** Of a process. */
  PID: count.optional(),
  /** The program of a process is gone, or there is another one in its place. */
  Deleted: z.literal(true).optional(),
  /** Beside names of files that are not UTF-8: their bytes. */
  Object64: fact.path.optional(),
  Size: count.optional(),
  LastModified: fact.time.optional(),
  /** Upper case, where the search for files asks for it. */
  SHA256: fact.digest.optional(),
})

export const finding = match
export type Finding = z.infer<typeof finding>

export const elements = z.strictObject({ Matches: z.array(match) })
export type Elements = z.infer<typeof elements>

export const statistics = z.strictObject({
  /** What the rules were held against. */
  filescount: count,
  processescount: count,
  bytesread: count,
  totalhits: count,
  /** Files too large for the engine. */
  toolarge: count,
  openfailed: count,
  /** Files and processes that were gone when they were to be looked at. */
  vanished: count,
  engine: z.enum(ENGINE_NAMES),
  /** A Go duration: `1.234s`. */
  exectime: fact.duration,
})
export type Statistics = z.infer<typeof statistics>

export const arrange = (findings: readonly Finding[]): Elements => ({ Matches: [...findings] })

/** MIG's lines: `PATH [rule1,rule2]`. */
export function lines(
  { elements: { Matches }, statistics: counted }: ModuleAnswer<Elements, Statistics>,
  { foundOnly }: LineOptions,
): readonly string[] {
  const found = Matches.map(lineOf)
  if (foundOnly) return found
  const all = found.length === 0 ? ['no rule matched'] : found
  return counted === undefined ? all : [...all, summaryOf(counted)]
}

function lineOf({ Object: object, PID, Deleted, MatchedRules, More, SHA256 }: Finding): string {
  const deleted = Deleted === true ? ', deleted' : ''
  const pid = PID === undefined ? '' : ` (pid ${PID}${deleted})`
  const rules = [...MatchedRules, ...(More === true ? ['...'] : [])].map(printableName).join(',')
  const hash = SHA256 === undefined ? '' : ` sha256:${SHA256}`
  return `${printableName(object)}${pid} [${rules}]${hash}`
}

const summaryOf = (counted: Statistics): string =>
  `Statistics: ${counted.filescount} files and ${counted.processescount} processes scanned, ` +
  `${counted.totalhits} matched, ${counted.toolarge} too large, ${counted.openfailed} failed to open, ran in ${counted.exectime}.`
