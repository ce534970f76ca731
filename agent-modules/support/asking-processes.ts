/** Whose memory holds what is looked for because they ask for it: this process, and the agent that started it. */
import { statSync } from 'node:fs'
import { placeOn, type Machine } from './machine.ts'

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
