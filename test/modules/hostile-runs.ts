/** Runs a module on a hostile host as an agent does: in a child of the runner, which has 256 MiB and can be killed when it hangs. */
import { rmSync, symlinkSync } from 'node:fs'
import path from 'node:path'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { expect } from 'vitest'
import type { OperationResult } from '../../node/core/result.ts'
import { systemClock } from '../../node/host/system.ts'
import { openRunner, type OpenRunner } from '../../node/runner/run-module.ts'
import { MISFITS } from '../laws/module.ts'
import type { Subject } from './hostile-subjects.ts'
import { createMachine } from './machine.ts'

/** Many times what any of these runs takes on a machine that is busy. */
const TIMEOUT_MS = 20_000
/** For what would read for hours, and is ended by its time. */
const ENDLESS_MS = 2000

export const openHostileRunner = (): Promise<OpenRunner> =>
  openRunner({
    clock: systemClock,
    registry: new URL('./hostile-registry.ts', import.meta.url).href,
    limits: { concurrent: 4 },
  })

export interface HostileHost extends Disposable {
  readonly root: string
  at(place: string): string
  /** Puts something else where a file is. */
  replace(place: string, put: (at: string) => void): void
}

export function createHost({ files, links = {} }: Pick<Subject, 'files' | 'links'>): HostileHost {
  const { root, [Symbol.dispose]: dispose } = createMachine({ files })
  const at = (place: string): string => path.join(root, place)
  for (const [link, target] of Object.entries(links)) symlinkSync(at(target), at(link))
  return {
    root,
    at,
    replace: (place, put) => {
      rmSync(at(place), { recursive: true })
      put(at(place))
    },
    [Symbol.dispose]: dispose,
  }
}

export interface HostileRun {
  readonly subject: Subject
  readonly root: string
  /** It may take all the time there is. */
  readonly isEndless?: boolean
  readonly timeoutMs?: number
}

/** The answer, which holds nothing that a host could spoil. */
export async function runHostile(
  runner: OpenRunner,
  { subject, root, isEndless = false, timeoutMs = isEndless ? ENDLESS_MS : TIMEOUT_MS }: HostileRun,
): Promise<OperationResult> {
  const { module, parameters } = subject
  const operation = { module: `${module}@${root}`, parameters: parameters(root) }
  const result = await runner.run(operation as Parameters<OpenRunner['run']>[0], {
    signal: new AbortController().signal,
    timeoutMs,
    untilMs: Infinity,
  })
  expect(result.errors).not.toContainEqual(expect.stringMatching(MISFITS))
  if (isEndless) expect(result).toMatchObject({ status: 'timeout' })
  else expect(result).toMatchObject({ status: 'success' })
  return result
}

/** Disturbs a host again and again until the run on it is over. */
export async function whileRunning<Result>(
  running: Promise<Result>,
  disturb: (turn: number) => void,
): Promise<Result> {
  let isOver = false
  const over = running.finally(() => {
    isOver = true
  })
  for (let turn = 0; !isOver; turn += 1) {
    disturb(turn)
    await nextTurn()
  }
  return over
}
