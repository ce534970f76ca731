/** Help and documentation of `autoruns`. */
import type { ModuleExample } from '../contract.ts'

export const summary = 'Tells what starts by itself, from where, and whether a package brought it.'

export const description = `Looks in the places from which hosts start programs by themselves, and tells for each what it is called, the file that says so,
the program that is started, as whom and when, and of both files the owner, mode, time, package and hash. Texts of definitions never leave the host: no
arguments, no environment, only the paths of programs and libraries.

All filters must hit; of \`kinds\` and of \`sha2\`, one.

| parameter | an entry hits when |
|---|---|
| \`kinds\` | it is of one of these kinds (below) |
| \`names\` | its name matches the regular expression (Go/RE2 syntax); \`!REGEX\`: does not match |
| \`paths\` | the path of its definition or of its program matches; \`!REGEX\`: neither does |
| \`mtimes\` | a file of it was modified: \`<2d\` within 2 days, \`>90d\` longer ago; \`after:2026-01-02\`, \`before:2026-01-02T03:04:05Z\` |
| \`sha2\` | its program has one of these SHA-256 |
| \`missing\` | its program, or what its definition is a link to, is not there |
| \`writable\` | others than root and the user it runs as may change one of its files, or put another in its place: by owner and mode, of files and of all folders above |
| \`unowned\` | one of its files is of no package: asked of dpkg, rpm, apk or pacman |
| \`modified\` | one of its files has another hash than its package recorded, configuration included |
| \`temporary\` | a file of it lies in /tmp, /var/tmp or /dev/shm, or its program in a hidden folder |
| \`enabled\` | it starts by itself, or may: what is known not to is left out |

\`hash\`: \`executables\` (default) returns the SHA-256 of programs, \`all\` of definitions too, \`none\` reads no file, and is faster; \`matchlimit\`: how many to return, 0 is no limit.

| kind on Linux | places |
|---|---|
| \`service\` \`timer\` \`socket\` \`path\` | all unit folders of systemd, the machine's and each user's, with drop-ins; the state is what \`systemctl list-unit-files\` says, from the links. Timers, sockets and paths come with the programs of what they set off. |
| \`generator\` | generators of systemd |
| \`cron\` \`at\` | crontabs of the machine and of users, cron.d, cron.hourly and its like, anacron; jobs of at |
| \`init\` | scripts of run levels, OpenRC, rc.local, inittab |
| \`profile\` | what shells read at log-in: /etc/profile.d and its like, and in homes |
| \`autostart\` \`dbus\` | desktop entries; services that D-Bus starts when called |
| \`kernel-module\` | loaded now (state \`loaded:OE\`: built elsewhere, unsigned), loaded at boot, and commands of modprobe.d |
| \`preload\` | libraries of /etc/ld.so.preload, and of LD_PRELOAD and LD_AUDIT in environments, profiles, crontabs and units |
| \`udev\` \`pam\` \`ssh\` \`binfmt\` | programs of udev's rules; modules of PAM and programs of pam_exec; sshd's commands and rc files; interpreters of binfmt_misc |
| \`motd\` \`package-hook\` \`boot-hook\` \`network-hook\` \`power-hook\` | update-motd.d; hooks of apt, dpkg and pacman; of the initramfs and kernel packages; of NetworkManager, ifupdown, networkd-dispatcher, ppp and dhclient; of sleep and shutdown |

macOS: \`launchd\`, hooks of the login window as \`login-item\` (not the login items of System Settings), cron, profiles and ssh. Windows: \`run-key\` of the machine and
of the agent's own user, \`service\`, \`task\`, \`startup-folder\`, by paths alone: files are not looked at. **Both are untested on real hosts.** Other platforms: unsupported.

Commands of shells are read, not run: a program whose path depends on variables is not told, and its entry comes without one. Of scripts that interpreters run
(\`python3 /opt/x.py\`) the script is told as well where it is a file. Accounts are those of /etc/passwd. Limits, each reported when met: 256 KiB of a definition, 10,000 entries of a folder,
20,000 entries in all, 512 MiB of a file to hash. A host mounted elsewhere and containers are not looked into.`

export const examples: readonly ModuleExample[] = [
  {
    title: 'What starts by itself that no package brought',
    command: 'autoruns -t all -unowned -enabled',
  },
  {
    title: 'Persistence set up in the last two days',
    command: `autoruns -t "environment->>'os'='linux'" -mtime "<2d" -enabled`,
  },
  {
    title: 'Programs started as root that others may replace',
    command: 'autoruns -t all -writable -kind service -kind timer -kind cron',
  },
  {
    title: 'Programs that differ from what their package brought',
    command: 'autoruns -t all -modified -path "^/(usr/)?s?bin/"',
  },
  { title: 'Libraries that every program loads', command: 'autoruns -t all -kind preload' },
  {
    title: 'A known bad program',
    command:
      'autoruns -t all -sha2 e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
  },
  {
    title: 'Started from where everybody may write, without reading files',
    command: 'autoruns -t all -temporary -hash none',
  },
]
