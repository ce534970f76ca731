/** Help and documentation of `process`. */
import type { ModuleExample } from '../contract.ts'

export const summary = 'Finds running processes by name, executable, user, parent, start, hash.'

export const description = `Looks at the processes that run now. Command lines and values of environment variables never leave the host: the answer is
number, parent, name, executable, user, state, start, threads and memory of each process, and the SHA-256 of its executable when asked.

An action file holds \`searches\`, each under a label of its own; all of them share one list of processes. A leading \`!\` turns a filter round
(not \`deleted\`, \`starts\`, \`sha2\`, which \`mismatch\` turns round).

| filter | a process hits when |
|---|---|
| \`names\` | its name matches the regular expression (Go/RE2 syntax). Linux keeps 15 bytes of a name; where the executable is called so, the rest counts too. |
| \`paths\` | the path of its executable matches; what runs none, a kernel thread, has the empty path |
| \`deleted\` | \`true\`: its executable was deleted or replaced, or never was on disk; \`false\`: it is still there |
| \`cmdlines\` | some line of its command line, arguments joined by spaces, matches |
| \`users\` | it has the rights of this user: a name of /etc/passwd, or a number |
| \`pids\` \`ppids\` | its number, or its parent's, is this one |
| \`parents\` | the name of its parent matches; where the parent ended, or there never was one, that is the empty name |
| \`starts\` | \`<2h\`: started within the last 2 hours, \`>90d\`: longer ago; units d, h, m. \`after:2026-01-02\`, \`before:2026-01-02T03:04:05Z\`. All bounds exclusive. |
| \`envs\` | the name of some environment variable it was started with matches; those that do are told, up to 64. Values are never looked at. |
| \`sha2\` | the SHA-256, SHA-384 or SHA-512 of its executable is this one: of the file that it runs, even if deleted |

Options: \`matchall\` (all filters must hit; the command line sets it, an action file must), otherwise one is enough and the answer names those that
hit, but no command lines; \`mismatch\` (kinds of filter to turn round); \`returnsha256\`; \`tree\` (return the ancestors of what is found too, marked,
and print all as a tree). A search without filters lists all processes.

What cannot be told of a process is no hit, turned round or not: other users' executables and environments are shown to root only. Processes that end
while they are looked at are left out. How many did not show all that was asked is among the errors. A command line is looked at up to 4 MiB.
A search by
\`cmdlines\` that was typed on the host itself (\`-t local\`) leaves out the command that asks and what it was started by with the same words, as \`sh -c\`,
\`sudo\` or \`npx\`: they hold what is looked for only because it is looked for. What else holds the words is found, as a \`grep\` behind a pipe, or the
\`mig\` that asked the agents of other hosts and its own. Each pattern for command lines is one of the 32 that an action may hold against what hosts keep private.

Linux: complete. macOS: by \`ps\`, without \`deleted\` and \`envs\`; hashes are of the file that is at the path now. Windows: by PowerShell, also
without \`users\`. Those two are written from documents and not tested on real hosts. What a system cannot answer is refused there as unsupported.`

export const examples: readonly ModuleExample[] = [
  { title: 'Is auditd running?', command: 'process -t all -name "^auditd$"' },
  {
    title: 'Programs that run from a place where none belongs, with the hash of each',
    command: 'process -t all -path "^/(tmp|dev/shm|var/tmp)/" -returnsha256',
  },
  {
    title: 'Programs whose file was deleted, and who started them',
    command: `process -t "environment->>'os'='linux'" -deleted -tree`,
  },
  {
    title: 'A known bad program, whatever it calls itself',
    command:
      'process -t all -sha2 e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
  },
  {
    title: 'Shells that a web server started',
    command: `process -t "environment->>'os'='linux'" -name "^(ba|da|z|)sh$" -parent "^(nginx|apache2|httpd|php-fpm)" -tree`,
  },
  {
    title: 'Libraries forced into programs',
    command: `process -t "environment->>'os'='linux'" -env "^LD_(PRELOAD|AUDIT)$"`,
  },
  {
    title: "Root's interpreters of the last two hours that fetch something",
    command:
      'process -t all -user root -start "<2h" -path "/(python|perl|ruby|node)[^/]*$" -cmdline "https?://"',
  },
]
