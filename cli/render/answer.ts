/** One agent's answer as lines, each behind the agent's name, as MIG prints them. */
import { findModule } from '../../agent-modules/registry.ts'
import { type Answer, foundAnything, type OperationResult } from '../../node/core/result.ts'
import { toInstant } from '../../node/core/time.ts'
import type { Show } from '../hunt-options.ts'
import { printable } from '../../node/core/printable.ts'

/** Lines to print for `-show`; none where the answer is not what was asked to be shown. */
export async function answerLines(
  answer: Pick<Answer, 'name' | 'results'>,
  show: Show,
): Promise<readonly string[]> {
  const results = answer.results.filter((result) => isShown(result, show))
  const name = printable(answer.name)
  const lines = await Promise.all(results.map((result) => resultLines(result, show)))
  return lines.flat().map((line) => `${name} ${printable(line)}`)
}

/** Soft and hard errors of a run, which are no findings. */
export const errorLines = (answer: Pick<Answer, 'name' | 'results'>): readonly string[] =>
  answer.results.flatMap(({ errors, module }) =>
    errors.map((error) => printable(`${answer.name} ${module}: ${error}`)),
  )

/** The answer as JSON, times as on the wire. */
export const answerJson = (answer: Answer): Record<string, unknown> => ({
  ...answer,
  ...(answer.startedat === undefined ? {} : { startedat: toInstant(answer.startedat) }),
  at: toInstant(answer.at),
  found: foundAnything(answer),
})

function isShown({ foundanything, success }: OperationResult, show: Show): boolean {
  switch (show) {
    case 'found':
      return foundanything
    case 'notfound':
      return success && !foundanything
    case 'all':
      return true
  }
}

async function resultLines(
  { module: name, elements, statistics }: OperationResult,
  show: Show,
): Promise<readonly string[]> {
  if (elements === null) return []
  const module = await findModule(name)
  try {
    const answer = { elements, ...(statistics === null ? {} : { statistics }) }
    const lines = module?.lines(answer, { foundOnly: show === 'found' })
    return lines ?? [JSON.stringify(elements)]
  } catch {
    // An answer of another version of the module, or a lie: shown as it is.
    return [JSON.stringify(elements)]
  }
}
