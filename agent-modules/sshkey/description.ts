/** Help and documentation of `sshkey`. */
import type { ModuleExample } from '../contract.ts'

export const summary = 'Finds SSH keys: private, public, authorized, and certificates.'

export const description = `Looks for SSH keys in files below the given paths, and tells of each its fingerprints as \`ssh-keygen -l\` prints them, kind, size in bits, and whether
a passphrase protects it. No part of a key leaves the host, nor do comments and options.

| parameter | meaning |
|---|---|
| \`paths\` | directories, searched with all below them, or files. None: /root, /home and the homes of /etc/passwd (of service accounts only their \`.ssh\`); /Users and /var/root on macOS, C:\\Users on Windows. |
| \`maxdepth\` | how many directories deep, the path itself is 1; absent or 0: 8 |
| \`fingerprints\` | only keys with one of these, SHA256 or MD5: where is a known key accepted? |
| \`types\` | only \`private\`, \`public\`, \`authorizedkeys\` (a key of a list, as authorized_keys), \`certificate\` |
| \`algorithms\` | only keys that name themselves so: \`ssh-rsa\`, \`ssh-ed25519-cert-v01@openssh.com\` |
| \`encrypted\` | true: only keys behind a passphrase; false: only those that are not. Public keys never are. |

Found are RSA, DSA, ECDSA, Ed25519, Ed448 and security keys (\`sk-\`), private ones in OpenSSH's own format, PEM (PKCS#1, SEC1, PKCS#8, also those of TLS servers),
PuTTY's format 2 and 3 and ssh.com's; public ones a line each, as in authorized_keys with or without options, or as RFC 4716 writes them. Not looked for: known_hosts,
PEM public keys, keys inside archives. The fingerprint of a certificate is that of the key it certifies.

An encrypted PEM key tells nothing of its public part: its fingerprint is then that of the \`.pub\` file beside it, and the answer says so (\`frompublicfile\`); without
one there is none.

Of each file the first 4096 bytes are looked at; up to 1 MiB where they look like a key, and in \`.ssh\` directories, \`.pub\` and authorized_keys files. Directories behind links are not
entered, links to files are followed. Of one user's files 10,000 keys are told. What cannot be read, and limits met, are among the errors. Linux complete; the same code searches macOS and Windows, where it is not tested on real hosts.`

export const examples: readonly ModuleExample[] = [
  { title: 'All keys of all hosts', command: 'sshkey -t all' },
  {
    title: 'Where is a leaked key accepted?',
    command:
      'sshkey -t all -type authorizedkeys -fingerprint SHA256:uNiVztksCsDhcc0u9e8BrrJXVwcIIN4GzVtuO8RgZPk',
  },
  {
    title: 'Private keys without a passphrase',
    command: 'sshkey -t all -type private -unencrypted',
  },
  {
    title: 'DSA keys, which nobody should accept any more',
    command: 'sshkey -t all -algorithm ssh-dss',
  },
  {
    title: 'Host keys that two machines share show the same fingerprint',
    command: `sshkey -t "environment->>'os'='linux'" -path /etc/ssh -type private`,
  },
]
