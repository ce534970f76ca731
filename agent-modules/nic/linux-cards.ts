/** Linux: cards from /sys/class/net. What is not there, addresses and kinds, and a second word on promiscuous mode, is iproute2's. */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import path from 'node:path'
import { escapeName } from '../support/file-name.ts'
import { formatMac } from '../support/hardware-address.ts'
import { askLinks, type IpLink } from '../support/iproute.ts'
import { placeOn } from '../support/machine.ts'
import { cardsKnownToNode, type NetworkCard } from '../support/network-card.ts'
import { Pace } from '../support/pace.ts'
import { reasonOf } from '../support/soft-errors.ts'
import type { Card, Counters } from './card.ts'
import { cidrsOf, type HostInit } from './host.ts'

/** net_device flags (Linux: include/uapi/linux/if.h). */
const IFF_UP = 0x1
const IFF_PROMISC = 0x100

/** What another source adds to a card. */
type Addition = NetworkCard & Partial<Pick<IpLink, 'promiscuity' | 'kind'>>

export async function* linuxCards(init: HostInit): AsyncGenerator<Card, void> {
  const additionFor = await findAdditions(init)
  const pace = new Pace()
  for (const folder of listFolders(init)) {
    if (pace.isDue()) await pace.turn()
    if (init.signal.aborted) return
    const card = readCard(folder, additionFor)
    if (card !== undefined) yield card
  }
}

/** A name is bytes: the folder of a card is opened by them, and shown as text. */
interface Folder {
  readonly place: Buffer
  readonly name: string
}

function listFolders({ machine, errors }: HostInit): readonly Folder[] {
  const root = placeOn(machine, '/sys/class/net')
  try {
    return readdirSync(root, { encoding: 'buffer' }).map((name) => ({
      place: Buffer.concat([Buffer.from(`${root}/`), name]),
      name: escapeName(name),
    }))
  } catch (error) {
    errors.add('/sys/class/net', reasonOf(error))
    return []
  }
}

type AdditionFor = (folder: Folder, index: number) => Addition | undefined

async function findAdditions({ machine, signal, errors }: HostInit): Promise<AdditionFor> {
  const answer = await askLinks(machine, { signal })
  if (answer.kind === 'answered') {
    const links = new Map(answer.rows.map((link) => [link.index, link]))
    return (_, index) => links.get(index)
  }
  errors.add('addresses of cards that are down are missing', answer.reason)
  const cards = new Map(cardsKnownToNode().map((card) => [card.name, card]))
  return ({ name }) => cards.get(name)
}

/** Undefined for what is no card, as the file bonding_masters, and for a card that is gone. */
function readCard(folder: Folder, additionFor: AdditionFor): Card | undefined {
  const flags = numberIn(folder, 'flags')
  if (flags === undefined) return undefined
  const addition = additionFor(folder, numberIn(folder, 'ifindex') ?? 0)
  return {
    name: folder.name,
    mac: formatMac(textIn(folder, 'address') ?? ''),
    state: textIn(folder, 'operstate') ?? 'unknown',
    enabled: (flags & IFF_UP) !== 0,
    mtu: numberIn(folder, 'mtu'),
    speed: speedOf(folder),
    promiscuous: (flags & IFF_PROMISC) !== 0 || (addition?.promiscuity ?? 0) > 0,
    master: masterOf(folder),
    type: addition?.kind ?? deviceType(folder),
    addresses: addition === undefined ? [] : cidrsOf(addition),
    counters: countersOf(folder),
  }
}

/** Drivers say -1 where there is no link. */
function speedOf(folder: Folder): number | undefined {
  const speed = numberIn(folder, 'speed') ?? 0
  return speed > 0 ? speed : undefined
}

const deviceType = (folder: Folder): string | undefined =>
  /^DEVTYPE=(\w+)$/m.exec(textIn(folder, 'uevent') ?? '')?.[1]

function countersOf(folder: Folder): Counters | undefined {
  const count = (file: string): number => numberIn(folder, `statistics/${file}`) ?? 0
  if (textIn(folder, 'statistics/rx_bytes') === undefined) return undefined
  return {
    rxbytes: count('rx_bytes'),
    rxpackets: count('rx_packets'),
    rxerrors: count('rx_errors'),
    rxdropped: count('rx_dropped'),
    txbytes: count('tx_bytes'),
    txpackets: count('tx_packets'),
    txerrors: count('tx_errors'),
    txdropped: count('tx_dropped'),
  }
}

function masterOf(folder: Folder): string | undefined {
  try {
    const target = readlinkSync(placeIn(folder, 'master'), { encoding: 'buffer' })
    return escapeName(Buffer.from(path.posix.basename(target.toString('latin1')), 'latin1'))
  } catch {
    // It belongs to none.
    return undefined
  }
}

/** Decimal or 0x; undefined where there is none. */
function numberIn(folder: Folder, file: string): number | undefined {
  const number = Number(textIn(folder, file) ?? NaN)
  return Number.isFinite(number) ? number : undefined
}

/** Undefined for what this card does not have, as a speed without a link. */
function textIn(folder: Folder, file: string): string | undefined {
  try {
    const text = readFileSync(placeIn(folder, file), 'latin1').trim()
    return text === '' ? undefined : text
  } catch {
    // No such file, or the driver refuses to tell.
    return undefined
  }
}

const placeIn = ({ place }: Folder, file: string): Buffer =>
  Buffer.concat([place, Buffer.from(`/${file}`)])
