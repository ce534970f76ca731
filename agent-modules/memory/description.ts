/** Help and documentation of `memory`. */
import type { ModuleExample } from '../contract.ts'

export const summary = 'Finds processes by name, loaded libraries, and what their memory holds.'

export const description = `Looks at the processes that run now, and at their memory while they go on running. What is there never leaves the host: the answer is
which processes hold what is looked for, how often, and in which of their mappings.

An action file holds \`searches\`, each under a label of its own; the memory of each process is read at most once for all of them, and only where names and
libraries leave it in question.

| filter | a process hits when |
|---|---|
| \`names\` | the path of its executable, or its name, matches the regular expression (Go/RE2 syntax); \`!REGEX\`: neither does |
| \`libraries\` | the path of some file it has mapped matches, its executable among them; \`!REGEX\`: none does. Behind the path of a deleted one stands \` (deleted)\`. |
| \`contents\` | some line of its memory matches |
| \`bytes\` | its memory holds this byte string, in hex |

A line ends at a byte 0a, one byte 0d before that is no part of it, and where the memory that can be read ends or has a gap; bytes of zero are part of it.
\`^\` and \`$\` stand for its ends, and no match goes across them. Neighbouring mappings are read as one. Where an expression holds a text that each match
needs, it is tried only around that text: a match that begins more than 4,096 bytes before it, or ends more than 4,096 bytes behind, may be missed.
An expression without such a text, as \`[0-9]{16}\`, misses nothing and takes several times longer. Bytes that are not UTF-8 are each taken as U+FFFD;
text in UTF-16 is found as \`p\\x00w\\x00\`, or by \`bytes\`.

\`hits\` counts the pages of memory that hold a content or byte string (for a match: where it ends), up to 10,000 of each. This number leaves the host, and can
tell more than whether something is there: some 13 bits for each string asked about, where being found tells one. \`places\` tells the first 16
mappings that hold these pages: where they begin, and what is mapped there. Pages and exact addresses are not told: they could be made to spell out what stands there.

Options: \`matchall\` (all filters must hit; the command line sets it, an action file must), otherwise one is enough and the answer names those that hit, but
no contents or bytes; \`offset\` (the address from which on memory is looked at); \`maxlength\` (bytes looked at of each process, 0: all); \`logfailures\` (say of each process
what could not be read). MIG's command line called the last two limits by wrong names; here they are \`-offset\` and \`-maxlength\`. A search without filters lists all processes.

Pages that a process has not touched are not read, nor what is only in a file that it has mapped, nor devices: the file itself is found by
\`file\`. Of files on no local file system (FUSE, network, an overlay that a user mounted) only what the process has changed is read, and the rest counted: whoever serves them could
keep the search waiting for ever. A process that is made for it, trading its mappings against such a file's all the time, still can: the run then ends by its
time, with what was found before, and after two such runs the agent runs no \`memory\` until their processes are gone; leave it out by \`-name '!...'\`. So gigabytes that were reserved and never used cost nothing; of what a process has reserved 256 GiB are looked at. The process that searches and the agent that
started it are left out: they hold the question. Memory changes while it is read, and the answer is of no single moment. What could not be read
is counted; without root those are the processes of other users.

Every content and byte string is one of the 32 that an action may hold against what hosts keep private.

Linux only; elsewhere \`memory\` is unsupported.`

export const examples: readonly ModuleExample[] = [
  {
    title: 'Processes that were told to load something from a place where nothing belongs',
    command: `memory -t "environment->>'os'='linux'" -content "LD_PRELOAD=/(tmp|dev/shm|var/tmp)/"`,
  },
  {
    title: 'A web server that still holds the key that was revoked',
    command: 'memory -t all -name "/(nginx|apache2|httpd)$" -content "AKIAIOSFODNN7EXAMPLE"',
  },
  {
    title: 'Processes that hold a private key of OpenSSH, agents of it left out',
    command:
      'memory -t all -name "!ssh-agent$" -bytes 2d2d2d2d2d424547494e204f50454e5353482050524956415445204b4559',
  },
  {
    title: 'Programs that run with an old OpenSSL',
    command: 'memory -t all -lib "libcrypto\\\\.so\\\\.1\\\\.0"',
  },
  {
    title: 'Programs that run with libraries that were updated since',
    command: 'memory -t all -lib "/lib.*\\\\.so.* \\\\(deleted\\\\)$"',
  },
]
