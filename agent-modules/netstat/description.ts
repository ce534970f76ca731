/** Help and documentation of `netstat`. */
import type { ModuleExample } from '../contract.ts'

export const summary =
  'Finds addresses, neighbours, connections and listeners, and the processes behind them.'

export const description = `Looks at the network cards, the neighbours and the sockets of a host. At least one question must be asked, and
each may hold many values; all of them share one look.

| question | flag | what is found |
|---|---|---|
| \`localmac\` | \`-lm\` | cards whose hardware (MAC) address matches the regular expression, in either case |
| \`neighbormac\` | \`-nm\` | neighbours, of IPv4 and IPv6, whose hardware address matches |
| \`localip\` | \`-li\` | addresses of the host, also of cards that are down, that are this one or in this network |
| \`neighborip\` | \`-ni\` | neighbours whose address is this one or in this network |
| \`connectedip\` | \`-ci\` | sockets, TCP and UDP, whose peer is this address or in this network |
| \`listeningport\` | \`-lp\` | what takes connections on this port: TCP in LISTEN, and UDP that is bound and open to any peer |
| \`localport\` | \`-localport\` | sockets with this local port, whatever they do |

Networks are written \`10.0.0.0/8\` or \`fe80::/10\`. An IPv6 socket that talks IPv4 (\`::ffff:10.1.2.3\`) has the address \`10.1.2.3\`: IPv4 questions find it,
IPv6 questions do not. \`states\` (\`-state\`) narrows \`connectedip\` and \`localport\` to sockets in these states; UNCONN is UDP without a peer.

With each socket come the processes that hold it: number, name, and path of the executable, and whether that
file is deleted; at most 32. A socket in TIME_WAIT is held by none.
To see the processes of other users the agent must be root; the errors say how many could not be looked at.

With \`namespaces\` (Linux) every network namespace is looked into that some process is in, up to 1024: containers. \`default\` is the agent's own; others
are called as in /proc/PID/ns/net. Their addresses and neighbours need nsenter(1) and root. A neighbour that never answered is none.

One answer holds at most 20,000 findings. Linux needs iproute2 for the addresses of cards that are down and for IPv6 neighbours; without it the errors
say what is missing. macOS (lsof, ifconfig, arp, ndp; sockets that no process holds are not seen) and Windows (PowerShell; peers of UDP are not
known) are written from documents and untested on real hosts. Other platforms answer that they are not supported.`

export const examples: readonly ModuleExample[] = [
  {
    title: 'Who talks to an address of a fraud report',
    command: 'netstat -t all -ci 203.0.113.66',
  },
  {
    title: 'Established connections to a network, of containers too',
    command:
      'netstat -t all -ci 198.51.100.0/24 -ci 2001:db8:66::/48 -state ESTABLISHED -namespaces',
  },
  {
    title: 'What listens on the ports of SSH and of a known backdoor',
    command: 'netstat -t all -lp 22 -lp 4444',
  },
  {
    title: 'Everything on a local port, connections included',
    command: 'netstat -t all -localport 8080',
  },
  { title: 'Which host has this address', command: 'netstat -t all -li 192.0.2.17' },
  { title: 'Where a device is plugged in', command: 'netstat -t all -nm 8c:70:5a:c8:be:50' },
  {
    title: 'Virtual machines on hosts that should have none, by the makers of their cards',
    command: 'netstat -t all -lm "^(08:00:27|00:0c:29|52:54:00)"',
  },
]
