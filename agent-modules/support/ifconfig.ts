/** What BSD's `ifconfig -a` says of the cards of a macOS host. */
import type { Machine } from './machine.ts'
import { formatMac } from './hardware-address.ts'
import { withoutZone } from './ip-address.ts'
import type { CardAddress, NetworkCard } from './network-card.ts'

export interface IfconfigCard extends NetworkCard {
  /** `UP`, `PROMISC`. */
  readonly flags: readonly string[]
  readonly mtu: number
  /** `active`, `inactive`; cards without a medium have none. */
  readonly status: string | undefined
  /** `autoselect (1000baseT <full-duplex>)` */
  readonly media: string
  /** Of a bridge: the cards in it. */
  readonly members: readonly string[]
}

/** Undefined where the program is missing or fails. */
export async function askIfconfig(
  machine: Machine,
  signal: AbortSignal,
): Promise<readonly IfconfigCard[] | undefined> {
  const outcome = await machine.run('ifconfig', ['-a'], { signal })
  return outcome.kind === 'ended' && outcome.code === 0
    ? parseIfconfig(outcome.stdout.toString())
    : undefined
}

/** Each card begins at the start of a line, and its facts are indented under it. */
const parseIfconfig = (text: string): readonly IfconfigCard[] =>
  text.split(/\n(?=\S)/).flatMap((block) => {
    const head = /^(\S+): flags=[0-9a-f]+<([^>]*)> mtu (\d+)/.exec(block)
    return head === null ? [] : [parseCard(block, head)]
  })

function parseCard(block: string, [, name = '', flags = '', mtu]: RegExpExecArray): IfconfigCard {
  return {
    name,
    flags: flags.split(',').filter((flag) => flag !== ''),
    mtu: Number(mtu),
    mac: formatMac(/^\s+(?:ether|lladdr) (\S+)/m.exec(block)?.[1] ?? ''),
    addresses: [...block.matchAll(/^\s+inet6? .*/gm)].flatMap(([line]) => parseAddressLine(line)),
    status: /^\s+status: (\S+)/m.exec(block)?.[1],
    media: /^\s+media: (.*)/m.exec(block)?.[1] ?? '',
    members: [...block.matchAll(/^\s+member: (\S+)/gm)].map(([, member = '']) => member),
  }
}

function parseAddressLine(line: string): CardAddress[] {
  const v6 = /inet6 (\S+) prefixlen (\d+)/.exec(line)
  if (v6 !== null) return [{ address: withoutZone(v6[1] ?? ''), prefix: Number(v6[2]) }]
  const v4 = /inet (\S+)(?: --> \S+)? netmask 0x([0-9a-f]{8})/.exec(line)
  if (v4 === null) return []
  const mask = Number.parseInt(v4[2] ?? '', 16)
  return [{ address: v4[1] ?? '', prefix: Math.clz32(~mask) }]
}
