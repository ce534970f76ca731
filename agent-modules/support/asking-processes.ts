/** Who holds what is looked for only because it is asked for: in memory this process and the agent that started it, on command lines those that a person typed it to. */
import { statSync } from 'node:fs'
import { placeOn, type Machine } from './machine.ts'

/** Whose memory holds the question. */
export const askingPids = (machine: Machine): ReadonlySet<number> =>
  new Set([process.pid, ...(isSameProgram(machine, process.ppid) ? [process.ppid] : [])])

function isSameProgram(machine: Machine, pid: number): boolean {
  try {
    const other = statSync(placeOn(machine, `/proc/${pid}/exe`))
    const own = statSync(process.execPath)
    return other.dev === own.dev && other.ino === own.ino
  } catch {
    // Ended, or of another user: then it is not an agent of ours.
    return false
  }
}

/** What processes tell of each other. */
export interface Family {
  parentOf(pid: number): number | undefined
  commandLineOf(pid: number): string | undefined
}

/**
 * Whose command line holds one of `words` because a person typed it to ask: this process, and its ancestors as far as they
 * hold all that was typed, as `sh -c`, sudo and npx. None in an agent, which learns its questions over the mesh.
 */
export function typedToPids(words: readonly string[], family: Family): ReadonlySet<number> {
  const typed = process.argv.slice(2)
  const pids = new Set<number>()
  if (!typed.some((argument) => words.some((word) => argument.includes(word)))) return pids
  let pid: number | undefined = process.pid
  while (pid !== undefined && !pids.has(pid)) {
    if (pid !== process.pid && !holdsAll(family.commandLineOf(pid) ?? '', typed)) break
    pids.add(pid)
    pid = family.parentOf(pid)
  }
  return pids
}

function holdsAll(commandLine: string, typed: readonly string[]): boolean {
  const bare = unquoted(commandLine)
  return typed.every((argument) => bare.includes(unquoted(argument)))
}

/** What a shell is given as one text has quotes, which what it starts has not. */
const unquoted = (text: string): string => text.replaceAll(/["'\\]/g, '')
