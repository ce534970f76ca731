/** Help and documentation of `yara`. */
import type { ModuleExample } from '../contract.ts'

export const summary = 'Holds YARA rules against files, and against the memory of processes.'

export const description = `Scans files and the memory of processes by YARA rules and answers which match which rules, never what matched or where. The engine is
YARA-X, which takes the rules of YARA nearly all unchanged.

| parameter | what it is |
|---|---|
| \`yara\` | the rules, as text. \`include\` is refused: put all rules into one file. |
| \`filesearch\` | scan the files that \`file\` finds by these flags, in one text: \`-path /bin -size <1m\`. Quotes of either kind keep white space; backslashes are just that. All files found are scanned, unless \`-matchlimit\` says otherwise. |
| \`files\` | the same as one search of \`file\`, with its keys: \`{"paths": ["/bin"], "sizes": ["<1m"]}\` |
| \`processes\` | scan processes: \`names\` (regular expressions, Go/RE2 syntax, on the name of the process or the path of its program) and \`pids\`, of which those that do not run are errors of the answer; \`{}\` is all of them. Linux only. |

Rules are compiled where the action is made, and again on each host before it scans. Slow strings and loops, as the engine calls them, are refused: give a
string at least four fixed bytes in a row.

*What an answer tells.* Of a file or process, up to 28 rules are named in full. Of more than 28 rules only the first few that match are named, in alphabetic
order, with \`More\` where there are others: 11 of 30 rules, 3 of 300, 2 of 1000. One answer so tells at most 28 bits of what a file holds, and nobody spells it
out; they count among the 32 of an action. Give the rules that matter most names that sort first, or ask again without those that were named. The word \`rule\` in a comment
or text counts as a rule.

*Limits.* A file is scanned whole or not at all: up to 64 MiB, or 32 MiB by WebAssembly; larger ones are errors of the answer. One file has 10 s. A condition sees at most 1000
matches of one string (\`#a > 1000\` never holds). A signed action holds some 170 KB of rules. Links, pipes, devices: as in \`file\`. Memory is scanned in parts of 16 MiB, up
to 4 GiB of a process, without mapped devices, nor mapped files on no local file system (FUSE, network; what the process has changed of them is scanned, the rest counted); conditions see one part at a time, so \`filesize\` and \`at\` mean little there. The agent, or the \`mig\` that asks by
\`-t local\`, leaves itself out, because it holds the rules. Without root, only the user's own processes are seen, and the rest is counted.

*Platforms.* On Linux x64 (glibc), and wherever else npm has it prebuilt, the engine is native (YARA-X 1.7); elsewhere it is WebAssembly (YARA-X 1.20), which scans some 100
files a second, large ones as fast. The newer one finds more strings slow, such as those of one letter. Statistics tell which it was. Tested on Linux with both; untested on macOS and Windows.`

export const examples: readonly ModuleExample[] = [
  {
    title: 'Programs that match rules of a file',
    command: "yara -t all -rules r.yar -files '-path /bin -path /sbin -name .'",
  },
  {
    title: 'Web shells below the document roots, changed this month, with their hashes',
    command: `yara -t "environment->>'os'='linux'" -rules webshells.yar -files '-path /var/www -name "\\.(php|jsp)$" -mtime <31d -returnsha256'`,
  },
  {
    title: 'Implants in the memory of everything that runs',
    command: `yara -t "environment->>'os'='linux'" -rules implants.yar -pname .`,
  },
  {
    title: 'One process of this host',
    command: 'yara -t local -rules r.yar -pid 4711',
  },
]
