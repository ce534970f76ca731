/** Help and documentation of `logins`. */
import type { ModuleExample } from '../contract.ts'

export const summary =
  'Tells who is and was logged in, failed logins, and which accounts and privileges a host has.'

export const description = `Answers the questions in \`queries\`; without any, \`current\`.

| query | tells | Linux reads |
|---|---|---|
| \`current\` | who is logged in, where, from where, since when | /run/utmp; without it systemd's sessions |
| \`history\` | logins with their ends, starts and shutdowns of the host, newest first | /var/log/wtmp and what was rotated away, also gzip; wtmpdb |
| \`failed\` | failed logins, counted by user and source, most first | /var/log/btmp and what was rotated away |
| \`lastlogins\` | when each account last logged in | lastlog2, else /var/log/lastlog |
| \`privileged\` | members of root, sudo, wheel, admin, docker, lxd, incus, disk, shadow and of every group that sudoers names; users and groups of rules, and whether one asks for no password | /etc/group, /etc/sudoers and what it includes |
| \`accounts\` | accounts with uid 0, without a password, with a usable one, or with a login shell | /etc/passwd, /etc/shadow |

| filter | keeps |
|---|---|
| \`user\` | users whose name matches the regular expression (Go/RE2 syntax); \`!REGEX\`: does not match |
| \`sources\` | logins from one of these addresses or networks, \`192.0.2.1\`, \`10.0.0.0/8\`, \`2001:db8::/32\`; not those from a console, nor from a host that was recorded by name alone |
| \`since\`, \`until\` | \`<2d\`: the last 2 days, \`>2d\`: until 2 days ago; units d, h, m. \`after:2026-01-02\`, \`before:2026-01-02T03:04:05Z\`. Bounds exclusive. |
| \`limit\` | so many of each query, absent or 0: 1000, at most 10,000 |

Of passwords only the state is told: \`empty\`, \`set\`, \`locked\`, \`none\` (nothing matches) or \`unknown\` (not ours to read); never a hash. Where a login failed,
a name that is no account of the host is \`(unknown)\`: people type passwords where names are asked for. What was typed is not matched with \`user\` either. Directories of networks (LDAP, Active Directory)
are not asked.

Of sudoers each rule for this host is told once for each whom it means, after its aliases, exceptions (\`except\`) and whatever later rules take away: a user, a
\`group\` (\`:NAME\` is a plugin's), a \`netgroup\` or everyone. \`nopasswd\` is true where some command needs no password, by its tag or by \`Defaults !authenticate\`; \`root\`
is false where none may be run as root. Rules for other hosts are left out, by this host's names and addresses; \`somehosts\` is true where it cannot be told whether a rule is
for this host: of netgroups, and of full names where the kernel knows a short one and no \`Defaults fqdn\` says whether sudo asks the resolver. No commands, hosts or run-as
users are told. What else cannot be told (of netgroups, patterns, parts) is absent, and counted among the errors, as are lines that sudo could not read. A file of more than
1 MiB is not looked at, nor a list of more than 5,000.

A login shell is one that is not made to refuse (\`nologin\`, \`false\`, \`sync\`, \`shutdown\`, \`halt\`), listed in /etc/shells or not: that list binds chsh, FTP servers and
services with pam_shells, but neither login nor sshd.

Of one file of records the last 64 MiB are looked at, of rotated files the newest 64, by the numbers and dates in their names that \`log\` knows; records of 384 and 400 bytes in both byte orders are known. Every limit met, and what this
user may not read, is among the errors: as root all can be read. A login that another took over on the same terminal ended then, as \`last\` has it.

Linux complete. macOS by \`last -y\`, \`dscl\` and sudoers, without \`failed\` and states of passwords; Windows by \`Get-LocalUser\`, \`Get-LocalGroupMember\` and the security
log, without \`current\`: both written from documents, not tested on real hosts. Elsewhere unsupported.`

export const examples: readonly ModuleExample[] = [
  { title: 'Who is logged in anywhere?', command: 'logins -t all' },
  {
    title: 'Logins from an address in the last week',
    command: 'logins -t all -history -source 198.51.100.7 -since "<7d"',
  },
  {
    title: 'Who tries passwords, and which accounts exist?',
    command: `logins -t "environment->>'os'='linux'" -failed -since "<1d" -limit 20`,
  },
  {
    title: 'Who can become root, and which accounts can be used?',
    command: 'logins -t all -privileged -accounts',
  },
  {
    title: 'Was this account used?',
    command: 'logins -t all -lastlogins -history -user "^deploy$"',
  },
]
