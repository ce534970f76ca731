/** Windows: cards from Get-NetAdapter and its kin. Written from documented formats, not from a real host. */
import { askNetAdapters, type NetAdapter } from '../support/net-adapter.ts'
import { cardsKnownToNode } from '../support/network-card.ts'
import type { Card, Counters } from './card.ts'
import { cardOf, cidrsOf, type HostInit } from './host.ts'

const BITS_PER_MEGABIT = 1_000_000

export async function* windowsCards({
  machine,
  signal,
  errors,
}: HostInit): AsyncGenerator<Card, void> {
  const told = await askNetAdapters(machine, signal)
  if (told.kind === 'answered') {
    yield* told.value.map(describe)
    return
  }
  errors.add('only names and addresses of cards that are up are known', told.reason)
  yield* cardsKnownToNode().map(cardOf)
}

function describe(adapter: NetAdapter): Card {
  const { Status, MtuSize, ReceiveLinkSpeed, PromiscuousMode } = adapter.details
  return {
    name: adapter.name,
    mac: adapter.mac,
    state: (Status ?? 'unknown').toLowerCase().replaceAll(' ', ''),
    enabled: Status !== 'Disabled' && Status !== 'Not Present',
    mtu: MtuSize ?? undefined,
    speed: ReceiveLinkSpeed ? ReceiveLinkSpeed / BITS_PER_MEGABIT : undefined,
    promiscuous: PromiscuousMode === true,
    addresses: cidrsOf(adapter),
    counters: countersOf(adapter.statistics),
  }
}

function countersOf(told: NetAdapter['statistics']): Counters | undefined {
  if (told === undefined) return undefined
  return {
    rxbytes: told.ReceivedBytes ?? 0,
    rxpackets: told.ReceivedUnicastPackets ?? 0,
    rxerrors: told.ReceivedPacketErrors ?? 0,
    rxdropped: told.ReceivedDiscardedPackets ?? 0,
    txbytes: told.SentBytes ?? 0,
    txpackets: told.SentUnicastPackets ?? 0,
    txerrors: told.OutboundPacketErrors ?? 0,
    txdropped: told.OutboundDiscardedPackets ?? 0,
  }
}
