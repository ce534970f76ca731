/** `-t local`: runs the operations on this host, in this process. No mesh, no home, no key. */
import { hostname } from 'node:os'
import type { Draft } from '../node/core/draft.ts'
import type { OperationResult } from '../node/core/result.ts'
import { readFullName } from '../node/host/facts-network.ts'
import { systemClock } from '../node/host/system.ts'
import { runHere } from '../node/runner/run-here.ts'
import { flagInvalid, type Cli } from './cli.ts'
import { EXIT, interruptedCode } from './exit.ts'
import type { HuntOptions } from './hunt-options.ts'
import { answerLines, errorLines } from './render/answer.ts'

/** Resolves with the exit code: partial when an operation did not run to its end. */
export async function askHere(draft: Draft, options: HuntOptions, cli: Cli): Promise<number> {
  if (options.mode === 'sign')
    throw flagInvalid('-s', 'signs nothing for -t local, which asks nobody')
  if (options.earlier !== undefined)
    throw flagInvalid('-t', 'local excludes -target-found and -target-notfound')
  if (options.mode !== 'send') {
    throw flagInvalid(
      '-t',
      'local is no target of an action; name one that agents can be asked for',
    )
  }
  const name = await readFullName(hostname())
  const results: OperationResult[] = []
  for (const operation of draft.operations) {
    const { signal } = cli
    results.push(
      await runHere(operation, { signal, timeoutMs: options.expiryMs, clock: systemClock }),
    )
  }
  await print({ name, results }, options, cli)
  if (cli.signal.aborted) return interruptedCode(cli.signal)
  const found = results.some(({ foundanything }) => foundanything)
  if (options.isMatchAsked && found) return EXIT.matched
  return results.every(({ success }) => success) ? EXIT.ok : EXIT.partial
}

async function print(
  answer: { readonly name: string; readonly results: readonly OperationResult[] },
  { show }: HuntOptions,
  cli: Cli,
): Promise<void> {
  if (cli.isJson) {
    cli.json('answer', {
      ...answer,
      found: answer.results.some(({ foundanything }) => foundanything),
    })
    return
  }
  const shown = { name: answer.name, results: [...answer.results] }
  const lines = await answerLines(shown, show)
  for (const line of lines) cli.out(line)
  for (const line of errorLines(shown)) cli.say(line)
  // Silence would look like a question that was not asked.
  const isWhole = answer.results.every(({ success }) => success)
  if (isWhole && lines.length === 0) cli.say('nothing found')
}
