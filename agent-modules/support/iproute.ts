/** What iproute2's `ip -j` says of this network namespace, or of the one that a process is in. Linux only. */
import { z } from 'zod'
import { escapeName } from './file-name.ts'
import type { Machine } from './machine.ts'
import { formatMac } from './hardware-address.ts'
import type { NetworkCard } from './network-card.ts'

/** Thousands of cards or neighbours; more would be parsed too long to hear an abort. */
const OUTPUT_LIMIT = 8 * 1024 * 1024

export interface IpQuestion {
  readonly signal: AbortSignal
  /** A process of the namespace to ask; absent: this one's own. */
  readonly pid?: number | undefined
}

export type IpAnswer<Row> =
  | { readonly kind: 'answered'; readonly rows: readonly Row[] }
  | { readonly kind: 'failed'; readonly reason: string }

/** A card's name is bytes: output is read one character a byte, and a name becomes text here. */
const name = z.string().transform((text) => escapeName(Buffer.from(text, 'latin1')))

const link = z.object({
  ifindex: z.number(),
  ifname: name,
  address: z.string().default(''),
  /** With `-d`: how many have asked for all packets. */
  promiscuity: z.number().default(0),
  /** With `-d`: `bridge`, `vlan`; cards of hardware have none. */
  linkinfo: z.object({ info_kind: z.string().optional() }).optional(),
  addr_info: z
    .array(z.object({ local: z.string().optional(), prefixlen: z.number().optional() }))
    .default([]),
})

export interface IpLink extends NetworkCard {
  readonly index: number
  readonly promiscuity: number
  readonly kind: string | undefined
}

/** Cards with all their addresses, those of cards that are down too. */
export async function askLinks(machine: Machine, question: IpQuestion): Promise<IpAnswer<IpLink>> {
  const row = link.transform((each) => ({
    index: each.ifindex,
    name: each.ifname,
    mac: formatMac(each.address),
    promiscuity: each.promiscuity,
    kind: each.linkinfo?.info_kind,
    addresses: each.addr_info.flatMap(({ local, prefixlen = 0 }) =>
      local === undefined ? [] : [{ address: local, prefix: prefixlen }],
    ),
  }))
  return askIp(machine, question, { args: ['-d', '-j', 'addr'], row })
}

const neighbour = z.object({
  dst: z.string(),
  dev: name,
  /** Absent where nobody answered. */
  lladdr: z.string().optional(),
  state: z.array(z.string()).default([]),
})
export type IpNeighbour = z.infer<typeof neighbour>

/** IPv4 and IPv6. */
export const askNeighbours = (
  machine: Machine,
  question: IpQuestion,
): Promise<IpAnswer<IpNeighbour>> =>
  askIp(machine, question, { args: ['-j', 'neigh'], row: neighbour })

async function askIp<Row>(
  machine: Machine,
  { signal, pid }: IpQuestion,
  { args, row }: { readonly args: readonly string[]; readonly row: z.ZodType<Row> },
): Promise<IpAnswer<Row>> {
  const [program, words] =
    pid === undefined ? ['ip', args] : ['nsenter', [`--net=/proc/${pid}/ns/net`, 'ip', ...args]]
  const outcome = await machine.run(program, words, { signal, outputLimit: OUTPUT_LIMIT })
  if (outcome.kind === 'missing') return failed(`${program} is not installed`)
  if (outcome.kind === 'stopped') return failed(`${program}: ${outcome.reason}`)
  if (outcome.code !== 0) return failed(`${program} ended with ${outcome.code}`)
  return parseRows(outcome.stdout.toString('latin1'), row)
}

function parseRows<Row>(text: string, row: z.ZodType<Row>): IpAnswer<Row> {
  let rows: unknown
  try {
    rows = text.trim() === '' ? [] : JSON.parse(text)
  } catch {
    // A version that does not know -j, as BusyBox.
  }
  if (!Array.isArray(rows)) return failed('ip does not speak JSON')
  // Some versions write {} for what they leave out.
  return { kind: 'answered', rows: rows.flatMap((each) => row.safeParse(each).data ?? []) }
}

const failed = (reason: string): { readonly kind: 'failed'; readonly reason: string } => ({
  kind: 'failed',
  reason,
})
