/** Help and documentation of `timedrift`. */
import type { ModuleExample } from '../contract.ts'

export const summary = "Tells each host's local time, and whether it is too far from the right one."

export const description = `Without parameters: the local time. With \`drift\`, a time server is asked, and a host is found when its clock is further off than that.

| parameter | meaning |
|---|---|
| \`drift\` | a duration as Go writes it: \`500ms\`, \`60s\`, \`1m30s\` |
| \`servers\` | up to 8 of \`HOST\`, \`HOST:PORT\`, \`[IPv6]:PORT\`: only these are asked, as in a network without a way out |

Servers are asked one after another, and the first that tells the time decides. Unless named, they are those of the host's own configuration (chrony, ntp and ntpsec,
openntpd, systemd-timesyncd with its drop-ins; on Windows what \`w32tm\` reports), 8 at most, then time.nist.gov and the public pool.

A server is asked four times by SNTP (RFC 4330, RFC 5905), and the answer with the lowest delay counts; a host's clock is read to the millisecond. Replies count only with the
random number of the question, from a server that is itself in time; one that asks to be left alone (kiss-o'-death) is, and is among the errors. At most 5 seconds are waited for a
server, and 60 for all. Where no server told the time \`hascheckeddrift\` is false, and nothing is found.

Linux and macOS by files, Windows by \`w32tm\` as recorded: those two are untested on real hosts. Other systems ask the public servers.`

export const examples: readonly ModuleExample[] = [
  { title: 'Which clocks are more than a minute off?', command: 'timedrift -t all -drift 60s' },
  {
    title: 'The same in a network without a way out',
    command: 'timedrift -t all -drift 5s -server ntp1.lab.example -server 192.0.2.7',
  },
  { title: 'What time is it there?', command: 'timedrift -t all' },
]
