/** What `nic` tells of one network card: exactly the fields that may leave the host. */
import { z } from 'zod'
import { fact } from '../facts.ts'

const count = z.number().min(0)

export const card = z.strictObject({
  name: fact.name,
  /** Absent where it has none, as loopback. */
  mac: fact.address.optional(),
  /** As the platform says it, in lower case: `up`, `down`, `dormant`; `unknown` where the driver does not tell. */
  state: fact.word,
  /** Switched on by the host, whether or not it has a link. */
  enabled: z.boolean(),
  mtu: count.optional(),
  /** Megabits a second; absent without a link, and of cards that have none. */
  speed: count.optional(),
  /** Takes packets for others too: a sniffer, or a port of a bridge. */
  promiscuous: z.boolean(),
  /** The bridge or bond it belongs to. */
  master: fact.name.optional(),
  /** `bridge`, `vlan`, `veth`, `wlan`; cards of hardware may have none. */
  type: fact.word.optional(),
  /** With prefix: `192.0.2.1/24`. */
  addresses: z.array(fact.address),
  counters: z
    .strictObject({
      rxbytes: count,
      rxpackets: count,
      rxerrors: count,
      /** Absent where the platform does not count them. */
      rxdropped: count.optional(),
      txbytes: count,
      txpackets: count,
      txerrors: count,
      txdropped: count.optional(),
    })
    .optional(),
})
export type Card = z.infer<typeof card>
export type Counters = NonNullable<Card['counters']>
