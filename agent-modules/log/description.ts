/** Help and documentation of `log`. */
import type { ModuleExample } from '../contract.ts'

export const summary = 'Counts what logs say by Sigma rules and regular expressions.'

export const description = `Reads the logs of a host, rotated and gzip files included, and tells for each rule or expression and each log how many
events it holds for, when the first and the last of them were, and who and from where. Lines never leave the host unless they are asked for
(\`lines\`), which a host refuses unless its policy grants raw lines.

| parameter | meaning |
|---|---|
| \`rules\` | Sigma rules, each the YAML text of one |
| \`regexes\` | \`REGEX\` (Go/RE2 syntax): lines that match; \`!REGEX\`: lines that do not. They need a source or path. |
| \`sources\` | \`journal\`, \`syslog\`, \`auth\`, \`audit\`, \`web\`: where to look instead of where a rule's \`logsource\` says |
| \`paths\`, \`format\` | files by absolute path, and what they are: \`lines\` (the default, without fields and times), \`syslog\`, \`audit\`, \`web\` |
| \`since\`, \`until\` | \`<2d\`: the last 2 days, \`>2d\`: until 2 days ago; units d, h, m. \`after:2026-01-02\`, \`before:2026-01-02T03:04:05Z\`. Bounds exclusive. |
| \`fields\` | fields whose most frequent values are returned, beside those in a rule's own \`fields\` |
| \`lines\` | return the first 100 lines of each, and values of any field |

## Sources and fields

Fields in **bold** are metadata: their values may be returned. Others are raw content, which only rules can look at. Names are not case-sensitive.

| source | where | fields |
|---|---|---|
| \`syslog\` | /var/log: syslog, messages, kern.log, daemon.log, user.log, cron, cron.log | **host program pid user src_ip** message |
| \`auth\` | /var/log: auth.log, secure | the same |
| \`journal\` | what journalctl prints | the same, and **_HOSTNAME SYSLOG_IDENTIFIER _COMM _EXE _PID _UID _GID _SYSTEMD_UNIT _SYSTEMD_USER_UNIT PRIORITY SYSLOG_FACILITY _TRANSPORT _AUDIT_LOGINUID _AUDIT_SESSION** _CMDLINE |
| \`audit\` | /var/log/audit/audit.log | those of the records, hex decoded. **type syscall arch success exit res op tty terminal pid ppid ses uid auid euid suid fsuid gid egid acct comm unit key addr hostname node exe**, others. Of events that start a program also **Image User ProcessId ParentProcessId** CommandLine CurrentDirectory |
| \`web\` | access logs in /var/log: nginx, apache2, httpd | **c-ip cs-host cs-method cs-version sc-status sc-bytes** cs-username cs-uri cs-uri-stem cs-uri-query cs-referer cs-user-agent |

\`user\` and \`src_ip\` are what sshd, sudo, su and PAM say in their messages; a \`user\` or \`acct\` that is no account of the host is told as \`(unknown)\`, since people type
passwords where names are asked for. \`cs-uri\` is path and query, \`cs-uri-query\` what stands behind the question mark.
An audit event is all records of one number together: a field has all the values it has in any of them. Names beside numbers (\`syscall\` is \`59\` and
\`execve\`, \`uid\` is \`0\` and \`root\`) are there where auditd wrote them (\`log_format = ENRICHED\`, its default).

Rotated files are known by a number or by a date that sorts by time, in any form of logrotate's \`dateformat\`: \`.2.gz\`, \`-20261115\`, \`-2026111510.gz\`,
\`.2026-11-15\`, \`-1763200000\`.

Times without a year are taken as of the last year in which the file can have held them, and in the host's own zone.

## Sigma

A rule holds or does not hold for each event by itself. Read are:

* selections: maps (all of it), lists of maps (one of them), lists of keywords and \`'|all'\` (anywhere in the event)
* values: texts without regard to case, with \`*\` and \`?\`, escaped by a backslash; numbers; \`null\`: no such field; a list: one of them
* modifiers: \`contains\`, \`startswith\`, \`endswith\`, \`all\`, \`cased\`, \`re\` (RE2 syntax: no lookaround, no back references) with \`i\`, \`m\`, \`s\`, \`cidr\`, \`exists\`, \`lt\`, \`lte\`, \`gt\`, \`gte\`
* conditions: \`and\`, \`or\`, \`not\`, parentheses, \`1 of them\`, \`all of them\`, \`1 of sel*\`, \`all of sel*\`, and lists of conditions (one of them)
* \`logsource\`: product linux with service auditd, syslog, auth, sshd, sudo, su, cron or none, or with category process_creation (of auditd); category webserver. sshd, sudo, su and cron are about events of those programs only.

Everything else is refused when the action is composed, with its place in the rule: aggregations (\`| count()\`), \`timeframe\`, correlations, filters, collections,
other modifiers (\`base64\`, \`windash\`, \`expand\`, \`fieldref\`, \`neq\` ...), fields that the source does not have, and in \`fields\` those that are raw content.

## Limits

32 rules and expressions in all, each one probe; a rule of 32 KiB, with 2,048 values and 32 regular expressions (a list of values with inner wildcards is one).
32 values of a field, of 256 characters; 32,768 different ones are counted in one log, of all fields. Of one log at most 1,000 lines, of 4,096 characters,
are returned. 64 KiB of a line; 256 MiB unpacked of a gzip file; 256 records of an audit event; 2 million journal entries, the newest;
of these, messages of 4 KiB. A file is read up to the size it had when it was opened. Symbolic links, pipes and devices are not read, nor xz, zstd and bzip2. Every
limit met is among the errors.

Linux. Files given by \`paths\` are read on every platform, which is untested on real macOS and Windows hosts; sources are unsupported there.`

const AT_ALL_LINUX = `-t "environment->>'os'='linux'"`

export const examples: readonly ModuleExample[] = [
  {
    title: 'A Sigma rule on every host',
    command: `log ${AT_ALL_LINUX} -rule lnx_auditd_insmod.yml -since "<7d"`,
  },
  {
    title: 'Who was it that failed to log in, and from where',
    command: `log ${AT_ALL_LINUX} -source auth -source journal -regex "sshd.*Failed password" -field user -field src_ip -since "<2d"`,
  },
  {
    title: 'Requests for a shell that an intruder left behind',
    command: `log ${AT_ALL_LINUX} -source web -regex "(GET|POST) /uploads/[a-z0-9]+\\\\.php" -field c-ip -field sc-status`,
  },
  {
    title: 'Kernel modules loaded by hand',
    command: `log ${AT_ALL_LINUX} -source audit -regex "type=SYSCALL .*comm=\\"insmod\\"" -field auid -field exe -field success`,
  },
  {
    title: 'Errors in a log of our own',
    command: 'log -t all -path /opt/shop/log/payments.log -regex "^FATAL"',
  },
]
