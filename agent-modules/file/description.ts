/** Help and documentation of `file`. */
import type { ModuleExample } from '../contract.ts'

export const summary = 'Finds files by name, size, mode, time, content, bytes and hashes.'

export const description = `Looks at regular files below the given paths and tells which ones the filters hit. Contents never leave the host:
the answer is the path, size, mode and time of each file, and its SHA-256 when asked.

An action file holds \`searches\`, each under a label of its own; all of them share one walk, and each file is read at most once.

| filter | a file hits when |
|---|---|
| \`paths\` | absolute; directories are searched with all below them, one may also name a file. No globs. |
| \`names\` | its base name matches the regular expression (Go/RE2 syntax); \`!REGEX\`: does not match |
| \`sizes\` | \`<10k\`: at most, \`>10k\`: at least, \`10k\`: exactly; units k, m, g, t of 1024 |
| \`modes\` | its mode as Go prints it matches: \`-rw-r--r--\`; setuid shows as a leading \`u\`, setgid \`g\`, sticky \`t\` |
| \`mtimes\` | \`<2d\`: modified within the last 2 days, \`>90d\`: longer ago; units d, h, m. \`after:2026-01-02\`, \`before:2026-01-02T03:04:05Z\`: a date alone is its first moment in UTC. All bounds exclusive. |
| \`contents\` | some line matches; \`!REGEX\`: no line matches. Lines have any length and end as in Go: a carriage return before the end is no part of one. |
| \`bytes\` | it holds this byte string, in hex, anywhere |
| \`md5\` \`sha1\` \`sha2\` \`sha3\` | its hash is this one; the length tells which of its family |

Options: \`matchall\` (all filters must hit; the command line sets it, an action file must), otherwise one is enough and the answer names those that hit, but no
contents or bytes; \`mismatch\` (kinds of filter to turn round); \`macroal\` (all lines must match, or with \`!\` none may); \`maxdepth\`, \`matchlimit\` (per search), \`maxerrors\`: 0 is no limit;
\`returnsha256\`; \`decompress\` (look into gzip files). A search without filters lists the files.

Directories behind symbolic links are not entered. A link to a file is followed only inside the path searched; the others are counted. Pipes, devices
and sockets are never read. A file is read up to the size it had when it was opened, a file of /proc, which has none, up to 16 MiB, a gzip file up to
256 MiB unpacked. What could not be read to its end never hits by what it does not hold. Every limit met is among the errors.

One action may hold 32 contents and byte strings in all: each tells one bit of what a file holds. Alternatives of one expression, \`a|b|c\`, count as one.`

export const examples: readonly ModuleExample[] = [
  {
    title: 'A secret in the cron jobs of the build hosts',
    command: `file -t "environment->>'os'='linux' AND name LIKE '%buildbot%'" -path /etc/cron.d -content "mysql://"`,
  },
  {
    title: 'Password files changed in the last two days',
    command: `file -t "environment->>'os'='linux'" -path /etc/passwd -mtime "<2d"`,
  },
  {
    title: 'Hosts up for more than a year and a half',
    command: 'file -t all -path /proc/uptime -content "^[5-9]{1}[0-9]{7,}\\\\."',
  },
  {
    title: 'Is auditd running (the bracket keeps the search from finding itself)',
    command: 'file -t all -path /proc -name "^cmdline$" -maxdepth 2 -content "[a]uditd"',
  },
  {
    title: 'A USB device by vendor and product',
    command:
      'file -t all -matchany -path /sys/devices/ -name "^uevent$" -content "PRODUCT=20a0/4107"',
  },
  {
    title: 'Keys in authorized_keys that nobody knows',
    command:
      'file -t all -path /home -path /root -name "^authorized_keys" -content "^((#.+)|(\\\\s+)?|KEY1|KEY2)$" -macroal -mismatch content',
  },
  {
    title: 'Processes of one user',
    command:
      'file -t all -path /proc -maxdepth 2 -name "^status$" -content "^Uid:\\\\s+(1664)\\\\s+"',
  },
  {
    title: 'A leaked cloud key',
    command:
      'file -t all -path / -name "^\\\\.boto$" -content "AKIAIOSFODNN7EXAMPLE" -size "<1k" -maxdepth 5',
  },
  {
    title: 'A known bad file, and the hashes of what is there',
    command:
      'file -t all -path /usr/bin -sha2 e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855 -returnsha256',
  },
  {
    title: 'Private keys changed since a date',
    command:
      'file -t all -path /home -content "BEGIN (RSA|DSA|EC|OPENSSH) PRIVATE KEY" -mtime after:2026-01-02',
  },
]
