/** A machine made for a test: a folder that holds its files, and what its programs print. */
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { Machine } from '../../agent-modules/support/machine.ts'
import type { ProgramOutcome } from '../../agent-modules/support/program.ts'

export interface MachineInit {
  readonly platform?: NodeJS.Platform
  /** Contents by absolute path. */
  readonly files?: Readonly<Record<string, string | Buffer>>
  /** Where symbolic links lead, by absolute path. */
  readonly links?: Readonly<Record<string, string>>
  /** What `name ARGS` prints, by the whole line; a number is its exit code. Others are missing. */
  readonly programs?: Readonly<Record<string, string | Buffer | number>>
}

export interface TestMachine extends Machine, Disposable {
  /** The command lines that were started. */
  readonly started: readonly string[]
}

export function createMachine(init: MachineInit): TestMachine {
  const root = mkdtempSync(path.join(tmpdir(), 'mig-machine-'))
  for (const [file, contents] of Object.entries(init.files ?? {}))
    writeFileSync(placeFor(root, file), contents)
  for (const [link, target] of Object.entries(init.links ?? {}))
    symlinkSync(target, placeFor(root, link))
  const started: string[] = []
  return {
    platform: init.platform ?? 'linux',
    root,
    started,
    run: (name, args) => {
      const line = [name, ...args].join(' ')
      started.push(line)
      return Promise.resolve(outcomeOf(init.programs?.[line]))
    },
    [Symbol.dispose]: () => {
      rmSync(root, { recursive: true, force: true })
    },
  }
}

function placeFor(root: string, absolute: string): string {
  const place = path.join(root, absolute)
  mkdirSync(path.dirname(place), { recursive: true })
  return place
}

function outcomeOf(recorded: string | Buffer | number | undefined): ProgramOutcome {
  if (recorded === undefined) return { kind: 'missing' }
  return typeof recorded === 'number'
    ? { kind: 'ended', code: recorded, stdout: Buffer.alloc(0) }
    : { kind: 'ended', code: 0, stdout: Buffer.from(recorded) }
}
