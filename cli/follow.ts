/** Follows a hunt: prints answers as they come, then how it ended, and says how to go on. */
import type { HuntEvent, Publication } from '../node/core/investigator-api.ts'
import type { DocumentId } from '../node/core/ids.ts'
import type { Answer } from '../node/core/result.ts'
import type { Tally } from '../node/core/hunt.ts'
import { foundAnything } from '../node/core/result.ts'
import { printable } from '../node/core/printable.ts'
import { systemClock } from '../node/host/system.ts'
import type { Cli } from './cli.ts'
import { formatDuration } from './duration.ts'
import { exitCodeOfHunt, interruptedCode } from './exit.ts'
import type { Show } from './hunt-options.ts'
import { shortId } from './hunts.ts'
import { createProgress } from './render/progress.ts'
import { plural, summaryLines } from './render/summary.ts'

export interface Followed {
  readonly action: DocumentId
  readonly expireafter: number
  /** Agents that were meant when it began. */
  readonly expected: number
  readonly show: Show
  readonly isMatchAsked: boolean
}

/** Resolves with the exit code. */
export async function follow(
  events: AsyncIterable<HuntEvent>,
  hunt: Followed,
  cli: Cli,
): Promise<number> {
  const progress = createProgress(cli.io)
  // Loaded while the agents work: waiting for it here would hold back the question itself, which goes with the first event.
  const printer = answerPrinter(hunt.show, cli)
  const ended = new Map<string, boolean>()
  let isConfirmed = true
  let tally: Tally | undefined
  const showProgress = (): void => {
    const found = [...ended.values()].filter(Boolean).length
    const words = `${ended.size} of ${hunt.expected} answered, ${found} found something`
    progress.show(ended.size, hunt.expected, words)
  }
  showProgress()
  for await (const event of events) {
    progress.clear()
    switch (event.type) {
      case 'launched':
        isConfirmed = event.publication.confirmed
        announce(event.publication, { hunt, cli })
        break
      case 'answer':
        if (event.answer.status !== 'started')
          ended.set(event.answer.agent, foundAnything(event.answer))
        await (
          await printer
        )(event.answer)
        break
      case 'done':
        tally = event.tally
        break
    }
    if (tally === undefined) showProgress()
  }
  progress.clear()
  if (tally === undefined) throw new Error('a hunt ended without a tally')
  printSummary(tally, { hunt, cli })
  if (cli.signal.aborted) return interruptedCode(cli.signal)
  return exitCodeOfHunt(tally, { isConfirmed, isMatchAsked: hunt.isMatchAsked })
}

/** Prints one answer: lines for people, or the whole of it as JSON. */
export async function answerPrinter(
  show: Show,
  cli: Cli,
): Promise<(answer: Answer) => Promise<void>> {
  const { answerJson, answerLines, errorLines } = await import('./render/answer.ts')
  return async (answer) => {
    if (cli.isJson) {
      cli.json('answer', answerJson(answer))
      return
    }
    for (const line of await answerLines(answer, show)) cli.out(line)
    if (cli.isVerbose || show === 'all') for (const line of errorLines(answer)) cli.say(line)
  }
}

interface Ending {
  readonly hunt: Pick<Followed, 'action' | 'expireafter'>
  readonly cli: Cli
}

function announce(publication: Publication, { hunt, cli }: Ending): void {
  const { storedBy, refusedBy, neighbours, confirmed } = publication
  if (cli.isJson) cli.json('launched', { ...publication, action: hunt.action })
  if (cli.isVerbose) cli.say(`stored by ${storedBy.length} of ${plural(neighbours, 'neighbour')}`)
  for (const { peer, code, detail } of refusedBy) {
    cli.say(
      cli.paint(
        'yellow',
        `${shortPeer(peer)} refuses it: ${printable([code, detail].filter((part) => part !== '').join(': '))}`,
      ),
    )
  }
  if (confirmed) return
  const reason =
    neighbours === 0
      ? 'no peer can be reached'
      : `${storedBy.length} of ${plural(neighbours, 'neighbour')} confirmed`
  cli.say(
    cli.paint(
      'yellow',
      `not confirmed to be stored in the mesh: ${reason}; it goes out again while this node runs (mig up)`,
    ),
  )
}

/** The end of a hunt, on stderr; in JSON, on stdout as well. */
export function printSummary(tally: Tally, { hunt, cli }: Ending): void {
  const id = shortId(hunt.action)
  if (cli.isJson) cli.json('summary', { action: hunt.action, ...tally })
  for (const line of summaryLines(tally, cli.paint)) cli.say(line)
  const leftMs = hunt.expireafter - systemClock.now()
  const life = leftMs > 0 ? `expires in ${formatDuration(leftMs)}` : 'expired'
  if (cli.signal.aborted) {
    cli.say(
      `stopped following; agents go on. Later: mig results ${id} --follow; to stop them: mig cancel ${id}`,
    )
    return
  }
  const isOut = tally.targets.some(
    ({ state }) => state === 'waiting' || state === 'running' || state === 'silent',
  )
  cli.say(`action ${id} ${life}${isOut ? `; later answers: mig results ${id}` : ''}`)
}

/** Enough of a peer id to tell peers apart: all begin alike. */
export const shortPeer = (peer: string): string => peer.slice(-8)
