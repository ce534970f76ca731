/** Runs `log` on a machine made for a test. */
import type { z } from 'zod'
import { ParameterError } from '../../agent-modules/contract.ts'
import type { Finding, Statistics } from '../../agent-modules/log/answer.ts'
import { parameters } from '../../agent-modules/log/parameters.ts'
import { runOn } from '../../agent-modules/log/run.ts'
import type { Machine } from '../../agent-modules/support/machine.ts'

export interface LogRun {
  readonly findings: readonly Finding[]
  readonly errors: readonly string[]
  readonly statistics: Statistics | undefined
}

export interface LogRunOptions {
  readonly startedAtMs?: number
  readonly signal?: AbortSignal
}

export async function runLog(
  machine: Machine,
  asked: z.input<typeof parameters>,
  options: LogRunOptions = {},
): Promise<LogRun> {
  const findings: Finding[] = []
  const errors: string[] = []
  let statistics: Statistics | undefined
  const run = runOn(machine, parameters.parse(asked), {
    signal: options.signal ?? new AbortController().signal,
    startedAtMs: options.startedAtMs ?? Date.parse('2026-11-21T12:00:00Z'),
    reportError: (message) => errors.push(message),
    reportStatistics: (reported) => {
      statistics = reported
    },
  })
  for await (const finding of run) findings.push(finding)
  return { findings, errors, statistics }
}

/** What a run is refused with. */
export async function refusalOf(
  machine: Machine,
  asked: z.input<typeof parameters>,
): Promise<string> {
  const error: unknown = await runLog(machine, asked).then(
    () => new Error('it ran'),
    (reason: unknown) => reason,
  )
  if (error instanceof ParameterError) return error.message
  throw error
}

/** A Sigma rule: logsource as YAML flow, detection as lines, and whatever else. */
export const sigma = (logsource: string, detection: string, more = ''): string =>
  `title: A rule\nlogsource: { ${logsource} }\ndetection:\n${detection.replace(/^/gm, '  ')}\n${more}`
