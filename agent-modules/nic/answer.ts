/** What `nic` answers: the cards, each with all that may be told of it. */
import { z } from 'zod'
import type { LineOptions } from '../contract.ts'
import { fact } from '../facts.ts'
import { printableName } from '../support/file-name.ts'
import { card, type Card } from './card.ts'

export const finding = card
export type Finding = Card

export const elements = z.strictObject({ cards: z.array(card) })
export type Elements = z.infer<typeof elements>

const count = z.int().min(0)
export const statistics = z.strictObject({
  /** Cards looked at. */
  examined: count,
  totalhits: count,
  /** A Go duration: `1.234s`. */
  exectime: fact.duration,
})
export type Statistics = z.infer<typeof statistics>

export const arrange = (cards: readonly Finding[]): Elements => ({ cards: [...cards] })

export function lines(
  answer: { readonly elements: Elements; readonly statistics?: Statistics | undefined },
  { foundOnly }: LineOptions,
): readonly string[] {
  const found = answer.elements.cards.map((each) => printableName(lineOf(each)))
  if (foundOnly || answer.statistics === undefined) return found
  const { examined, totalhits, exectime } = answer.statistics
  const summary = `Statistics: ${examined} network cards examined, ${totalhits} matched, ran in ${exectime}.`
  return [...(found.length === 0 ? ['no network card was found'] : found), summary]
}

function lineOf({ name, promiscuous, counters, addresses, ...told }: Card): string {
  const facts = [
    told.mac === undefined ? '' : `mac:${told.mac}`,
    `state:${told.state}${told.enabled ? '' : ' (disabled)'}`,
    told.type === undefined ? '' : `type:${told.type}`,
    told.mtu === undefined ? '' : `mtu:${told.mtu}`,
    told.speed === undefined ? '' : `speed:${told.speed}Mb/s`,
    told.master === undefined ? '' : `master:${told.master}`,
    counters === undefined ? '' : `rx:${counters.rxbytes} tx:${counters.txbytes}`,
  ].filter((text) => text !== '')
  const mode = promiscuous ? ' PROMISCUOUS' : ''
  return `${[`${name}${mode}`, ...addresses].join(' ')} [${facts.join(', ')}]`
}
