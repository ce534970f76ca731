/** A machine for tests of `autoruns`: asked through the module itself, so that every finding has passed its schema. */
import { chmodSync, mkdirSync } from 'node:fs'
import path from 'node:path'
import type { Finding } from '../../agent-modules/autoruns/answer.ts'
import { autorunsOn } from '../../agent-modules/autoruns/index.ts'
import type { Machine } from '../../agent-modules/support/machine.ts'
import { runModule } from '../laws/module.ts'
import { createMachine, type MachineInit, type TestMachine } from './machine.ts'

export interface StartMachineInit extends MachineInit {
  /** Files that somebody may run. */
  readonly programs755?: readonly string[]
}

export function createStartMachine(init: StartMachineInit): TestMachine {
  const programs = Object.fromEntries((init.programs755 ?? []).map((file) => [file, '#!/bin/sh\n']))
  const machine = createMachine({ ...init, files: { ...programs, ...init.files } })
  for (const program of init.programs755 ?? []) chmodSync(path.join(machine.root, program), 0o755)
  chmodSync(machine.root, 0o755)
  mkdirSync(path.join(machine.root, 'usr/bin'), { recursive: true })
  return machine
}

export interface Asked {
  readonly entries: readonly Finding[]
  readonly errors: readonly string[]
}

export async function ask(machine: Machine, parameters: object = {}): Promise<Asked> {
  const { findings, errors } = await runModule(autorunsOn(machine), parameters)
  return { entries: findings as readonly Finding[], errors }
}

/** What tests look at most: `kind name executable`. */
export const shortly = (entries: readonly Finding[]): readonly string[] =>
  entries.map(({ kind, name, executable }) =>
    [kind, name, ...(executable === undefined ? [] : [executable.path])].join(' '),
  )
