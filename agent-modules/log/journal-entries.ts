/** Asks journalctl for the journal page by page, from the newest entry back, so that no answer is larger than can be held. */
import type { Machine } from '../support/machine.ts'
import type { Pace } from '../support/pace.ts'
import type { ProgramOutcome } from '../support/program.ts'
import type { TimeRange } from '../support/time-filter.ts'
import { JOURNAL_FIELDS, parseJournalEntry, type JournalEvent } from './formats/journal.ts'
import { lineRanges, textOf } from './line-blocks.ts'

const PAGE_ENTRIES = 20_000
const PAGE_BYTES = 32 * 1024 * 1024
const PAGE_TIMEOUT_MS = 60_000
/** Older ones are not read, and that is said. */
const ENTRIES_LIMIT = 2_000_000

export interface JournalInit {
  readonly machine: Machine
  readonly window: TimeRange
  readonly signal: AbortSignal
  readonly pace: Pace
  /** Why not everything was read. */
  readonly report: (problem: string) => void
}

/** Entries, the newest first; some may lie outside the window. */
export async function* journalEntries(init: JournalInit): AsyncGenerator<JournalEvent, void> {
  const { window, signal, report } = init
  let last: JournalEvent | undefined
  for (let read = 0; read < ENTRIES_LIMIT;) {
    const outcome = await ask(init, last)
    const readBefore = read
    for await (const entry of entriesOf(outcome, init)) {
      last = entry
      read += 1
      yield entry
    }
    if (signal.aborted || last === undefined || read === readBefore) return
    if (outcome.kind === 'ended' && linesIn(outcome.stdout) < PAGE_ENTRIES) return
    if (last.atMs <= window.afterMs) return
  }
  const back = new Date(last?.atMs ?? 0).toISOString()
  report(`only the newest ${ENTRIES_LIMIT} entries were looked at, back to ${back}`)
}

/** A cursor and a first time exclude each other: only the first page is asked for by times. */
function ask(init: JournalInit, last: JournalEvent | undefined): Promise<ProgramOutcome> {
  const { machine, window, signal } = init
  const from = last === undefined ? timesOf(window) : [`--after-cursor=${last.cursor}`]
  return machine.run(
    'journalctl',
    [
      ...['--quiet', '--no-pager', '--output=json', `--output-fields=${JOURNAL_FIELDS.join()}`],
      ...['--reverse', `--lines=${PAGE_ENTRIES}`, ...from],
    ],
    { signal, timeoutMs: PAGE_TIMEOUT_MS, outputLimit: PAGE_BYTES },
  )
}

/** Those that cannot be read count too. */
function linesIn(page: Buffer): number {
  let count = 0
  for (let at = page.indexOf(0x0a); at >= 0; at = page.indexOf(0x0a, at + 1)) count += 1
  return count
}

/** To whole seconds, the wider way: events are held against the window itself later. */
const timesOf = ({ afterMs, beforeMs }: TimeRange): readonly string[] => [
  ...(afterMs === -Infinity ? [] : [`--since=@${Math.floor(Math.max(0, afterMs) / 1000)}`]),
  ...(beforeMs === Infinity ? [] : [`--until=@${Math.ceil(Math.max(0, beforeMs) / 1000)}`]),
]

/** What was printed before it was stopped counts: the next page goes on from there. */
async function* entriesOf(
  outcome: ProgramOutcome,
  { pace, signal, report }: JournalInit,
): AsyncGenerator<JournalEvent, void> {
  if (outcome.kind === 'missing') {
    report('journalctl is not on this host')
    return
  }
  const { stdout } = outcome
  const count = { read: 0, unread: 0 }
  for (const range of lineRanges(stdout)) {
    const entry = parseJournalEntry(textOf(stdout, range))
    count[entry === undefined ? 'unread' : 'read'] += 1
    if (entry !== undefined) yield entry
    if (pace.isDue()) await pace.turn()
    if (signal.aborted) return
  }
  for (const problem of problemsOf(outcome, count)) report(problem)
}

/** A page that was stopped ends within an entry, which the next page begins with. */
function problemsOf(
  outcome: Exclude<ProgramOutcome, { kind: 'missing' }>,
  { read, unread }: { read: number; unread: number },
): readonly string[] {
  if (outcome.kind === 'stopped') return read === 0 ? [`journalctl: ${outcome.reason}`] : []
  return [
    ...(outcome.code === 0 ? [] : [`journalctl ended with code ${outcome.code}`]),
    ...(unread === 0 ? [] : [`${unread} entries could not be read`]),
  ]
}
