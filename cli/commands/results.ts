/** `mig results`: the actions of this home, and what each was answered, whenever it was. */
import type { HuntRecord } from '../../node/core/hunt.ts'
import { SECOND_MS, toInstant } from '../../node/core/time.ts'
import type { HuntReport } from '../../node/core/investigator-api.ts'
import { openHome } from '../../node/host/home.ts'
import { systemClock } from '../../node/host/system.ts'
import type { Cli, Run } from '../cli.ts'
import { formatDuration, parseDuration } from '../duration.ts'
import { EXIT, exitCodeOfHunt, interruptedCode } from '../exit.ts'
import { answerPrinter, follow, printSummary } from '../follow.ts'
import { readShow } from '../hunt-options.ts'
import { findHunt, shortId } from '../hunts.ts'
import { table } from '../render/table.ts'
import { openSession, type Session } from '../session.ts'

const DEFAULT_WAIT = '5s'
const POLL_MS = SECOND_MS / 2
const HEADER = ['ID', 'LAUNCHED', 'EXPIRES', 'AGENTS', 'NAME']

export const results: Run = async (call, cli) => {
  const [id] = call.args
  const show = readShow(call.flags)
  const waitMs = parseDuration(call.flags.text('wait') ?? DEFAULT_WAIT, '-wait')
  await using session = await openSession(await openHome(cli.home), cli)
  if (id === undefined) return list(await session.api.hunts(), cli)
  const hunt = await findHunt(session.api, id)
  const { action, expireafter } = hunt
  const isMatchAsked = call.flags.isSet('exit-match')
  if (call.flags.isSet('follow')) {
    const events = session.api.follow(action, cli.signal)
    return await follow(
      events,
      { action, expireafter, expected: hunt.expected.length, show, isMatchAsked },
      cli,
    )
  }
  const report = await lateReport(hunt, { session, waitMs, cli })
  const printAnswer = await answerPrinter(show, cli)
  for (const answer of report.answers) if (answer.status !== 'started') await printAnswer(answer)
  printSummary(report.tally, { hunt, cli })
  if (cli.signal.aborted) return interruptedCode(cli.signal)
  return exitCodeOfHunt(report.tally, { isConfirmed: true, isMatchAsked })
}

interface Waiting {
  readonly session: Session
  readonly waitMs: number
  readonly cli: Cli
}

/** Agents deliver when they meet this node, so one that only just started is given a moment. */
async function lateReport(
  { action }: HuntRecord,
  { session, waitMs, cli }: Waiting,
): Promise<HuntReport> {
  const untilMs = systemClock.now() + waitMs
  let report = await session.api.report(action)
  while (
    isAnyOut(report) &&
    session.isEmbedded &&
    systemClock.now() < untilMs &&
    !cli.signal.aborted
  ) {
    await systemClock.sleep(POLL_MS, cli.signal).catch(() => undefined)
    report = await session.api.report(action)
  }
  return report
}

const isAnyOut = ({ tally: { counts } }: HuntReport): boolean =>
  counts.silent + counts.waiting + counts.running > 0

function list(hunts: readonly HuntRecord[], cli: Cli): number {
  if (cli.isJson) {
    for (const hunt of hunts) cli.json('action', jsonOf(hunt))
    return EXIT.ok
  }
  if (hunts.length === 0) cli.say('no action was launched from this home')
  else for (const line of table(HEADER, hunts.map(rowOf))) cli.out(line)
  return EXIT.ok
}

const jsonOf = ({
  envelope,
  launchedAtMs,
  expireafter,
  ...hunt
}: HuntRecord): Record<string, unknown> => ({
  ...hunt,
  launched: toInstant(launchedAtMs),
  expireafter: toInstant(expireafter),
  bytes: envelope.length,
})

function rowOf({
  action,
  name,
  launchedAtMs,
  expireafter,
  expected,
}: HuntRecord): readonly string[] {
  const leftMs = expireafter - systemClock.now()
  const expires = leftMs > 0 ? `in ${formatDuration(leftMs)}` : 'expired'
  return [
    shortId(action),
    toInstant(launchedAtMs).slice(0, 19),
    expires,
    String(expected.length),
    name,
  ]
}
