/** Help and documentation of `ping`. */
import type { ModuleExample } from '../contract.ts'
import { DEFAULTS, LIMITS } from './parameters.ts'

export const summary = 'Tells which hosts can reach a destination, by ICMP, TCP or UDP.'

export const description = `Each host tries to reach the destination, and is found when it can.

| parameter | meaning |
|---|---|
| \`destination\` | a name, an IPv4 or an IPv6 address; a name is resolved once, by the host that tries |
| \`protocol\` | \`icmp\`, \`tcp\` or \`udp\` |
| \`destinationport\` | of tcp and udp; default ${DEFAULTS.port} |
| \`count\` | how many tries, one after another, 100 ms between them; at most ${LIMITS.count}, default ${DEFAULTS.count} |
| \`timeout\` | seconds for each try, 0.1 to ${LIMITS.timeout}; default ${DEFAULTS.timeout} |

\`-p\` and \`-t\` are flags of mig too: before \`-d\` they are mig's (\`-t\`: which agents; \`-p\`: only print the action), behind it ping's.

There is a bound on all of it so that many hosts asked at once are no flood: think of the destination before you ask all of them.

\`latencies\` has a number a try, in milliseconds; 9999999: no answer in time; -1: refused, which is an answer of the destination but no open port; 0: it failed
otherwise, and \`failures\` says how. By TCP a connection is made and reset. By UDP a few bytes are sent: silence may be an open port or a lost packet, and counts as reached,
as in MIG; only a port that is said to be closed does not. By ICMP the host's own \`ping\` asks, where it has one and may use it.

TCP and UDP work on every platform; ICMP on Linux, and on macOS and Windows by their own \`ping\` as recorded, untested on real hosts.`

export const examples: readonly ModuleExample[] = [
  {
    title: 'Which hosts of a data centre reach the web?',
    command: `ping -t "name LIKE '%phx1%'" -d example.net -dp 80 -p tcp`,
  },
  {
    title: 'Which hosts cannot reach an address?',
    command: 'ping -t all -show notfound -d 192.0.2.57 -p icmp',
  },
  {
    title: 'Can the database be reached from the web servers?',
    command: `ping -t "tags->>'role'='web'" -d db1.example.net -dp 5432 -p tcp -c 1`,
  },
]
