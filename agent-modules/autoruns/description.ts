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
| \`sha2\` | its program, or what defines it, has one of these SHA-256 |
| \`missing\` | its program, or what its definition is a link to, is not there |
| \`writable\` | others than root and the user it runs as may change one of its files, or put another in its place: by owner and mode, of files and of all folders above |
| \`unowned\` | one of its files is of no package: asked of dpkg, rpm, apk or pacman |
| \`modified\` | one of its files has another hash than its package recorded, configuration included |
| \`temporary\` | a file of it lies in /tmp, /var/tmp or /dev/shm, or its program in a hidden folder |
| \`enabled\` | it starts by itself, or may: what is known not to is left out |

\`hash\`: \`executables\` (default) returns the SHA-256 of programs, \`all\` of definitions too, \`none\` reads no file, and is faster; \`matchlimit\`: how many to return, 0 is no limit.

| kind on Linux | places |
|---|---|
| \`service\` \`timer\` \`socket\` \`path\` | all unit folders of systemd, the machine's, each user's and those of running sessions, with drop-ins; the state is what \`systemctl list-unit-files\` says, from the links. Timers, sockets and paths come with the programs of what they set off. What only udev, D-Bus or another unit may start is neither called enabled nor left out by \`enabled\`. Also what inetd and xinetd (\`socket\`) and incron (\`path\`) start |
| \`generator\` | generators of systemd, of units and of environments |
| \`cron\` \`at\` | crontabs of the machine and of users, cron.d, cron.hourly and its like, anacron; jobs of at |
| \`init\` | scripts of run levels, OpenRC, rc.local and local.d, inittab, runit and daemontools, Upstart, supervisor |
| \`profile\` | what shells (sh, bash, zsh, csh, ksh, fish) and X sessions read at log-in: /etc/profile.d and its like, /etc/skel, and in homes |
| \`autostart\` \`dbus\` | desktop entries, scripts of lightdm, LXDE, i3 and sway; services that D-Bus starts when called |
| \`kernel-module\` | loaded now (state \`loaded:OE\`: built elsewhere, unsigned), loaded at boot, and commands of modprobe.d |
| \`kernel-helper\` | what the kernel itself starts: core_pattern, modprobe, uevent_helper, release_agent of cgroups, as set now and in sysctl.d |
| \`boot-loader\` | \`init=\` and \`rdinit=\` of the kernel's command line: of this boot, of GRUB, systemd-boot, extlinux and Raspberry Pi |
| \`boot-hook\` | hooks, scripts, modules and configuration of initramfs-tools, dracut and mkinitcpio; of kernel packages; /etc/default/grub and /etc/grub.d; scripts of cloud-init |
| \`preload\` | libraries of /etc/ld.so.preload; of LD_PRELOAD and LD_AUDIT, and scripts of BASH_ENV, in environments (environment.d, systemd's, pam_env, keys of ssh), profiles, crontabs and units |
| \`library-path\` \`nss\` | folders of ld.so.conf (whose is not asked); libraries of nsswitch.conf |
| \`plugin\` | libraries that sudo.conf, Apache, nginx, PHP (with scripts that are put before and after each page, both by absolute path), OpenSSL and PKCS#11 name |
| \`python\` | .pth files, sitecustomize and usercustomize of the machine's Pythons, and in homes below .local |
| \`udev\` \`binfmt\` | programs of udev's rules; interpreters of binfmt_misc |
| \`pam\` \`polkit\` | modules of PAM and programs of pam_exec; rules of polkit |
| \`ssh\` | commands and libraries of sshd's configuration and of ssh's, of users too, with what they include; rc files; lists of authorized keys, wherever AuthorizedKeysFile has them, and their \`command=\` (for the keys see the module sshkey) |
| \`motd\` \`mail-hook\` | update-motd.d; programs of aliases, .forward and procmail |
| \`package-hook\` | hooks of apt, dpkg, dnf, yum, zypper, apk, pacman and Portage, and their plug-ins; of needrestart and etckeeper |
| \`log-hook\` | scripts of logrotate; programs of rsyslog and auditd |
| \`network-hook\` | of NetworkManager, ifupdown, networkd-dispatcher, ppp, dhclient, dhcpcd, ifup, hotplug, WireGuard and OpenVPN |
| \`power-hook\` | of sleep and shutdown: systemd, pm-utils, acpid |

Not looked for: what is inside an image that boots, scripts that packages ran once, hooks of git, plug-ins of editors and browsers, and web pages.

macOS: \`launchd\`, hooks of the login window as \`login-item\` (not the login items of System Settings), cron, profiles and ssh. Windows: \`run-key\` of the machine and
of the agent's own user, \`service\`, \`task\`, \`startup-folder\`, by paths alone: files are not looked at. **Both are untested on real hosts.** Other platforms: unsupported.

Commands of shells are read, not run: a program whose path depends on variables is not told, and its entry comes without one. Of scripts that interpreters run
(\`python3 /opt/x.py\`) the script is told as well where it is a file. Accounts are those of /etc/passwd. A host mounted elsewhere and containers are not looked into.

What the machine has is looked at, hashed and told first, then what users have: what is found in a home, and what else a user owns the definition of. Each user has a share, so that
nobody hides what the machine has, or another user. Limits, each reported when met:

| of | the machine | each user | all users |
|---|---|---|---|
| entries, of which one with paths of over 1 KiB counts for several | 20,000 | 1,000 | 10,000 |
| looking in homes | 60 s (root's) | 3 s | 60 s |
| files to hash, by the entry that leads to them | 8 GiB, 60 s | 1 GiB, 5 s | 4 GiB, 20 s |

Holes of sparse files count as bytes, for they cost as much. What is beyond is told without \`sha256\` and \`modified\`, and is not found by \`sha2\` and \`modified\`: an answer with such an error
does not say that there is none. Further: 256 KiB of a definition, 10,000 entries of a folder, 1,000 files of a configuration with those it includes, 512 MiB of a file to hash, 256 folders
and links on the way of a path.`

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
  {
    title: 'Libraries that every program loads, or is led to',
    command: 'autoruns -t all -kind preload -kind nss -kind library-path -unowned',
  },
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
