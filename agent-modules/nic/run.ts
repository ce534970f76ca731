/** One run of `nic`: reads all cards, and keeps those that were asked for. */
import type { RunContext } from '../contract.ts'
import { formatDuration } from '../support/go-format.ts'
import { parseMacPattern } from '../support/hardware-address.ts'
import { unsupportedHere, type Machine } from '../support/machine.ts'
import type { Pattern } from '../support/pattern.ts'
import { parsePattern } from '../support/pattern-filter.ts'
import { softErrorsOf } from '../support/soft-errors.ts'
import type { Finding, Statistics } from './answer.ts'
import type { Card } from './card.ts'
import { darwinCards } from './darwin-cards.ts'
import type { HostInit } from './host.ts'
import { linuxCards } from './linux-cards.ts'
import type { Parameters } from './parameters.ts'
import { windowsCards } from './windows-cards.ts'

/** @throws UnsupportedError on platforms other than Linux, macOS and Windows */
export async function* runOn(
  machine: Machine,
  parameters: Parameters,
  context: RunContext<Statistics>,
): AsyncGenerator<Finding, void> {
  const startedMs = performance.now()
  const errors = softErrorsOf(context)
  const isAskedFor = filterOf(parameters)
  let examined = 0
  let totalhits = 0
  for await (const card of cardsOf({ machine, signal: context.signal, errors })) {
    examined += 1
    if (!isAskedFor(card)) continue
    totalhits += 1
    yield card
  }
  if (context.signal.aborted) errors.notice('stopped before the end of the search')
  errors.close()
  const exectime = formatDuration(performance.now() - startedMs)
  context.reportStatistics({ examined, totalhits, exectime })
}

function cardsOf(init: HostInit): AsyncIterable<Card> {
  const { machine } = init
  if (machine.platform === 'linux') return linuxCards(init)
  if (machine.platform === 'darwin') return darwinCards(init)
  if (machine.platform === 'win32') return windowsCards(init)
  return unsupportedHere('nic', machine)
}

function filterOf({ names, macs, promiscuous }: Parameters): (card: Card) => boolean {
  const isNamed = matchesSome(names.map(parsePattern))
  const hasMac = matchesSome(macs.map(parseMacPattern))
  return (card) =>
    isNamed(card.name) && hasMac(card.mac ?? '') && (card.promiscuous || !promiscuous)
}

/** No pattern at all asks for nothing in particular. */
const matchesSome =
  (patterns: readonly Pattern[]): ((text: string) => boolean) =>
  (text) =>
    patterns.length === 0 || patterns.some((pattern) => pattern.test(text))
