/** Help and documentation of `traceroute`. */
import type { ModuleExample } from '../contract.ts'
import { DEFAULTS, LIMITS } from './parameters.ts'

export const summary = 'Tells the way that packets take from each host to a destination.'

export const description = `Each host looks for the way to the destination by its own program, and is found when the way leads there.

| parameter | meaning |
|---|---|
| \`destination\` | a name, an IPv4 or an IPv6 address; a name is resolved once, by the host that looks |
| \`maxhops\` | 1 to ${LIMITS.maxhops}, default ${DEFAULTS.maxhops} |
| \`probes\` | to each hop, 1 to ${LIMITS.probes}, default ${DEFAULTS.probes} |
| \`timeout\` | seconds for each probe, 1 to ${LIMITS.timeout}, default ${DEFAULTS.timeout} |

The answer holds each hop with its addresses (several where packets take several ways, none where nothing answered), the round-trip times in milliseconds of the probes
that were answered, and what a router said that did not pass them on. A way that takes longer than three minutes is cut short, and the answer says so.

Linux has \`traceroute\` or \`tracepath\` where they are installed; the second has its own number of probes and waits. macOS (\`traceroute\`, \`traceroute6\`) and Windows (\`tracert\`, whose
\`<1 ms\` becomes 1) are read as recorded, untested on real hosts. A host without such a program answers \`unsupported\`.`

export const examples: readonly ModuleExample[] = [
  {
    title: 'By which way do the hosts of one site reach another?',
    command: `traceroute -t "name LIKE '%phx1%'" -d gw.example.net`,
  },
  {
    title: 'Only the first hops, quickly',
    command: 'traceroute -t all -show all -d 192.0.2.1 -maxhops 3 -probes 1 -timeout 1',
  },
]
