/** Help and documentation of `nic`. */
import type { ModuleExample } from '../contract.ts'

export const summary =
  'Lists network cards: addresses, link state, promiscuous mode, bridges, counters.'

export const description = `Lists the network cards of a host: name, hardware (MAC) address, link state, whether it is switched on, MTU, speed,
promiscuous mode, the bridge or bond it belongs to, addresses, and what it has received and sent.

A card is found when one of \`names\` matches its name and one of \`macs\`, in either case, its hardware address, and, with \`promiscuous\`,
when it is in promiscuous mode; what is not given asks for nothing, and no parameters at all for every card. Ports of a bridge are always in promiscuous
mode: their \`master\` tells them from sniffers.

Linux reads /sys/class/net and asks iproute2, without which the errors say that the addresses of cards that are down are missing; only the agent's
own network namespace is looked at. macOS (ifconfig, netstat; no counts of dropped packets) and Windows (Get-NetAdapter) are written from recorded
outputs and untested on real hosts. Other platforms answer that they are not supported.`

export const examples: readonly ModuleExample[] = [
  { title: 'All network cards', command: 'nic -t all' },
  { title: 'Is somebody sniffing', command: 'nic -t all -promiscuous' },
  {
    title: 'Cards of a maker, by the start of their MAC',
    command: 'nic -t all -mac "^(08:00:27|0a:00:27):"',
  },
  { title: 'Tunnels', command: 'nic -t all -name "^(tun|tap|wg|ppp)[0-9]"' },
]
