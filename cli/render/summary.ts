/** How a hunt ended, for people: counts, then everybody who did not answer and why. */
import type { Tally, TargetStanding, TargetState } from '../../node/core/hunt.ts'
import type { Paint } from '../io.ts'
import { printable } from '../../node/core/printable.ts'

/** A list longer than this is for --json. */
const NAMES_LIMIT = 50

const WORDS: Readonly<Record<TargetState, string>> = {
  waiting: 'not yet',
  running: 'running',
  answered: 'answered',
  refused: 'refused',
  failed: 'failed',
  'timed-out': 'timed out',
  cancelled: 'cancelled',
  silent: 'silent',
}

export function summaryLines(
  { targets, counts, found, remarked }: Tally,
  paint: Paint,
): readonly string[] {
  if (targets.length === 0)
    return [paint('yellow', 'no agent was known to be meant, and none answered')]
  const head = `${counts.answered} of ${plural(targets.length, 'agent')} answered, ${found} found something`
  const others = (Object.keys(WORDS) as TargetState[])
    .filter((state) => state !== 'answered' && counts[state] > 0)
    .map((state) => `${counts[state]} ${WORDS[state]}`)
  const remarks = remarked === 0 ? [] : [`${remarked} with remarks (-v shows them)`]
  const missing = targets.filter(({ state }) => state !== 'answered')
  const colour = missing.length === 0 ? 'green' : 'yellow'
  const rest =
    missing.length > NAMES_LIMIT
      ? [`  and ${missing.length - NAMES_LIMIT} more; --json names all`]
      : []
  return [
    paint(colour, [head, ...others, ...remarks].join(', ')),
    ...missing.slice(0, NAMES_LIMIT).map(missingLine),
    ...rest,
  ]
}

export const plural = (count: number, noun: string): string =>
  `${count} ${noun}${count === 1 ? '' : 's'}`

const missingLine = ({ name, state, detail }: TargetStanding): string =>
  `  ${WORDS[state].padEnd(9)}  ${printable(name)}${detail === '' ? '' : `: ${printable(detail)}`}`
