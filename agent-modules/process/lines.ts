/** What a person reads of `process`: a line for each process found, in a tree where that was asked for. */
import type { LineOptions, ModuleAnswer } from '../contract.ts'
import { printableName } from '../support/file-name.ts'
import type { Elements, FoundProcess, Statistics } from './answer.ts'
import { FILTER_KEYS, FILTER_KINDS } from './parameters.ts'
import { inTree } from './tree.ts'

/** Deeper ones are not indented further: who starts processes that start processes must not fill a screen. */
const INDENT_LIMIT = 24

export function lines(
  { elements, statistics }: ModuleAnswer<Elements, Statistics>,
  { foundOnly }: LineOptions,
): readonly string[] {
  const found = Object.entries(elements).flatMap(([label, all]) =>
    all.length === 0 && !foundOnly
      ? [`0 match found in search '${printableName(label)}'`]
      : linesOf(label, all),
  )
  if (foundOnly || statistics === undefined) return found
  const { processcount, totalhits, exectime } = statistics
  return [
    ...found,
    `Statistics: ${processcount} processes checked, ${totalhits} matched, ran in ${exectime}.`,
  ]
}

function linesOf(label: string, all: readonly FoundProcess[]): readonly string[] {
  const isTree = all[0]?.search.options.tree === true
  return isTree
    ? inTree(all).map(({ one, depth }) => `${branch(depth)}${lineOf(label, one)}`)
    : all.map((one) => lineOf(label, one))
}

const branch = (depth: number): string =>
  depth === 0 ? '' : `${'  '.repeat(Math.min(depth, INDENT_LIMIT) - 1)}\\_ `

function lineOf(label: string, { process, isancestor, search }: FoundProcess): string {
  const { pid, ppid, name, path, user, started, state, threads, resident, sha256, envs } = process
  const facts = [
    `pid:${pid}`,
    `ppid:${ppid}`,
    ...(path === undefined ? [] : [`name:${name}`]),
    ...(user === undefined ? [] : [`user:${user}`]),
    ...(state === undefined ? [] : [`state:${state}`]),
    ...(started === undefined ? [] : [`started:${started}`]),
    ...(threads === undefined ? [] : [`threads:${threads}`]),
    ...(resident === undefined ? [] : [`resident:${resident}`]),
    ...(process.deleted === true ? ['deleted'] : []),
    ...(sha256 === undefined ? [] : [`sha256:${sha256}`]),
    ...(envs === undefined ? [] : [`envs:${envs.join(' ')}`]),
  ]
  const place = printableName(`${path ?? name} [${facts.join(', ')}]`)
  return isancestor === true
    ? `${place} (ancestor)`
    : `${place} in search '${printableName(label)}'${hitsOf(search)}`
}

function hitsOf(search: FoundProcess['search']): string {
  if (search.options.matchall) return ''
  const hits = FILTER_KINDS.flatMap((kind) =>
    [search[FILTER_KEYS[kind]] ?? []]
      .flat()
      .map((value) => `${kind}='${printableName(String(value))}'`),
  )
  return hits.length === 0 ? '' : ` on checks ${hits.join(' ')}`
}
