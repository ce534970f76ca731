/** The machine a module asks: this one, or in tests a folder that looks like one and recorded outputs of programs. */
import path from 'node:path'
import { UnsupportedError } from '../contract.ts'
import { runProgram, type ProgramOptions, type ProgramOutcome } from './program.ts'

export interface Machine {
  readonly platform: NodeJS.Platform
  /** Put before every absolute path; empty on a real machine. */
  readonly root: string
  run(name: string, args: readonly string[], options: ProgramOptions): Promise<ProgramOutcome>
}

export const thisMachine: Machine = { platform: process.platform, root: '', run: runProgram }

/** Where an absolute path of the machine is for us. */
export const placeOn = ({ root }: Machine, absolute: string): string =>
  root === '' ? absolute : path.join(root, absolute)

/** @throws UnsupportedError always: said where a platform has no answer, never an empty one. */
export function unsupportedHere(what: string, { platform }: Pick<Machine, 'platform'>): never {
  throw new UnsupportedError(`${what}: unsupported on this platform (${platform})`)
}
