/** macOS: cards from ifconfig, counters from netstat. Written from documented formats, not from a real host. */
import { askIfconfig, type IfconfigCard } from '../support/ifconfig.ts'
import { cardsKnownToNode } from '../support/network-card.ts'
import type { Card, Counters } from './card.ts'
import { cardOf, cidrsOf, type HostInit } from './host.ts'

export async function* darwinCards({
  machine,
  signal,
  errors,
}: HostInit): AsyncGenerator<Card, void> {
  const cards = await askIfconfig(machine, signal)
  if (cards === undefined) {
    errors.add('ifconfig', 'no answer: only names and addresses of cards that are up are known')
    yield* cardsKnownToNode().map(cardOf)
    return
  }
  const outcome = await machine.run('netstat', ['-ibn'], { signal })
  const counters = outcome.kind === 'ended' ? parseCounters(outcome.stdout.toString()) : undefined
  if (counters === undefined) errors.add('netstat -ibn', 'no answer: counters are missing')
  const masters = new Map(
    cards.flatMap(({ name, members }) => members.map((member) => [member, name])),
  )
  for (const card of cards)
    yield describe(card, { master: masters.get(card.name), counters: counters?.get(card.name) })
}

function describe(
  card: IfconfigCard,
  { master, counters }: { master: string | undefined; counters: Counters | undefined },
): Card {
  return {
    name: card.name,
    mac: card.mac,
    state: stateOf(card),
    enabled: card.flags.includes('UP'),
    mtu: card.mtu,
    speed: speedOf(card.media),
    promiscuous: card.flags.includes('PROMISC'),
    master,
    addresses: cidrsOf(card),
    counters,
  }
}

function stateOf({ status }: IfconfigCard): string {
  if (status === undefined) return 'unknown'
  return status === 'active' ? 'up' : 'down'
}

/** `autoselect (1000baseT <full-duplex>)`, `10Gbase-T` */
function speedOf(media: string): number | undefined {
  const [, number, unit] = /\b([0-9.]+)(G?)base/i.exec(media) ?? []
  return number === undefined ? undefined : Number(number) * (unit === '' ? 1 : 1000)
}

/** `en0 1500 <Link#4> MAC Ipkts Ierrs Ibytes Opkts Oerrs Obytes Coll`: a card without a MAC has a column less. */
function parseCounters(text: string): ReadonlyMap<string, Counters> {
  const rows = text
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .filter(([, , network = '']) => network.startsWith('<Link#'))
  return new Map(
    rows.map((row) => {
      const [rxpackets = 0, rxerrors = 0, rxbytes = 0, txpackets = 0, txerrors = 0, txbytes = 0] =
        row.slice(-7).map((text) => Number(text) || 0)
      // A card that is switched off has a star.
      const name = (row[0] ?? '').replace(/\*$/, '')
      return [name, { rxbytes, rxpackets, rxerrors, txbytes, txpackets, txerrors }]
    }),
  )
}
