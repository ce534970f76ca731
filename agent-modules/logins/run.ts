/** One run of `logins`: asks the platform each question, and lets through as many answers as were wanted. */
import type { RunContext } from '../contract.ts'
import { formatDuration } from '../support/go-format.ts'
import { accountProblems } from '../support/accounts.ts'
import { unsupportedHere, type Machine } from '../support/machine.ts'
import { Pace } from '../support/pace.ts'
import { softErrorsOf } from '../support/soft-errors.ts'
import type { Finding, Statistics } from './answer.ts'
import type { Asking, Questions } from './asking.ts'
import { Filter } from './filter.ts'
import { lastLogins } from './last-logins.ts'
import { current, failed, history } from './linux-logins.ts'
import { MACOS } from './macos.ts'
import type { Parameters, Query } from './parameters.ts'
import { accounts, privileged } from './unix-accounts.ts'
import { WINDOWS } from './windows.ts'

const LINUX: Questions = { current, history, failed, lastlogins: lastLogins, privileged, accounts }
const PLATFORMS: Readonly<Partial<Record<NodeJS.Platform, Questions>>> = {
  linux: LINUX,
  darwin: MACOS,
  win32: WINDOWS,
}

/** @throws UnsupportedError when this platform answers none of the questions */
export async function* runOn(
  machine: Machine,
  asked: Parameters,
  context: RunContext<Statistics>,
): AsyncGenerator<Finding, void> {
  const startedMs = performance.now()
  const { signal } = context
  const errors = softErrorsOf(context)
  const filter = new Filter(asked, context.startedAtMs)
  const asking: Asking = { machine, filter, errors, pace: new Pace(), signal }
  let found = 0
  try {
    if (machine.platform === 'linux')
      for (const problem of accountProblems(machine)) errors.notice(problem)
    for (const [query, answers] of questions(asking, asked.queries))
      for await (const finding of atMost(asked.limit, answers(asking), { query, asking })) {
        found += 1
        yield finding
      }
  } finally {
    if (signal.aborted) errors.notice('stopped before the end')
    errors.close()
    context.reportStatistics({ found, exectime: formatDuration(performance.now() - startedMs) })
  }
}

type Answers = (asking: Asking) => AsyncIterable<Finding>

function questions(
  { machine, errors }: Asking,
  queries: readonly Query[],
): readonly (readonly [Query, Answers])[] {
  const platform = PLATFORMS[machine.platform] ?? {}
  const answered = queries.flatMap((query) => {
    const answers = platform[query]
    return answers === undefined ? [] : [[query, answers] as const]
  })
  const others = queries.filter((query) => platform[query] === undefined)
  if (answered.length === 0) unsupportedHere(others.join(', '), machine)
  for (const query of others)
    errors.notice(`${query}: unsupported on this platform (${machine.platform})`)
  return answered
}

async function* atMost(
  limit: number,
  findings: AsyncIterable<Finding>,
  { query, asking }: { readonly query: Query; readonly asking: Asking },
): AsyncGenerator<Finding, void> {
  let count = 0
  for await (const finding of findings) {
    if (asking.signal.aborted) return
    if (count === limit) {
      asking.errors.notice(`${query}: only the first ${limit} were returned, there are more`)
      return
    }
    count += 1
    yield finding
    if (asking.pace.isDue()) await asking.pace.turn()
  }
}
