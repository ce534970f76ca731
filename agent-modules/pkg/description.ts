/** Help and documentation of `pkg`. */
import type { ModuleExample } from '../contract.ts'

export const summary = 'Finds installed packages by name and version.'

export const description = `Looks through the databases of the host's package managers, all that it has, and returns name, version, type and architecture of each
package that matches; also its source package where the database tells, and with \`returninstalled\` when this version was put there.

| parameter | a package is returned when |
|---|---|
| \`pkgmatch.matches\` | its name matches one of these regular expressions (Go/RE2 syntax); \`.\` is every package |
| \`vermatch\` | its version, as the package manager prints it, matches; \`!REGEX\`: does not match |
| \`vercompare\` | its version is \`<1.2-3\`, \`<=\`, \`=\`, \`>=\` or \`>\`; one, or a list of which all must hold |

Versions are compared by the rules of the package manager that installed them: dpkg (epochs, \`~\`), rpm (epochs, \`~\`, \`^\`; a bound without a release counts for
every release), apk (\`_rc1\`, \`-r2\`) and pacman (a release counts when both have one). Of the other types, numbers are compared with numbers and words with words, as rpm does.

| type | read from |
|---|---|
| \`dpkg\` | \`/var/lib/dpkg\`: what is installed, not what only left its configuration; also \`status.d\` of images without dpkg |
| \`rpm\` | the SQLite database; older ones by \`rpm -qa\` |
| \`apk\` \`pacman\` | their databases |
| \`brew\` | Homebrew's Cellar and Caskroom, on macOS and Linux |
| \`pkgutil\` \`app\` | macOS: receipts of installer packages, and applications |
| \`windows\` | the list of programs in the registry, for all users and for each user who is logged on; architecture says under which half of the registry |

Linux is complete for these; macOS and Windows are read by their own tools as recorded, untested on real hosts. Not seen: snaps, flatpaks, nix, and the packages of
programming languages. A host without any of these answers \`unsupported\`. At most 100,000 packages are examined.`

export const examples: readonly ModuleExample[] = [
  {
    title: 'Which version of nginx is not of the 1.10 line?',
    command: "pkg -t all -name '^nginx$' -version '!^1\\.10'",
  },
  {
    title: 'OpenSSL before the fix, on Debian and Ubuntu',
    command: `pkg -t "environment->>'os'='linux'" -name '^libssl3' -vercompare '<3.0.11-1~deb12u2'`,
  },
  {
    title: 'OpenSSH servers with the race in the signal handler (CVE-2024-6387)',
    command:
      "pkg -t all -name '^openssh-server$' -vercompare '>=1:8.5p1' -vercompare '<1:9.2p1-2+deb12u3'",
  },
  {
    title: 'When did the shells that are installed come there?',
    command: "pkg -t all -name '^(bash|dash|zsh|busybox)$' -returninstalled",
  },
  { title: 'Everything that is installed', command: 'pkg -t "name=\'web1\'" -name .' },
]
