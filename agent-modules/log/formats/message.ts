/** Who and from where, as the programs of a login say it in their messages: sshd, sudo, su and PAM. */

/** Beyond this no program names a user. */
const MESSAGE_LIMIT = 1024

/**
 * The first that matches counts. A user may be called anything, also `x from 192.0.2.1`: it reaches to the last address,
 * which is the program's own word.
 */
const FORMS: readonly RegExp[] = [
  /^(?:Accepted|Failed|Postponed) \S{1,64} for (?:(?:invalid|illegal) user )?(?<user>.{0,256}) from (?<address>\S{1,64}) port \d/,
  /^(?:Invalid|Illegal) user (?<user>.{0,256}) from (?<address>\S{1,64})(?: port \d{1,5})?$/,
  /^(?:Connection (?:closed|reset) by|Disconnected from) (?:(?:authenticating|invalid) )?user (?<user>.{0,256}) (?<address>\S{1,64}) port \d{1,5}/,
  /^(?:Connection (?:closed|reset) by|Connection from|Received disconnect from|Disconnected from) (?<address>\S{1,64}) port \d/,
  /^pam_\w+\([^)]{1,64}\): session (?:opened|closed) for user (?<user>[^\s(]{1,256})/,
  /^pam_\w+\([^)]{1,64}\): authentication failure;.{0,512} rhost=(?<address>\S{0,64})(?: +user=(?<user>\S{1,256}))?/,
  /^\s*(?<user>\S{1,256}) : (?:.{0,256} ; )?TTY=/,
  /^(?:FAILED SU|\(to \S{1,256}\)) \(?(?:to \S{1,256}\) )?(?<user>\S{1,256}) on /,
]

export interface Login {
  readonly user: string | undefined
  readonly address: string | undefined
}

/** Undefined where the message says neither. */
export function loginIn(message: string): Login {
  const start = message.slice(0, MESSAGE_LIMIT)
  for (const form of FORMS) {
    const groups = form.exec(start)?.groups
    if (groups !== undefined)
      return { user: groups['user'] || undefined, address: groups['address'] || undefined }
  }
  return { user: undefined, address: undefined }
}
